// The path of a packet through two tunnels, or one, with nothing in it that is not needed to carry bytes: keys that never change, no
// handshake, no replay window, no timers, no policy. What it reaches is what a data plane of this shape can reach on the machine.
//
// usage: path CIPHER HOPS USER_NAMESPACE PLANT_NAMESPACE: makes TUN `tun0` in both, which the caller sets up after "ready".
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cipher.h"

enum {
    HEADER_BYTES = 16,
    /// A sealed datagram around a packet of 1,420 bytes; those of one message lie one behind the other.
    STRIDE = 1420 + HEADER_BYTES + TAG_BYTES,
    MOST_PARTS = 64,
    PARTS_A_MESSAGE = 44,
    MESSAGE_BYTES = 65535,
    TURNS = 16,
    UDP_SEGMENT_OPTION = 103,
    UDP_GRO_OPTION = 104,
};

static enum cipher cipher;

struct edge {
    int tun, socket;
};

static void check(int result, const char *what) {
    if (result >= 0) return;
    perror(what);
    exit(1);
}

// MARK: Checksums

static uint32_t add(const uint8_t *bytes, int length, uint64_t sum) {
    for (; length >= 8; bytes += 8, length -= 8) {
        uint32_t words[2];
        memcpy(words, bytes, 8);
        sum += (uint64_t)words[0] + words[1];
    }
    for (; length >= 2; bytes += 2, length -= 2) {
        uint16_t word;
        memcpy(&word, bytes, 2);
        sum += word;
    }
    if (length) sum += *bytes;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

static void put16(uint8_t *place, uint32_t value) {
    uint16_t word = htons((uint16_t)value);
    memcpy(place, &word, 2);
}

static void put_sum(uint8_t *place, uint32_t sum) {
    uint16_t word = (uint16_t)~sum;
    memcpy(place, &word, 2);
}

static uint32_t pseudo_header(const uint8_t *ip, int transport_bytes) {
    uint8_t bytes[12];
    memcpy(bytes, ip + 12, 8);
    bytes[8] = 0;
    bytes[9] = 6;
    put16(bytes + 10, (uint32_t)transport_bytes);
    return add(bytes, sizeof bytes, 0);
}

static uint32_t number(const uint8_t *place) {
    uint32_t word;
    memcpy(&word, place, 4);
    return ntohl(word);
}

// MARK: Datagrams

static int seal(uint8_t *datagram, int plain_bytes, uint64_t *counter) {
    memcpy(datagram + 8, counter, 8);
    memcpy(datagram, "\4\0\0\0\0\0\0\0", 8);
    cipher_seal(cipher, datagram + HEADER_BYTES, plain_bytes, (*counter)++);
    return plain_bytes + HEADER_BYTES + TAG_BYTES;
}

/// The plain bytes' number, -1 for a datagram that is not ours.
static int unseal(uint8_t *datagram, int length) {
    uint64_t counter;
    if (length < HEADER_BYTES + TAG_BYTES) return -1;
    memcpy(&counter, datagram + 8, 8);
    if (!cipher_open(cipher, datagram + HEADER_BYTES, length - HEADER_BYTES, counter)) return -1;
    return length - HEADER_BYTES - TAG_BYTES;
}

static void send_message(int socket, uint8_t *bytes, int length, int part_bytes) {
    struct iovec vector = {bytes, (size_t)length};
    char room[CMSG_SPACE(sizeof(uint16_t))] = {0};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (length > part_bytes) {
        message.msg_control = room;
        message.msg_controllen = sizeof room;
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = IPPROTO_UDP;
        part->cmsg_type = UDP_SEGMENT_OPTION;
        part->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        uint16_t size = (uint16_t)part_bytes;
        memcpy(CMSG_DATA(part), &size, sizeof size);
    }
    // A full socket drops, as a link does.
    sendmsg(socket, &message, 0);
}

/// Reads one message of equal datagrams.
static int receive_message(int socket, uint8_t *bytes, int *part_bytes) {
    struct iovec vector = {bytes, MESSAGE_BYTES};
    char room[64];
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    int length = (int)recvmsg(socket, &message, MSG_DONTWAIT);
    *part_bytes = length;
    if (length <= 0) return length;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO_OPTION)
            memcpy(part_bytes, CMSG_DATA(part), sizeof(int));
    }
    return length;
}

// MARK: From the device

