#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_file(int folder, const char *path, const char *text) {
    int file = openat(folder, path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    size_t length = strlen(text);
    ssize_t written = write(file, text, length);
    int error = written < 0 ? errno : (size_t)written == length ? 0 : EIO;
    close(file);
    return -error;
}

int clinux_write_file(const char *path, const char *text) { return write_file(AT_FDCWD, path, text); }

/// A process file system that nobody has looked into yet; the one at /proc where the kernel gives none (before 5.8, or masked).
///
/// The kernel keeps an entry of every setting for every network namespace, all of one name in one chain: in the old one, the thousandth
/// namespace costs ten times what the first does.
static int open_fresh_proc(void) {
    // <linux/mount.h> and <sys/mount.h> contradict each other in some libraries.
    enum { close_on_exec = 1, create = 6, no_set_id_devices_programs = 2 | 4 | 8 };
    int result = -1, context = (int)syscall(SYS_fsopen, "proc", close_on_exec);
    if (context >= 0) {
        if (syscall(SYS_fsconfig, context, create, NULL, NULL, 0) == 0)
            result = (int)syscall(SYS_fsmount, context, close_on_exec, no_set_id_devices_programs);
        close(context);
    }
    if (result < 0) result = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return result < 0 ? -errno : result;
}

int clinux_network_defaults(void) {
    static const struct {
        const char *path, *text;
    } settings[] = {
        // Router solicitations are noise where every packet has a decision.
        {"sys/net/ipv6/conf/all/disable_ipv6", "1"},
        {"sys/net/ipv6/conf/default/disable_ipv6", "1"},
        {"sys/net/ipv4/ip_unprivileged_port_start", "0"},
        // The only group that is mapped.
        {"sys/net/ipv4/ping_group_range", "0 0"},
        {"sys/net/ipv4/ip_forward", "0"},
        // The host's values are inherited; both filters would drop what policy routing sends another way back.
        {"sys/net/ipv4/conf/all/rp_filter", "0"},
        {"sys/net/ipv4/conf/default/rp_filter", "0"},
    };
    int proc = open_fresh_proc(), result = 0;
    if (proc < 0) return proc;
    for (size_t i = 0; i < sizeof settings / sizeof *settings && result == 0; i++) {
        result = write_file(proc, settings[i].path, settings[i].text);
        // A kernel without IPv6 has nothing to switch off.
        if (result == -ENOENT) result = 0;
    }
    close(proc);
    return result;
}

int64_t clinux_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int64_t clinux_hard_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_max > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_max;
}

int clinux_limit_open_files(uint64_t soft) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

int clinux_open_path(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    return file < 0 ? -errno : file;
}

int clinux_pipe(int *ends) { return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0; }

char **clinux_environment(void) { return environ; }

int clinux_set_close_on_exec(int descriptor, int on) {
    return fcntl(descriptor, F_SETFD, on ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}
