#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

static int attach(int fd, struct sock_filter *code, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : -errno;
}

int clinux_socket_drop_all(int fd) {
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    return attach(fd, code, 1);
}

int clinux_socket_only_from(int fd, uint32_t network, uint32_t mask) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + 12),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, network, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    return attach(fd, code, sizeof code / sizeof code[0]);
}

int clinux_socket_take_all(int fd) {
    int unused = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) == 0 || errno == ENOENT) return 0;
    return -errno;
}