/// Cuts one packet of the device into sealed datagrams, a stride each, and sends them.
static void cut_and_send(struct edge *edge, const uint8_t *frame, int length, uint8_t *out, uint64_t *counter) {
    const struct virtio_net_hdr *offload = (const void *)frame;
    const uint8_t *ip = frame + sizeof *offload;
    int count = length - (int)sizeof *offload, header = (ip[0] & 15) * 4;
    if (ip[0] >> 4 != 4) return;
    if ((offload->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) != VIRTIO_NET_HDR_GSO_TCPV4) {
        uint8_t *packet = out + HEADER_BYTES;
        memcpy(packet, ip, (size_t)count);
        if (offload->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
            int start = offload->csum_start;
            put_sum(packet + start + offload->csum_offset, add(packet + start, count - start, 0));
        }
        int sealed = seal(out, count, counter);
        send_message(edge->socket, out, sealed, sealed);
        return;
    }
    int transport = (ip[header + 12] >> 4) * 4, headers = header + transport, payload = count - headers;
    int parts = 0, waiting = 0;
    for (int done = 0; done < payload && parts < MOST_PARTS; parts++) {
        int own = payload - done < offload->gso_size ? payload - done : offload->gso_size, total = headers + own;
        uint8_t *datagram = out + waiting, *packet = datagram + HEADER_BYTES;
        memcpy(packet, ip, (size_t)headers);
        memcpy(packet + headers, ip + headers + done, (size_t)own);
        put16(packet + 2, (uint32_t)total);
        put16(packet + 4, (uint32_t)((ip[4] << 8 | ip[5]) + parts));
        put16(packet + 10, 0);
        put_sum(packet + 10, add(packet, header, 0));
        uint32_t sequence = htonl(number(ip + header + 4) + (uint32_t)done);
        memcpy(packet + header + 4, &sequence, 4);
        if (done + own < payload) packet[header + 13] &= (uint8_t)~9;
        put16(packet + header + 16, 0);
        put_sum(
            packet + header + 16, add(packet + header, total - header, pseudo_header(packet, total - header)));
        waiting += seal(datagram, total, counter);
        done += own;
        if (done == payload || waiting >= PARTS_A_MESSAGE * STRIDE) {
            send_message(edge->socket, out, waiting, headers + offload->gso_size + HEADER_BYTES + TAG_BYTES);
            waiting = 0;
        }
    }
}

// MARK: To the device

/// Whether a segment goes on where the ones before it end, with nothing but ACK and perhaps PSH.
static int follows(const uint8_t *first, const uint8_t *next, uint32_t sequence) {
    return next[9] == 6 && !memcmp(first + 12, next + 12, 12) && number(next + 24) == sequence
        && next[32] == first[32] && (next[33] & ~8) == 16;
}

static void write_joined(int tun, struct iovec *packets, int count) {
    for (int i = 0; i < count;) {
        uint8_t *first = packets[i].iov_base;
        struct virtio_net_hdr offload = {0};
        struct iovec parts[MOST_PARTS + 1] = {{&offload, sizeof offload}, packets[i]};
        int used = 1, total = (int)packets[i].iov_len, headers = 20 + (first[32] >> 4) * 4, part = total - headers;
        if (first[0] == 0x45 && first[9] == 6 && first[33] == 16 && part > 0) {
            while (i + used < count) {
                struct iovec *next = &packets[i + used];
                int own = (int)next->iov_len - headers;
                uint8_t *bytes = next->iov_base;
                if (own <= 0 || own > part || total + own > 65000
                    || !follows(first, bytes, number(first + 24) + (uint32_t)(total - headers))) break;
                parts[++used] = (struct iovec){bytes + headers, (size_t)own};
                total += own;
                first[33] |= bytes[33] & 8;
                if (own < part || bytes[33] & 8) break;
            }
        }
        if (used > 1) {
            put16(first + 2, (uint32_t)total);
            put16(first + 10, 0);
            put_sum(first + 10, add(first, 20, 0));
            uint16_t sum = (uint16_t)pseudo_header(first, total - 20);
            memcpy(first + 36, &sum, 2);
            offload = (struct virtio_net_hdr){
                .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                .gso_size = (uint16_t)part, .hdr_len = (uint16_t)headers, .csum_start = 20, .csum_offset = 16};
        }
        // A full device drops, as a link does.
        if (writev(tun, parts, used + 1) < 0 && errno == EINVAL) perror("writing to the device");
        i += used;
    }
}

// MARK: Threads

