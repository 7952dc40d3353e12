#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t name_socket(struct sockaddr_un *address, const char *name) {
    size_t length = strlen(name);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length >= sizeof address->sun_path) return 0;
    memcpy(address->sun_path, name, length);
    if (name[0] == '@') {
        // An abstract name is as long as its bytes say, without a closing zero.
        address->sun_path[0] = 0;
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    return sizeof *address;
}

static int open_named(const char *name, int listening, int backlog) {
    struct sockaddr_un address;
    socklen_t length = name_socket(&address, name);
    if (length == 0) return -ENAMETOOLONG;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int failed = listening
        ? bind(descriptor, (struct sockaddr *)&address, length) < 0 || listen(descriptor, backlog) < 0
        : connect(descriptor, (struct sockaddr *)&address, length) < 0;
    if (!failed) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

int clinux_unix_listen(const char *name, int backlog) { return open_named(name, 1, backlog); }

int clinux_unix_connect(const char *name) { return open_named(name, 0, 0); }

int clinux_unix_accept(int descriptor) {
    int accepted;
    do accepted = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC);
    while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
    return accepted < 0 ? -errno : accepted;
}

int clinux_unix_peer(int descriptor, uint32_t *user, int32_t *pid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
    *user = peer.uid;
    *pid = peer.pid;
    return 0;
}

union descriptor_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int clinux_unix_send_descriptor(int descriptor, int sent) {
    char byte = 0;
    union descriptor_room room = {
        .align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof sent)}};
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    memcpy(CMSG_DATA(&room.align), &sent, sizeof sent);
    ssize_t result;
    do result = sendmsg(descriptor, &header, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int clinux_unix_receive_descriptor(int descriptor) {
    char byte;
    union descriptor_room room;
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    ssize_t result;
    do result = recvmsg(descriptor, &header, MSG_CMSG_CLOEXEC);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (result == 0) return -EPIPE;
    struct cmsghdr *part = CMSG_FIRSTHDR(&header);
    if (!part || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) return -EPROTO;
    int received;
    memcpy(&received, CMSG_DATA(part), sizeof received);
    return received;
}
