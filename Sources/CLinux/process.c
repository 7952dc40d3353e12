#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

void process_reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
}

void process_close_except(const int *sorted, size_t count) {
    unsigned first = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned kept = (unsigned)sorted[i];
        if (kept > first) close_range(first, kept - 1, 0);
        if (kept >= first) first = kept + 1;
    }
    close_range(first, ~0u, 0);
}

void process_supervised_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGQUIT);
}

int process_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

int process_supervise(pid_t child, int killing) {
    sigset_t set;
    process_supervised_signals(&set);
    if (killing) sigaddset(&set, killing);
    for (;;) {
        for (;;) {
            int status;
            pid_t ended = waitpid(-1, &status, WNOHANG);
            if (ended == child) return process_status(status);
            if (ended == 0 || (ended < 0 && errno != EINTR)) break;
        }
        int number = sigwaitinfo(&set, NULL);
        if (number > 0 && number != SIGCHLD) kill(child, number == killing ? SIGKILL : number);
    }
}

void process_empty_input(void) {
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing <= 0) return;
    dup2(nothing, 0);
    close(nothing);
}
