// Linux facilities that Swift's Glibc module lacks, one C file per facility.
//
// Every function returns a value >= 0 or -errno. Addresses and ports are numbers in host order. Nothing here keeps state, and
// nothing allocates on the packet path. No feature macro is defined in this header: other clang modules would see it.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: waiting (poll.c)

enum {
    CLINUX_READABLE = 1,
    CLINUX_WRITABLE = 2,
    /// The other end is gone or an error is pending; always reported.
    CLINUX_BROKEN = 4,
};

struct clinux_event {
    uint64_t token;
    uint32_t flags;
};

int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int descriptor, uint64_t token, uint32_t flags);
int clinux_epoll_change(int epoll, int descriptor, uint64_t token, uint32_t flags);
int clinux_epoll_remove(int epoll, int descriptor);
/// Waits at most that long (-1: for ever) and returns how many events there are, 0 also when interrupted.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int64_t timeout_nanoseconds);
int clinux_eventfd(void);
int clinux_eventfd_signal(int descriptor);
int clinux_eventfd_clear(int descriptor);
uint64_t clinux_monotonic_nanoseconds(void);
