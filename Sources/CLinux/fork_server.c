// A process that stands ready and does nothing else than fork: its children are spared the dynamic linker, which would take as much
// of a short scenario's time as a tenth of all else.
//
// It has one thread for good, so that its children may go on as ordinary programs. They are children of whoever asks, not of the
// server: they are waited for, and die with their parent, as if they had been forked there.
#define _GNU_SOURCE
#include "clinux.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { most_descriptors = 64, first_free_descriptor = 512, most_text = 128 * 1024 };

/// A request on the wire: this, then the arguments and the environment, each string with its zero. Its descriptors come beside it.
struct wire {
    uint32_t argument_count;
    uint32_t environment_count;
    /// The report is the first of the descriptors: the program is the first one of a lab.
    uint32_t is_lab;
    uint32_t descriptor_count;
    /// The numbers that the program knows them by.
    int32_t wanted[most_descriptors];
    char text[most_text];
};

union descriptors_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
};

static size_t append(struct wire *wire, size_t length, char *const *strings, uint32_t *count) {
    for (; strings[*count]; (*count)++) {
        size_t size = strlen(strings[*count]) + 1;
        if (size > most_text - length) return most_text + 1;
        memcpy(wire->text + length, strings[*count], size);
        length += size;
    }
    return length;
}

static int put_together(struct wire *wire, const struct clinux_fork_request *request, size_t *length) {
    *wire = (struct wire){.is_lab = request->report >= 0};
    if (request->passed_count + wire->is_lab > most_descriptors) return -E2BIG;
    if (wire->is_lab) wire->wanted[wire->descriptor_count++] = request->report;
    for (size_t i = 0; i < request->passed_count; i++) wire->wanted[wire->descriptor_count++] = request->passed[i];
    for (uint32_t i = 0; i < wire->descriptor_count; i++)
        if (wire->wanted[i] >= first_free_descriptor) return -E2BIG;
    size_t text = append(wire, 0, request->arguments, &wire->argument_count);
    if (text <= most_text) text = append(wire, text, request->environment, &wire->environment_count);
    if (text > most_text) return -E2BIG;
    *length = offsetof(struct wire, text) + text;
    return 0;
}

pid_t clinux_fork_server_ask(int server, const struct clinux_fork_request *request) {
    struct wire *wire = malloc(sizeof *wire);
    if (!wire) return -ENOMEM;
    size_t length;
    int result = put_together(wire, request, &length);
    union descriptors_room room = {
        .align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
            .cmsg_len = CMSG_LEN(wire->descriptor_count * sizeof(int))}};
    struct iovec part = {.iov_base = wire, .iov_len = result < 0 ? 0 : length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (wire->descriptor_count) {
        memcpy(CMSG_DATA(&room.align), wire->wanted, wire->descriptor_count * sizeof(int));
        message.msg_control = &room;
        message.msg_controllen = CMSG_SPACE(wire->descriptor_count * sizeof(int));
    }
    if (result == 0) {
        ssize_t sent;
        do sent = sendmsg(server, &message, MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
        if (sent < 0) result = -errno;
    }
    free(wire);
    if (result < 0) return result;
    pid_t pid;
    ssize_t told;
    do told = recv(server, &pid, sizeof pid, 0);
    while (told < 0 && errno == EINTR);
    return told == sizeof pid ? pid : -EPIPE;
}

static pid_t own_server;

/// Leaves nothing to the host's init. What the server forked are children of ours and go on.
static void end_server(void) {
    kill(own_server, SIGKILL);
    while (waitpid(own_server, NULL, 0) < 0 && errno == EINTR) continue;
}

pid_t clinux_fork_server_begin(int *control) {
    int *thread;
    // Without it a child could not tell the C library its own number; then there is no server, and programs are executed.
    if (prctl(PR_GET_TID_ADDRESS, &thread) < 0) return -errno;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
    // A request is one message, and text may be as long as is said above.
    int room = sizeof(struct wire) + 4096;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    pid_t before = getpid();
    pid_t server = fork();
    int error = errno;
    *control = ends[server == 0];
    close(ends[server != 0]);
    if (server < 0) {
        close(*control);
        return -error;
    }
    if (server > 0) {
        // Where it cannot be noted, the host's init takes the server away.
        own_server = server;
        atexit(end_server);
        return server;
    }
    setpgid(0, 0);
    // What is held open here would not end with whoever opened it.
    int kept[] = {0, 1, 2, *control};
    process_close_except(kept, 4);
    // Placing descriptors needs numbers above those of an ordinary limit.
    clinux_raise_open_files();
    prctl(PR_SET_NAME, "mirox-fork");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != before) _exit(127);
    return 0;
}

