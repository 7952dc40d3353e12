// A lab: outer program → keeper → init → program.
//
// The keeper makes the namespaces (the PID namespace begins with its next child) and holds the lab's life: the kernel kills it when
// the launching thread ends, and with it the init, and with that everything inside. Between fork and exec only calls that are safe
// in a signal handler: the outer program has other threads, and one of them may hold any lock. Forked by a server, which has one
// thread, the program is not executed but goes on from there.
#define _GNU_SOURCE
#include "clinux.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(CLINUX_LAB_KILL == SIGUSR1, "the header does not include signal.h");

struct plan {
    const struct clinux_launch_request *request;
    pid_t outer;
    int report;
    /// Sorted: what keeper and init need until the program runs.
    int *kept;
    size_t kept_count;
    char user_map[32];
    char group_map[32];
};

static void report(const struct plan *plan, int step, int error, pid_t pid) {
    struct clinux_report line = {.step = step, .error = error, .pid = pid};
    while (write(plan->report, &line, sizeof line) < 0 && errno == EINTR) continue;
}

static _Noreturn void give_up(const struct plan *plan, int step, int error) {
    report(plan, step, error, 0);
    _exit(127);
}

static void keep_only_standard(void) {
    static const int standard[] = {0, 1, 2};
    process_close_except(standard, 3);
}

static void mount_inside(const struct plan *plan) {
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) give_up(plan, CLINUX_STEP_PRIVATE_MOUNTS, errno);
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        give_up(plan, CLINUX_STEP_PROC, errno);
    if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 || mkdir("/run/netns", 0755) < 0
        || mkdir("/run/mirox", 0700) < 0)
        give_up(plan, CLINUX_STEP_RUN, errno);
}

/// The first network namespace, the lab's internet.
static void set_up_network(const struct plan *plan) {
    struct clinux_netlink batch;
    static uint8_t room[256];
    batch = (struct clinux_netlink){.bytes = room, .capacity = sizeof room};
    clinux_netlink_link_up(&batch, 1, 0);
    uint32_t failed;
    int result = clinux_network_defaults();
    if (result == 0) result = clinux_netlink_commit(&batch, &failed);
    if (result < 0) give_up(plan, CLINUX_STEP_LOOPBACK, -result);
}

/// What a lab will do later, tried without a program: a TUN device and a masquerade.
static _Noreturn void try_facilities(const struct plan *plan) {
    int tun = clinux_tun_open("tun0");
    if (tun < 0) give_up(plan, CLINUX_STEP_TUN, -tun);
    struct clinux_masquerade entry = {
        .device = "tun0", .pool = 0x64400000, .pool_length = 10, .address = 0x7f000001, .mark = 1};
    int nft = clinux_nft_masquerade(&entry, 1);
    if (nft < 0) give_up(plan, CLINUX_STEP_NFT, -nft);
    _exit(0);
}

/// Returns only where this process itself is the program.
static void run_program(const struct plan *plan) {
    const struct clinux_launch_request *request = plan->request;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    process_empty_input();
    if (request->executable == CLINUX_ITSELF) return;
    if (request->executable < 0) try_facilities(plan);
    for (size_t i = 0; i < request->passed_count; i++) fcntl(request->passed[i], F_SETFD, 0);
    syscall(SYS_execveat, request->executable, "", request->arguments, request->environment, AT_EMPTY_PATH);
    give_up(plan, CLINUX_STEP_EXEC, errno);
}

static void run_init(const struct plan *plan, int keeper_alive) {
    setpgid(0, 0);
    prctl(PR_SET_NAME, "mirox-init");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) give_up(plan, CLINUX_STEP_DEATH_SIGNAL, errno);
    // The keeper's pid is not visible from in here, so its end shows on a pipe.
    struct pollfd alive = {.fd = keeper_alive, .events = POLLIN};
    if (poll(&alive, 1, 0) != 0) _exit(127);
    close(keeper_alive);
    mount_inside(plan);
    set_up_network(plan);
    pid_t program = fork();
    if (program < 0) give_up(plan, CLINUX_STEP_INIT, errno);
    if (program == 0) return run_program(plan);
    keep_only_standard();
    // When init ends, the kernel kills whatever is left inside.
    _exit(process_supervise(program, 0));
}

