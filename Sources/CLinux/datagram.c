#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/errqueue.h>
#include <unistd.h>

union packet_info_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

int clinux_udp_open(uint32_t address, uint16_t port, int buffer_bytes, int reuse_port) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int on = 1;
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    // The kernel caps the buffers at its own limits; that is not an error.
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    if ((reuse_port && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        || setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) < 0
        || bind(descriptor, (struct sockaddr *)&name, sizeof name) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int clinux_udp_receive(int descriptor, struct clinux_datagram *batch, int count) {
    struct mmsghdr headers[CLINUX_BATCH_LIMIT];
    struct iovec vectors[CLINUX_BATCH_LIMIT];
    struct sockaddr_in names[CLINUX_BATCH_LIMIT];
    union packet_info_room rooms[CLINUX_BATCH_LIMIT];
    if (count > CLINUX_BATCH_LIMIT) count = CLINUX_BATCH_LIMIT;
    for (int i = 0; i < count; i++) {
        vectors[i] = (struct iovec){.iov_base = batch[i].bytes, .iov_len = batch[i].capacity};
        headers[i].msg_hdr = (struct msghdr){
            .msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &vectors[i], .msg_iovlen = 1,
            .msg_control = &rooms[i], .msg_controllen = sizeof rooms[i]};
    }
    int received;
    do received = recvmmsg(descriptor, headers, (unsigned)count, MSG_DONTWAIT, NULL);
    while (received < 0 && errno == EINTR);
    if (received < 0) return errno == EAGAIN ? 0 : -errno;
    for (int i = 0; i < received; i++) {
        struct msghdr *header = &headers[i].msg_hdr;
        batch[i].length = headers[i].msg_len;
        batch[i].truncated = (header->msg_flags & MSG_TRUNC) != 0;
        batch[i].remote_address = ntohl(names[i].sin_addr.s_addr);
        batch[i].remote_port = ntohs(names[i].sin_port);
        batch[i].local_address = 0;
        for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
            if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_PKTINFO) continue;
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            batch[i].local_address = ntohl(info.ipi_addr.s_addr);
        }
    }
    return received;
}

/// Sends up to CLINUX_BATCH_LIMIT datagrams in one call; -errno is about the first one.
static int send_some(int descriptor, const struct clinux_datagram *batch, int count) {
    struct mmsghdr headers[CLINUX_BATCH_LIMIT];
    struct iovec vectors[CLINUX_BATCH_LIMIT];
    struct sockaddr_in names[CLINUX_BATCH_LIMIT];
    union packet_info_room rooms[CLINUX_BATCH_LIMIT];
    if (count > CLINUX_BATCH_LIMIT) count = CLINUX_BATCH_LIMIT;
    for (int i = 0; i < count; i++) {
        names[i] = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons(batch[i].remote_port),
            .sin_addr.s_addr = htonl(batch[i].remote_address)};
        vectors[i] = (struct iovec){.iov_base = batch[i].bytes, .iov_len = batch[i].length};
        headers[i].msg_hdr = (struct msghdr){
            .msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
        if (!batch[i].local_address) continue;
        struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(batch[i].local_address)};
        rooms[i].align = (struct cmsghdr){
            .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info)};
        memcpy(CMSG_DATA(&rooms[i].align), &info, sizeof info);
        headers[i].msg_hdr.msg_control = &rooms[i];
        headers[i].msg_hdr.msg_controllen = sizeof rooms[i];
    }
    int sent;
    do sent = sendmmsg(descriptor, headers, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int clinux_udp_send(int descriptor, const struct clinux_datagram *batch, int count, uint64_t *refused) {
    int done = 0;
    while (done < count) {
        int sent = send_some(descriptor, batch + done, count - done);
        if (sent == -EAGAIN || sent == -ENOBUFS) break;
        if (sent < 0) {
            // One datagram that cannot go (no route, too long) must not hold up the rest.
            *refused += 1;
            sent = 1;
        }
        done += sent;
    }
    return done;
}

int clinux_local_endpoint(int descriptor, uint32_t *address, uint16_t *port) {
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    if (getsockname(descriptor, (struct sockaddr *)&name, &length) < 0) return -errno;
    *address = ntohl(name.sin_addr.s_addr);
    *port = ntohs(name.sin_port);
    return 0;
}

int clinux_enable_error_queue(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on) < 0 ? -errno : 0;
}

int clinux_read_error_queue(int descriptor, struct clinux_icmp_error *error) {
    struct sockaddr_in destination = {0};
    char payload[64];
    union {
        struct cmsghdr align;
        char bytes[512];
    } room;
    struct iovec vector = {.iov_base = payload, .iov_len = sizeof payload};
    struct msghdr header = {
        .msg_name = &destination, .msg_namelen = sizeof destination, .msg_iov = &vector, .msg_iovlen = 1,
        .msg_control = &room, .msg_controllen = sizeof room};
    if (recvmsg(descriptor, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return errno == EAGAIN ? 0 : -errno;
    *error = (struct clinux_icmp_error){
        .destination = ntohl(destination.sin_addr.s_addr), .destination_port = ntohs(destination.sin_port)};
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_RECVERR) continue;
        struct sock_extended_err cause;
        memcpy(&cause, CMSG_DATA(part), sizeof cause);
        error->error = (int32_t)cause.ee_errno;
        if (cause.ee_origin != SO_EE_ORIGIN_ICMP) continue;
        error->type = cause.ee_type;
        error->code = cause.ee_code;
        struct sockaddr_in reporter;
        memcpy(&reporter, CMSG_DATA(part) + sizeof cause, sizeof reporter);
        error->reporter = ntohl(reporter.sin_addr.s_addr);
    }
    return 1;
}
