#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_unshare_network(void) { return unshare(CLONE_NEWNET) < 0 ? -errno : 0; }

int clinux_enter_network(int namespace_descriptor) {
    return setns(namespace_descriptor, CLONE_NEWNET) < 0 ? -errno : 0;
}

int clinux_bind_network(const char *path) {
    int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (file < 0) return -errno;
    close(file);
    if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) < 0) {
        int error = errno;
        unlink(path);
        return -error;
    }
    return 0;
}

int clinux_unbind(const char *path) {
    if (umount2(path, MNT_DETACH) < 0) return -errno;
    return unlink(path) < 0 ? -errno : 0;
}

int clinux_bind_mount(const char *source, const char *target) {
    return mount(source, target, "none", MS_BIND, NULL) < 0 ? -errno : 0;
}

int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name) < 0 ? -errno : 0; }

int clinux_pidfd_open(pid_t pid) {
    long descriptor = syscall(SYS_pidfd_open, pid, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int clinux_pidfd_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int clinux_pidfd_reap(int pidfd, int *status) {
    siginfo_t info = {0};
    int result;
    do result = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (info.si_pid == 0) return 0;
    *status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status & 0x7f;
    return 1;
}
