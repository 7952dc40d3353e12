#define _GNU_SOURCE
#include "ctestinside.h"
#include "clinux.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int wanted, failure;
static const char *failed_step = "";

int test_inside_wanted(void) { return wanted; }
int test_inside_error(void) { return failure; }
const char *test_inside_failed_step(void) { return failed_step; }

static int enter(void) {
    char users[32], groups[32];
    snprintf(users, sizeof users, "0 %u 1\n", (unsigned)geteuid());
    snprintf(groups, sizeof groups, "0 %u 1\n", (unsigned)getegid());
    failed_step = "namespaces";
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0) return -errno;
    failed_step = "identity map";
    int result = clinux_write_file("/proc/self/setgroups", "deny");
    if (result == 0) result = clinux_write_file("/proc/self/uid_map", users);
    if (result == 0) result = clinux_write_file("/proc/self/gid_map", groups);
    if (result < 0) return result;
    failed_step = "mounts";
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
        || mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 || mkdir("/run/netns", 0755) < 0
        || mkdir("/run/mirox", 0700) < 0)
        return -errno;
    failed_step = "loopback";
    struct clinux_netlink batch;
    uint32_t failed;
    result = clinux_network_defaults();
    if (result == 0) result = clinux_netlink_init(&batch);
    if (result < 0) return result;
    clinux_netlink_link_up(&batch, 1, 0);
    result = clinux_netlink_commit(&batch, &failed);
    clinux_netlink_free(&batch);
    return result;
}

/// Stands in for `mirox-rig exec`, which joins while its process has one thread.
static _Noreturn void join_before_main(const char *pid, char **arguments, char **environment) {
    struct clinux_join_request request = {
        .pid = (pid_t)strtol(pid, NULL, 10), .network_path = getenv("MIROX_RIG_TEST_NODE"), .arguments = arguments,
        .environment = environment};
    unsetenv("MIROX_RIG_TEST_JOIN");
    int step = 0;
    int status = clinux_join(&request, &step);
    if (status < 0) {
        fprintf(stderr, "step %d errno %d\n", step, -status);
        exit(125);
    }
    exit(status);
}

__attribute__((constructor)) static void enter_before_main(int count, char **arguments, char **environment) {
    const char *joined = getenv("MIROX_RIG_TEST_JOIN");
    if (joined && count > 1) join_before_main(joined, arguments + 1, environment);
    const char *mark = getenv("MIROX_RIG_TEST_INSIDE");
    wanted = mark && strcmp(mark, "1") == 0;
    if (!wanted) return;
    // Programs that a test starts are inside already.
    unsetenv("MIROX_RIG_TEST_INSIDE");
    failure = -enter();
}
