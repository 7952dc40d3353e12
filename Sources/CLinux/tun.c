#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

// Newer than Debian 12's headers; kernels since 6.2 know them.
enum { offload_udp4 = 0x20, offload_udp6 = 0x40, gso_udp = 5 };

int clinux_tun_open(const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    if (strlen(name) >= IFNAMSIZ) return -ENAMETOOLONG;
    strcpy(request.ifr_name, name);
    int descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return -errno;
    // Persistent at once: else closing waits 30 ms for the device to go, one after the other. It goes with its namespace.
    if (ioctl(descriptor, TUNSETIFF, &request) < 0 || ioctl(descriptor, TUNSETPERSIST, 1) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int clinux_tun_offload(int descriptor) {
    unsigned tcp = TUN_F_CSUM | TUN_F_TSO4;
    if (ioctl(descriptor, TUNSETOFFLOAD, tcp | offload_udp4 | offload_udp6) == 0) return 2;
    if (ioctl(descriptor, TUNSETOFFLOAD, tcp) == 0) return 1;
    return -errno;
}

ssize_t clinux_tun_read(
    int descriptor, int has_headers, uint8_t *bytes, size_t capacity, struct clinux_tun_offload *offload) {
    struct virtio_net_hdr header = {0};
    struct iovec parts[2] = {{&header, sizeof header}, {bytes, capacity}};
    size_t skipped = has_headers ? sizeof header : 0;
    ssize_t count;
    do count = has_headers ? readv(descriptor, parts, 2) : read(descriptor, bytes, capacity);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    if ((size_t)count <= skipped) return -EAGAIN;
    int type = header.gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
    *offload = (struct clinux_tun_offload){
        .kind = type == VIRTIO_NET_HDR_GSO_TCPV4 ? CLINUX_TUN_SEGMENTS
            : type == gso_udp                    ? CLINUX_TUN_DATAGRAMS
                                                 : CLINUX_TUN_WHOLE,
        .needs_checksum = (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0, .part_bytes = header.gso_size,
        .checksum_start = header.csum_start, .checksum_offset = header.csum_offset};
    return count - (ssize_t)skipped;
}

int clinux_tun_write(
    int descriptor, int has_headers, const struct clinux_part *packet, int count, uint16_t header_bytes,
    const struct clinux_tun_offload *offload) {
    struct virtio_net_hdr header = {0};
    struct iovec parts[CLINUX_TUN_PARTS + 1];
    if (count > CLINUX_TUN_PARTS) return -EINVAL;
    int first = has_headers ? 1 : 0;
    size_t total = has_headers ? sizeof header : 0;
    parts[0] = (struct iovec){&header, sizeof header};
    for (int i = 0; i < count; i++) {
        parts[i + first] = (struct iovec){(void *)packet[i].bytes, packet[i].length};
        total += packet[i].length;
    }
    if (offload->kind != CLINUX_TUN_WHOLE) {
        header.gso_type = offload->kind == CLINUX_TUN_SEGMENTS ? VIRTIO_NET_HDR_GSO_TCPV4 : gso_udp;
        header.gso_size = offload->part_bytes;
        header.hdr_len = header_bytes;
    }
    if (offload->needs_checksum) {
        header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        header.csum_start = offload->checksum_start;
        header.csum_offset = offload->checksum_offset;
    }
    ssize_t written;
    do written = writev(descriptor, parts, count + first);
    while (written < 0 && errno == EINTR);
    if (written < 0) return -errno;
    return (size_t)written == total ? 0 : -EIO;
}
