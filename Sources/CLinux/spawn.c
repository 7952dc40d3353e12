// A program inside the lab, perhaps in a node's network namespace, started from a program with threads.
#define _GNU_SOURCE
#include "clinux.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/// Puts 0, 1 and 2 in place through copies above them, since the wanted numbers may lie crosswise.
static int place_standard(const int standard[3]) {
    int copies[3];
    for (int i = 0; i < 3; i++) {
        int source = standard[i] < 0 ? open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY) : standard[i];
        if (source < 0) return -errno;
        copies[i] = fcntl(source, F_DUPFD_CLOEXEC, 3);
        if (copies[i] < 0) return -errno;
        if (standard[i] < 0 && source > 2) close(source);
    }
    for (int i = 0; i < 3; i++)
        if (dup2(copies[i], i) < 0) return -errno;
    return 0;
}

static int prepare(const struct clinux_spawn_request *request, int failure) {
    setpgid(0, 0);
    process_reset_signals();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (request->network_namespace >= 0 && setns(request->network_namespace, CLONE_NEWNET) < 0) return -errno;
    int result = place_standard(request->standard);
    if (result < 0) return result;
    // Descriptors that other code opened without close-on-exec stay out of the program.
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    for (size_t i = 0; i < request->passed_count; i++)
        if (request->passed[i] != failure && fcntl(request->passed[i], F_SETFD, 0) < 0) return -errno;
    return request->open_files ? clinux_limit_open_files(request->open_files) : 0;
}

pid_t clinux_spawn(const struct clinux_spawn_request *request) {
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) < 0) return -errno;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    int error = errno;
    if (child == 0) {
        // Out of the way of 0, 1 and 2.
        int told = failure[1] > 2 ? failure[1] : fcntl(failure[1], F_DUPFD_CLOEXEC, 3);
        int result = prepare(request, told);
        if (result == 0) {
            execvpe(request->path, request->arguments, request->environment);
            result = -errno;
        }
        if (write(told, &result, sizeof result) < 0) _exit(126);
        _exit(127);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(failure[1]);
    if (child < 0) {
        close(failure[0]);
        return -error;
    }
    int result = 0;
    ssize_t told;
    do told = read(failure[0], &result, sizeof result);
    while (told < 0 && errno == EINTR);
    close(failure[0]);
    if (told != sizeof result) return child;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    return result;
}