static void map_identity(const struct plan *plan) {
    int result = clinux_write_file("/proc/self/setgroups", "deny");
    // Without setgroups the kernel is older than the rule that asks for it.
    if (result == -ENOENT) result = 0;
    if (result == 0) result = clinux_write_file("/proc/self/uid_map", plan->user_map);
    if (result == 0) result = clinux_write_file("/proc/self/gid_map", plan->group_map);
    if (result < 0) give_up(plan, CLINUX_STEP_IDENTITY_MAP, -result);
}

static void run_keeper(const struct plan *plan) {
    sigset_t supervised;
    process_supervised_signals(&supervised);
    sigaddset(&supervised, CLINUX_LAB_KILL);
    sigprocmask(SIG_SETMASK, &supervised, NULL);
    process_reset_signals();
    // Ctrl-C in the terminal is for the outer program, which then ends its labs in order.
    setpgid(0, 0);
    process_close_except(plan->kept, plan->kept_count);
    prctl(PR_SET_NAME, "mirox-keeper");
    if (unshare(CLONE_NEWUSER) < 0) give_up(plan, CLINUX_STEP_USER_NAMESPACE, errno);
    map_identity(plan);
    if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) < 0)
        give_up(plan, CLINUX_STEP_OTHER_NAMESPACES, errno);
    // Only now: a change of credentials clears it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) give_up(plan, CLINUX_STEP_DEATH_SIGNAL, errno);
    if (getppid() != plan->outer) _exit(127);
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) < 0) give_up(plan, CLINUX_STEP_INIT, errno);
    pid_t init = fork();
    if (init < 0) give_up(plan, CLINUX_STEP_INIT, errno);
    if (init == 0) {
        close(alive[1]);
        return run_init(plan, alive[0]);
    }
    report(plan, CLINUX_STEP_STARTED, 0, init);
    int kept[] = {0, 1, 2, alive[1]};
    process_close_except(kept, 4);
    _exit(process_supervise(init, CLINUX_LAB_KILL));
}

static int compare(const void *left, const void *right) {
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

static int prepare(struct plan *plan) {
    const struct clinux_launch_request *request = plan->request;
    plan->kept = malloc((request->passed_count + 5) * sizeof *plan->kept);
    if (!plan->kept) return -ENOMEM;
    for (int standard = 0; standard < 3; standard++) plan->kept[plan->kept_count++] = standard;
    plan->kept[plan->kept_count++] = plan->report;
    if (request->executable >= 0) plan->kept[plan->kept_count++] = request->executable;
    for (size_t i = 0; i < request->passed_count; i++) plan->kept[plan->kept_count++] = request->passed[i];
    qsort(plan->kept, plan->kept_count, sizeof *plan->kept, compare);
    snprintf(plan->user_map, sizeof plan->user_map, "0 %u 1\n", (unsigned)geteuid());
    snprintf(plan->group_map, sizeof plan->group_map, "0 %u 1\n", (unsigned)getegid());
    return 0;
}

void process_become_lab(const int *passed, size_t passed_count, int report, pid_t outer) {
    struct clinux_launch_request request = {
        .executable = CLINUX_ITSELF, .passed = passed, .passed_count = passed_count};
    struct plan plan = {.request = &request, .outer = outer, .report = report};
    if (prepare(&plan) < 0) _exit(127);
    run_keeper(&plan);
    // As exec would: the program runs.
    close(report);
    free(plan.kept);
}

pid_t clinux_launch(const struct clinux_launch_request *request, int report_descriptor) {
    struct plan plan = {.request = request, .outer = getpid(), .report = report_descriptor};
    if (prepare(&plan) < 0) return -ENOMEM;
    // No handler of the outer program may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t keeper = fork();
    int error = errno;
    if (keeper == 0) run_keeper(&plan);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(plan.kept);
    return keeper < 0 ? -error : keeper;
}
