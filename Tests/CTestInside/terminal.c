#define _GNU_SOURCE
#include "ctestinside.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

int test_inside_on_terminal(char *const *arguments, char *const *environment, int *terminal) {
    struct winsize size = {.ws_row = 33, .ws_col = 99};
    int pid = forkpty(terminal, NULL, NULL, &size);
    if (pid < 0) return -errno;
    if (pid == 0) {
        execve("/proc/self/exe", arguments, environment);
        _exit(127);
    }
    fcntl(*terminal, F_SETFD, FD_CLOEXEC);
    return pid;
}
