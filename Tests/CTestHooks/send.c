#define _GNU_SOURCE
#include "ctesthooks.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { udp_segment = 103 };

static _Thread_local int refusal;
static _Thread_local uint64_t refused;

void refuse_segments(int error) {
    refusal = error;
    refused = 0;
}

uint64_t refused_segments(void) { return refused; }

static int has_segments(struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == udp_segment) return 1;
    }
    return 0;
}

// Stands before the C library's in the program that this is linked into.
int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags) {
    for (unsigned i = 0; refusal && i < count; i++) {
        if (!has_segments(&messages[i].msg_hdr)) continue;
        // Those before it go out, and tell nothing of it.
        if (i > 0) {
            count = i;
            break;
        }
        refused++;
        errno = refusal;
        return -1;
    }
    return (int)syscall(SYS_sendmmsg, socket, messages, count, flags);
}
