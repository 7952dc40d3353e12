// Loads a Modbus/TCP server on 127.0.0.1: so many connections, each with one read under way, for so many seconds.
// usage: load PORT CONNECTIONS REGISTERS SECONDS; prints requests per second, and the median and 99th percentile in microseconds
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { base = 40000, slots = 100000 };

struct connection {
    int fd;
    uint16_t transaction;
    size_t have;
    double sent;
    uint8_t answer[300];
};

static long histogram[slots];
static int registers;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void ask(struct connection *c) {
    c->transaction++;
    c->have = 0;
    uint8_t request[] = {c->transaction >> 8, c->transaction, 0, 0, 0, 6, 1, 3, base >> 8, base & 255, 0, registers};
    c->sent = now();
    if (send(c->fd, request, sizeof request, MSG_NOSIGNAL) != sizeof request) perror("send"), exit(1);
}

static long percentile(long total, double share) {
    long seen = 0;
    for (long us = 0; us < slots; us++) {
        seen += histogram[us];
        if (seen >= total * share) return us;
    }
    return slots;
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "usage: load PORT CONNECTIONS REGISTERS SECONDS\n"), 2;
    int count = atoi(argv[2]);
    registers = atoi(argv[3]);
    double seconds = atof(argv[4]);
    if (count < 1 || count > 1000 || registers < 1 || registers > 125 || seconds > 60) return 2;
    struct sockaddr_in server = {
        .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct connection *connections = calloc(count, sizeof *connections);
    int set = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        struct connection *c = connections + i;
        int on = 1;
        c->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0) return perror("connect"), 1;
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(set, EPOLL_CTL_ADD, c->fd, &event);
    }
    for (int i = 0; i < count; i++) ask(connections + i);
    size_t whole = 9 + 2 * (size_t)registers;
    long answers = 0;
    double start = now(), end = start + seconds;
    while (now() < end) {
        struct epoll_event events[64];
        int ready = epoll_wait(set, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            ssize_t got = recv(c->fd, c->answer + c->have, sizeof c->answer - c->have, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) return fprintf(stderr, "a connection was closed\n"), 1;
            c->have += got;
            if (c->have < whole) {
                if (c->have >= 9 && c->answer[7] & 0x80) return fprintf(stderr, "exception %d\n", c->answer[8]), 1;
                continue;
            }
            if (c->answer[0] != c->transaction >> 8 || c->answer[1] != (c->transaction & 255))
                return fprintf(stderr, "an answer to another request\n"), 1;
            long us = (now() - c->sent) * 1e6;
            histogram[us < slots ? us : slots - 1]++;
            answers++;
            ask(c);
        }
    }
    printf("%.0f %ld %ld\n", answers / (now() - start), percentile(answers, 0.5), percentile(answers, 0.99));
    return 0;
}
