#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/errqueue.h>
#include <unistd.h>

// Newer than some headers; kernels since 4.18 and 5.0.
enum { udp_segment = 103, udp_gro = 104 };

union control_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))];
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
    clinux_udp_coalesce(descriptor);
    return descriptor;
}

void clinux_udp_coalesce(int descriptor) {
    int on = 1;
    // An older kernel hands out datagrams one by one, which is right as well.
    setsockopt(descriptor, IPPROTO_UDP, udp_gro, &on, sizeof on);
}

/// What the kernel says besides the bytes: the address that was hit, and the length of each datagram in the message.
static uint32_t read_control(struct msghdr *header, uint32_t *local_address) {
    int segment = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            *local_address = ntohl(info.ipi_addr.s_addr);
        } else if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == udp_gro) {
            memcpy(&segment, CMSG_DATA(part), sizeof segment);
        }
    }
    return segment > 0 ? (uint32_t)segment : 0;
}

int clinux_udp_receive(
    int descriptor, const struct clinux_receive_room *room, struct clinux_datagram *batch, int *messages) {
    struct mmsghdr headers[CLINUX_BATCH_LIMIT];
    struct iovec vectors[CLINUX_BATCH_LIMIT];
    struct sockaddr_in names[CLINUX_BATCH_LIMIT];
    union control_room rooms[CLINUX_BATCH_LIMIT];
    int count = room->count > CLINUX_BATCH_LIMIT ? CLINUX_BATCH_LIMIT : room->count;
    for (int i = 0; i < count; i++) {
        vectors[i] = (struct iovec){
            .iov_base = room->bytes + (size_t)i * room->stride, .iov_len = CLINUX_MESSAGE_BYTES};
        headers[i].msg_hdr = (struct msghdr){
            .msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &vectors[i], .msg_iovlen = 1,
            .msg_control = &rooms[i], .msg_controllen = sizeof rooms[i]};
    }
    int received;
    do received = recvmmsg(descriptor, headers, (unsigned)count, MSG_DONTWAIT, NULL);
    while (received < 0 && errno == EINTR);
    *messages = received > 0 ? received : 0;
    if (received < 0) return errno == EAGAIN ? 0 : -errno;
    int found = 0;
    for (int i = 0; i < received; i++) {
        uint32_t length = headers[i].msg_len, local = 0;
        uint32_t segment = read_control(&headers[i].msg_hdr, &local);
        int is_cut_short = (headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        if (!segment || segment > length || length > segment * CLINUX_SEGMENT_LIMIT) segment = length;
        uint32_t offset = 0;
        do {
            uint32_t rest = length - offset, own = rest < segment ? rest : segment;
            int is_last = own == rest;
            batch[found++] = (struct clinux_datagram){
                .bytes = (uint8_t *)vectors[i].iov_base + offset, .length = own,
                .capacity = is_last ? CLINUX_MESSAGE_BYTES - offset + room->tail_room : own,
                .remote_address = ntohl(names[i].sin_addr.s_addr), .local_address = local,
                .remote_port = ntohs(names[i].sin_port), .truncated = is_cut_short || own > room->datagram_limit};
            offset += own;
        } while (offset < length);
    }
    return found;
}

/// Whether a datagram may be in one message with those before it, of which the first is given.
static int may_follow(const struct clinux_datagram *first, const struct clinux_datagram *last, uint32_t total,
    const struct clinux_datagram *next) {
    return last->length == first->length && next->length <= first->length && next->length > 0
        && next->remote_address == first->remote_address && next->remote_port == first->remote_port
        && next->local_address == first->local_address && total + next->length <= 65000;
}

/// What goes into one sendmmsg.
struct outgoing {
    struct mmsghdr headers[CLINUX_BATCH_LIMIT];
    struct iovec vectors[CLINUX_BATCH_LIMIT * 4];
    struct sockaddr_in names[CLINUX_BATCH_LIMIT];
    union control_room rooms[CLINUX_BATCH_LIMIT];
    /// Datagrams in each message.
    int sizes[CLINUX_BATCH_LIMIT];
    int messages;
};

static void add_message(struct outgoing *out, const struct clinux_datagram *first, struct iovec *vectors, int size) {
    int i = out->messages++;
    out->sizes[i] = size;
    out->names[i] = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(first->remote_port), .sin_addr.s_addr = htonl(first->remote_address)};
    out->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &out->names[i], .msg_namelen = sizeof out->names[i], .msg_iov = vectors, .msg_iovlen = (size_t)size};
    char *room = out->rooms[i].bytes;
    size_t used = 0;
    if (first->local_address) {
        struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(first->local_address)};
        struct cmsghdr part = {
            .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info)};
        memcpy(room, &part, sizeof part);
        memcpy(room + CMSG_LEN(0), &info, sizeof info);
        used = CMSG_SPACE(sizeof info);
    }
    if (size > 1) {
        uint16_t length = (uint16_t)first->length;
        struct cmsghdr part = {
            .cmsg_level = IPPROTO_UDP, .cmsg_type = udp_segment, .cmsg_len = CMSG_LEN(sizeof length)};
        memcpy(room + used, &part, sizeof part);
        memcpy(room + used + CMSG_LEN(0), &length, sizeof length);
        used += CMSG_SPACE(sizeof length);
    }
    if (used) {
        out->headers[i].msg_hdr.msg_control = room;
        out->headers[i].msg_hdr.msg_controllen = used;
    }
}

/// Sends what fits into one call and returns how many datagrams went; -errno is about the first message, whose size goes to failed.
static int send_some(
    int descriptor, const struct clinux_datagram *batch, int count, int segments, int *failed) {
    struct outgoing out;
    out.messages = 0;
    enum { vector_limit = sizeof out.vectors / sizeof out.vectors[0] };
    int taken = 0;
    while (taken < count && taken < vector_limit && out.messages < CLINUX_BATCH_LIMIT) {
        const struct clinux_datagram *first = &batch[taken];
        uint32_t total = 0;
        int size = 0;
        do {
            out.vectors[taken + size] = (struct iovec){first[size].bytes, first[size].length};
            total += first[size].length;
            size++;
        } while (segments && size < CLINUX_SEGMENT_LIMIT && taken + size < count && taken + size < vector_limit
            && may_follow(first, &first[size - 1], total, &first[size]));
        add_message(&out, first, &out.vectors[taken], size);
        taken += size;
    }
    int sent;
    do sent = sendmmsg(descriptor, out.headers, (unsigned)out.messages, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    *failed = out.sizes[0];
    if (sent < 0) return -errno;
    int datagrams = 0;
    for (int i = 0; i < sent; i++) datagrams += out.sizes[i];
    return datagrams;
}

int clinux_udp_send(
    int descriptor, const struct clinux_datagram *batch, int count, int *segments, uint64_t *refused) {
    int done = 0;
    // Up to here one by one: a message of several was refused, perhaps because of one of them.
    int single_until = 0;
    while (done < count) {
        int is_single = done < single_until, failed;
        int limit = is_single ? single_until - done : count - done;
        int sent = send_some(descriptor, batch + done, limit, !is_single && *segments, &failed);
        if (sent == -EAGAIN || sent == -ENOBUFS) break;
        if (sent < 0 && failed > 1) {
            if (sent == -EIO) *segments = 0;
            single_until = done + failed;
            continue;
        }
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
