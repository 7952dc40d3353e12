#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int clinux_epoll_create(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll < 0 ? -errno : epoll;
}

static int control(int epoll, int operation, int descriptor, uint64_t token, uint32_t flags) {
    struct epoll_event event = {
        .events = (flags & CLINUX_READABLE ? EPOLLIN : 0) | (flags & CLINUX_WRITABLE ? EPOLLOUT : 0),
        .data.u64 = token,
    };
    return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_epoll_add(int epoll, int descriptor, uint64_t token, uint32_t flags) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, token, flags);
}

int clinux_epoll_change(int epoll, int descriptor, uint64_t token, uint32_t flags) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, token, flags);
}

int clinux_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int64_t timeout_nanoseconds) {
    enum { limit = 256 };
    struct epoll_event raw[limit];
    struct timespec timeout = {
        .tv_sec = timeout_nanoseconds / 1000000000, .tv_nsec = timeout_nanoseconds % 1000000000};
    int count = epoll_pwait2(
        epoll, raw, capacity < limit ? capacity : limit, timeout_nanoseconds < 0 ? NULL : &timeout, NULL);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].token = raw[i].data.u64;
        events[i].flags = (raw[i].events & EPOLLIN ? CLINUX_READABLE : 0)
            | (raw[i].events & EPOLLOUT ? CLINUX_WRITABLE : 0)
            | (raw[i].events & (EPOLLERR | EPOLLHUP) ? CLINUX_BROKEN : 0);
    }
    return count;
}

int clinux_eventfd(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_eventfd_signal(int descriptor) { return eventfd_write(descriptor, 1) < 0 ? -errno : 0; }

int clinux_eventfd_clear(int descriptor) {
    eventfd_t value;
    return eventfd_read(descriptor, &value) < 0 ? -errno : 0;
}

uint64_t clinux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