/// As fork does it, for a child of our parent.
static pid_t fork_beside(void) {
    int *thread = NULL;
    prctl(PR_GET_TID_ADDRESS, &thread);
    unsigned long flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, thread, NULL);
}

/// Puts the descriptors where the program looks for them, through copies above them, and closes every other one.
static int place(const struct wire *wire, const int *received) {
    int copies[most_descriptors];
    for (uint32_t i = 0; i < wire->descriptor_count; i++) {
        copies[i] = fcntl(received[i], F_DUPFD_CLOEXEC, first_free_descriptor);
        if (copies[i] < 0) return -errno;
    }
    close_range(3, first_free_descriptor - 1, 0);
    for (uint32_t i = 0; i < wire->descriptor_count; i++)
        if (dup2(copies[i], wire->wanted[i]) < 0) return -errno;
    close_range(first_free_descriptor, ~0u, 0);
    return 0;
}

/// Pointers to the strings of the text, with a closing NULL; they stay for good.
static char **strings(char **text, uint32_t count) {
    char **list = calloc(count + 1, sizeof *list);
    for (uint32_t i = 0; list && i < count; i++) {
        list[i] = *text;
        *text += strlen(*text) + 1;
    }
    return list;
}

/// Makes this process, a fresh child, the program that was asked for.
static char **become(struct wire *wire, const int *received, pid_t parent) {
    char *text = wire->text;
    char **arguments = strings(&text, wire->argument_count);
    char **variables = strings(&text, wire->environment_count);
    if (!arguments || !variables || place(wire, received) < 0) _exit(127);
    environ = variables;
    process_reset_signals();
    if (wire->is_lab) {
        int passed[most_descriptors];
        for (uint32_t i = 1; i < wire->descriptor_count; i++) passed[i - 1] = wire->wanted[i];
        process_become_lab(passed, wire->descriptor_count - 1, wire->wanted[0], parent);
    } else {
        setpgid(0, 0);
        process_empty_input();
    }
    return arguments;
}

/// The next request with its descriptors, and how many of them came; ends the server when nobody is there to ask.
static uint32_t receive(int control, struct wire *wire, int *received) {
    union descriptors_room room;
    struct iovec part = {.iov_base = wire, .iov_len = sizeof *wire};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    ssize_t length;
    do length = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < (ssize_t)offsetof(struct wire, text)) _exit(0);
    struct cmsghdr *beside = CMSG_FIRSTHDR(&message);
    if (!beside) return 0;
    size_t size = beside->cmsg_len - CMSG_LEN(0);
    memcpy(received, CMSG_DATA(beside), size);
    return (uint32_t)(size / sizeof(int));
}

char **clinux_fork_server_serve(int control) {
    pid_t parent = getppid();
    struct wire *wire = malloc(sizeof *wire);
    int received[most_descriptors];
    if (!wire) _exit(127);
    for (;;) {
        uint32_t count = receive(control, wire, received);
        // Fewer came when there was no room for more.
        pid_t child = count < wire->descriptor_count ? -EMFILE : fork_beside();
        if (child == 0) return become(wire, received, parent);
        if (child == -1) child = -errno;
        for (uint32_t i = 0; i < count; i++) close(received[i]);
        if (send(control, &child, sizeof child, MSG_NOSIGNAL) < 0) _exit(0);
    }
}

void clinux_set_title(const char *role) {
    char title[64];
    snprintf(title, sizeof title, "mirox-%s", role);
    prctl(PR_SET_NAME, title);
    snprintf(title, sizeof title, "mirox-rig %s", role);
    // The first arguments stand one behind the other from where the program's name does.
    char *room = program_invocation_name;
    size_t length = 0;
    char shown[4096];
    int descriptor = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t count = read(descriptor, shown, sizeof shown);
        close(descriptor);
        if (count > 0 && memcmp(shown, room, (size_t)count) == 0) length = (size_t)count;
    }
    if (length == 0) return;
    memset(room, 0, length);
    strncpy(room, title, length - 1);
}
