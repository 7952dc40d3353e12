// Entering a lab from another terminal. Everything in one function chain of a process with one thread, before anything else runs.
#define _GNU_SOURCE
#include "clinux.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ordinary_open_files = 1024 };

/// Every node's interface may be called tun0, and `wg` looks in one place. A node without sockets keeps what is there: nothing.
static void show_wireguard_sockets(const char *folder) {
    if (!folder || access(folder, F_OK) < 0 || unshare(CLONE_NEWNS) < 0) return;
    if (mkdir("/run/wireguard", 0755) < 0 && errno != EEXIST) return;
    mount(folder, "/run/wireguard", NULL, MS_BIND, NULL);
}

static int enter(const struct clinux_join_request *request, int *failed_step) {
    char before[PATH_MAX];
    const char *directory = getcwd(before, sizeof before);
    *failed_step = CLINUX_STEP_JOIN_PROCESS;
    int process = clinux_pidfd_open(request->pid);
    if (process < 0) return process;
    *failed_step = CLINUX_STEP_JOIN_LAB;
    int result = setns(process, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID);
    int error = errno;
    close(process);
    if (result < 0) return -error;
    // Entering the mounts moved us to their root; the same folder exists inside, unless it was covered.
    if (directory && chdir(directory) < 0 && chdir("/") < 0) return -errno;
    // Whoever is not mapped (root in a user's lab) becomes the one who is.
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) return -errno;
    if (!request->network_path) return 0;
    *failed_step = CLINUX_STEP_JOIN_NODE;
    int network = open(request->network_path, O_RDONLY | O_CLOEXEC);
    if (network < 0) return -errno;
    result = setns(network, CLONE_NEWNET);
    error = errno;
    close(network);
    if (result < 0) return -error;
    show_wireguard_sockets(request->wireguard_folder);
    return 0;
}

static _Noreturn void run(const struct clinux_join_request *request, int terminal, int parent_alive) {
    setpgid(0, 0);
    if (terminal >= 0) tcsetpgrp(terminal, getpid());
    process_reset_signals();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Our parent's pid is not visible in the lab; the byte says that it was there after the line above.
    char byte;
    if (read(parent_alive, &byte, 1) != 1) _exit(127);
    clinux_limit_open_files(ordinary_open_files);
    execvpe(request->arguments[0], request->arguments, request->environment);
    static const char prefix[] = "mirox-rig: cannot run ";
    const char *reason = strerror(errno);
    int status = errno == ENOENT ? 127 : 126;
    if (write(2, prefix, sizeof prefix - 1) < 0 || write(2, request->arguments[0], strlen(request->arguments[0])) < 0
        || write(2, ": ", 2) < 0 || write(2, reason, strlen(reason)) < 0 || write(2, "\n", 1) < 0)
        _exit(status);
    _exit(status);
}

/// Waits as a shell does for a foreground job: a stop of the job stops us too, with the terminal back in our caller's hands.
static int wait_in_foreground(pid_t child, int terminal, pid_t own_group) {
    sigset_t set;
    process_supervised_signals(&set);
    for (;;) {
        int status;
        pid_t changed;
        do changed = waitpid(child, &status, WNOHANG | WUNTRACED);
        while (changed < 0 && errno == EINTR);
        if (changed < 0) return -errno;
        if (changed == child && WIFSTOPPED(status)) {
            if (terminal >= 0) tcsetpgrp(terminal, own_group);
            raise(SIGSTOP);
            if (terminal >= 0) tcsetpgrp(terminal, child);
            kill(-child, SIGCONT);
            continue;
        }
        if (changed == child) {
            if (terminal >= 0) tcsetpgrp(terminal, own_group);
            return process_status(status);
        }
        int number = sigwaitinfo(&set, NULL);
        if (number > 0 && number != SIGCHLD) kill(-child, number);
    }
}

int clinux_join(const struct clinux_join_request *request, int *failed_step) {
    int terminal = isatty(0) && tcgetpgrp(0) == getpgrp() ? 0 : -1;
    int result = enter(request, failed_step);
    if (result < 0) return result;
    *failed_step = CLINUX_STEP_FORK;
    sigset_t set;
    process_supervised_signals(&set);
    // Giving the terminal away and taking it back happens from the background.
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) < 0) return -errno;
    pid_t own_group = getpgrp();
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child == 0) {
        close(alive[1]);
        run(request, terminal, alive[0]);
    }
    setpgid(child, child);
    if (terminal >= 0) tcsetpgrp(terminal, child);
    close(alive[0]);
    ssize_t told = write(alive[1], "!", 1);
    close(alive[1]);
    if (told != 1) kill(child, SIGKILL);
    return wait_in_foreground(child, terminal, own_group);
}