static void *run_edge(void *argument) {
    struct edge *edge = argument;
    uint8_t *frame = malloc(70000), *out = malloc(MOST_PARTS * STRIDE + MESSAGE_BYTES), *in = malloc(MESSAGE_BYTES);
    uint64_t counter = 0;
    struct pollfd watched[2] = {{edge->tun, POLLIN, 0}, {edge->socket, POLLIN, 0}};
    for (;;) {
        poll(watched, 2, -1);
        for (int turn = 0; turn < TURNS; turn++) {
            int length = (int)read(edge->tun, frame, 70000);
            if (length <= (int)sizeof(struct virtio_net_hdr) + 20) break;
            cut_and_send(edge, frame, length, out, &counter);
        }
        for (int turn = 0; turn < TURNS; turn++) {
            int part, length = receive_message(edge->socket, in, &part), count = 0;
            if (length <= 0) break;
            struct iovec packets[MOST_PARTS];
            for (int at = 0; at < length && count < MOST_PARTS; at += part) {
                int plain = unseal(in + at, length - at < part ? length - at : part);
                if (plain >= 40)
                    packets[count++] = (struct iovec){in + at + HEADER_BYTES, (size_t)plain};
            }
            write_joined(edge->tun, packets, count);
        }
    }
    return NULL;
}

/// Opens what comes, seals it anew where it lies, and passes it on.
static void *run_hub(void *argument) {
    int *sockets = argument;
    uint8_t *bytes = malloc(MESSAGE_BYTES);
    uint64_t counters[2] = {0};
    struct pollfd watched[2] = {{sockets[0], POLLIN, 0}, {sockets[1], POLLIN, 0}};
    for (;;) {
        poll(watched, 2, -1);
        for (int side = 0; side < 2; side++) {
            for (int turn = 0; turn < TURNS; turn++) {
                int part, length = receive_message(sockets[side], bytes, &part);
                if (length <= 0) break;
                for (int at = 0; at < length; at += part) {
                    int plain = unseal(bytes + at, length - at < part ? length - at : part);
                    if (plain >= 0) seal(bytes + at, plain, &counters[!side]);
                }
                send_message(sockets[!side], bytes, length, part);
            }
        }
    }
    return NULL;
}

// MARK: Setting up

static int open_tun(const char *namespace) {
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(namespace, O_RDONLY | O_CLOEXEC);
    check(there, namespace);
    check(setns(there, CLONE_NEWNET), "entering a namespace");
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    check(tun, "/dev/net/tun");
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    strcpy(request.ifr_name, "tun0");
    check(ioctl(tun, TUNSETIFF, &request), "making a TUN device");
    check(ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4), "offloads");
    check(setns(home, CLONE_NEWNET), "coming home");
    close(home);
    close(there);
    return tun;
}

static int open_socket(const char *own, const char *other) {
    int result = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 4 << 20, on = 1;
    check(result, "a socket");
    setsockopt(result, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(result, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(result, IPPROTO_UDP, UDP_GRO_OPTION, &on, sizeof on);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(51820)};
    inet_pton(AF_INET, own, &name.sin_addr);
    check(bind(result, (struct sockaddr *)&name, sizeof name), own);
    inet_pton(AF_INET, other, &name.sin_addr);
    check(connect(result, (struct sockaddr *)&name, sizeof name), other);
    return result;
}

int main(int count, char **words) {
    if (count != 5) {
        fputs("usage: path none|libsodium|libcrypto 1|2 USER_NAMESPACE PLANT_NAMESPACE\n", stderr);
        return 2;
    }
    cipher = cipher_named(words[1]);
    int has_hub = !strcmp(words[2], "2");
    struct edge user = {.tun = open_tun(words[3])}, plant = {.tun = open_tun(words[4])};
    int hub[2];
    pthread_t threads[3];
    user.socket = open_socket("127.2.0.1", has_hub ? "127.2.0.2" : "127.2.0.4");
    plant.socket = open_socket("127.2.0.4", has_hub ? "127.2.0.3" : "127.2.0.1");
    if (has_hub) {
        hub[0] = open_socket("127.2.0.2", "127.2.0.1");
        hub[1] = open_socket("127.2.0.3", "127.2.0.4");
        pthread_create(&threads[2], NULL, run_hub, hub);
    }
    pthread_create(&threads[0], NULL, run_edge, &user);
    pthread_create(&threads[1], NULL, run_edge, &plant);
    puts("ready");
    fflush(stdout);
    pthread_join(threads[0], NULL);
    return 0;
}
