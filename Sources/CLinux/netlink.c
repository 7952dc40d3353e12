#define _GNU_SOURCE
#include "clinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The sequence number of a message is its index, with what may be overlooked in the high bits.
enum {
    tolerate_existing = 1 << 30,
    tolerate_absent = 1 << 29,
    index_mask = tolerate_absent - 1,
    message_limit_bytes = 256,
};

int clinux_link_index(const char *name) {
    unsigned index = if_nametoindex(name);
    return index == 0 ? -errno : (int)index;
}

int clinux_netlink_init(struct clinux_netlink *batch) {
    *batch = (struct clinux_netlink){.capacity = 4096};
    batch->bytes = malloc(batch->capacity);
    return batch->bytes ? 0 : -ENOMEM;
}

void clinux_netlink_free(struct clinux_netlink *batch) {
    free(batch->bytes);
    *batch = (struct clinux_netlink){0};
}

/// Begins a message with its fixed part; NULL when memory is out (told at commit).
static struct nlmsghdr *begin(
    struct clinux_netlink *batch, uint16_t type, uint16_t flags, uint32_t tolerated, const void *fixed, size_t length) {
    if (batch->length + message_limit_bytes > batch->capacity) {
        uint8_t *larger = realloc(batch->bytes, batch->capacity * 2);
        if (!larger) {
            batch->error = ENOMEM;
            return NULL;
        }
        batch->bytes = larger;
        batch->capacity *= 2;
    }
    struct nlmsghdr *message = (struct nlmsghdr *)(batch->bytes + batch->length);
    memset(message, 0, message_limit_bytes);
    message->nlmsg_len = NLMSG_LENGTH(length);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = batch->count | tolerated;
    memcpy(NLMSG_DATA(message), fixed, length);
    return message;
}

static struct rtattr *attribute(struct nlmsghdr *message, uint16_t type, const void *data, size_t length) {
    struct rtattr *part = (struct rtattr *)((uint8_t *)message + NLMSG_ALIGN(message->nlmsg_len));
    part->rta_type = type;
    part->rta_len = (unsigned short)RTA_LENGTH(length);
    if (length) memcpy(RTA_DATA(part), data, length);
    message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + (uint32_t)RTA_ALIGN(part->rta_len);
    return part;
}

static void number(struct nlmsghdr *message, uint16_t type, uint32_t value) {
    attribute(message, type, &value, sizeof value);
}

/// Closes a nested attribute at the present end of the message.
static void close_nested(struct nlmsghdr *message, struct rtattr *part) {
    part->rta_len = (unsigned short)((uint8_t *)message + message->nlmsg_len - (uint8_t *)part);
}

static void end(struct clinux_netlink *batch, struct nlmsghdr *message) {
    batch->length += NLMSG_ALIGN(message->nlmsg_len);
    batch->count += 1;
}

void clinux_netlink_link_up(struct clinux_netlink *batch, int index, uint32_t mtu) {
    struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct nlmsghdr *message = begin(batch, RTM_NEWLINK, 0, 0, &fixed, sizeof fixed);
    if (!message) return;
    if (mtu) number(message, IFLA_MTU, mtu);
    end(batch, message);
}

void clinux_netlink_link_delete(struct clinux_netlink *batch, int index) {
    struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    struct nlmsghdr *message = begin(batch, RTM_DELLINK, 0, tolerate_absent, &fixed, sizeof fixed);
    if (message) end(batch, message);
}

void clinux_netlink_address(struct clinux_netlink *batch, int index, uint32_t address, uint8_t length, int remove) {
    struct ifaddrmsg fixed = {.ifa_family = AF_INET, .ifa_prefixlen = length, .ifa_index = (unsigned)index};
    uint32_t wire = htonl(address);
    struct nlmsghdr *message = remove
        ? begin(batch, RTM_DELADDR, 0, tolerate_absent, &fixed, sizeof fixed)
        : begin(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, tolerate_existing, &fixed, sizeof fixed);
    if (!message) return;
    attribute(message, IFA_LOCAL, &wire, sizeof wire);
    attribute(message, IFA_ADDRESS, &wire, sizeof wire);
    end(batch, message);
}

void clinux_netlink_route(struct clinux_netlink *batch, const struct clinux_route *route, int remove) {
    struct rtmsg fixed = {
        .rtm_family = AF_INET, .rtm_dst_len = route->length, .rtm_type = route->type,
        .rtm_protocol = remove ? RTPROT_UNSPEC : RTPROT_STATIC,
        .rtm_scope = remove                  ? RT_SCOPE_NOWHERE
            : route->type == RTN_LOCAL       ? RT_SCOPE_HOST
            : route->type != RTN_UNICAST     ? RT_SCOPE_UNIVERSE
            : route->gateway                 ? RT_SCOPE_UNIVERSE
                                             : RT_SCOPE_LINK};
    struct nlmsghdr *message = remove
        ? begin(batch, RTM_DELROUTE, 0, tolerate_absent, &fixed, sizeof fixed)
        : begin(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, 0, &fixed, sizeof fixed);
    if (!message) return;
    uint32_t destination = htonl(route->destination), gateway = htonl(route->gateway), source = htonl(route->source);
    if (route->length) attribute(message, RTA_DST, &destination, sizeof destination);
    if (route->gateway) attribute(message, RTA_GATEWAY, &gateway, sizeof gateway);
    if (route->source) attribute(message, RTA_PREFSRC, &source, sizeof source);
    if (route->device) number(message, RTA_OIF, (uint32_t)route->device);
    number(message, RTA_TABLE, route->table);
    end(batch, message);
}

void clinux_netlink_rule(struct clinux_netlink *batch, const struct clinux_rule *rule) {
    struct fib_rule_hdr fixed = {.family = AF_INET, .src_len = rule->from_length, .action = FR_ACT_TO_TBL};
    struct nlmsghdr *message =
        begin(batch, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, tolerate_existing, &fixed, sizeof fixed);
    if (!message) return;
    uint32_t from = htonl(rule->from);
    if (rule->from_length) attribute(message, FRA_SRC, &from, sizeof from);
    if (rule->mark) number(message, FRA_FWMARK, rule->mark);
    number(message, FRA_PRIORITY, rule->priority);
    number(message, FRA_TABLE, rule->table);
    end(batch, message);
}

void clinux_netlink_veth(
    struct clinux_netlink *batch, const char *name, const char *peer_name, int peer_namespace) {
    struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC};
    if (strlen(name) >= IFNAMSIZ || strlen(peer_name) >= IFNAMSIZ) {
        batch->error = ENAMETOOLONG;
        return;
    }
    struct nlmsghdr *message = begin(batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, &fixed, sizeof fixed);
    if (!message) return;
    attribute(message, IFLA_IFNAME, name, strlen(name) + 1);
    struct rtattr *info = attribute(message, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);
    attribute(message, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = attribute(message, IFLA_INFO_DATA | NLA_F_NESTED, NULL, 0);
    struct rtattr *peer = attribute(message, VETH_INFO_PEER | NLA_F_NESTED, &fixed, sizeof fixed);
    attribute(message, IFLA_IFNAME, peer_name, strlen(peer_name) + 1);
    number(message, IFLA_NET_NS_FD, (uint32_t)peer_namespace);
    close_nested(message, peer);
    close_nested(message, data);
    close_nested(message, info);
    end(batch, message);
}

/// Reads answers until the one to the last message; only failures and that one are answered.
static int await_answer(int netlink, uint32_t last, uint32_t *failed) {
    int first_error = 0;
    _Alignas(struct nlmsghdr) uint8_t room[8192];
    for (;;) {
        ssize_t length = recv(netlink, room, sizeof room, 0);
        if (length < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        for (struct nlmsghdr *answer = (struct nlmsghdr *)room; NLMSG_OK(answer, length);
             answer = NLMSG_NEXT(answer, length)) {
            if (answer->nlmsg_type != NLMSG_ERROR) continue;
            int error = -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
            int overlooked = (answer->nlmsg_seq & tolerate_existing && error == EEXIST)
                || (answer->nlmsg_seq & tolerate_absent
                    && (error == ESRCH || error == ENODEV || error == EADDRNOTAVAIL));
            uint32_t index = answer->nlmsg_seq & index_mask;
            if (error && !overlooked && !first_error) {
                first_error = error;
                *failed = index;
            }
            if (index == last) return -first_error;
        }
    }
}

static int exchange(int netlink, uint8_t *bytes, size_t length, uint32_t last, uint32_t *failed) {
    ssize_t sent;
    do sent = send(netlink, bytes, length, 0);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : await_answer(netlink, last, failed);
}

int clinux_netlink_commit(struct clinux_netlink *batch, uint32_t *failed) {
    // A failure is answered per message; so many fit into the smallest receive buffer.
    enum { portion = 128 };
    *failed = 0;
    if (batch->error) return -batch->error;
    if (batch->count == 0) return 0;
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0) return -errno;
    int on = 1, result = 0;
    setsockopt(netlink, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    size_t from = 0, offset = 0;
    for (uint32_t index = 0; index < batch->count && result == 0; index++) {
        struct nlmsghdr *message = (struct nlmsghdr *)(batch->bytes + offset);
        offset += NLMSG_ALIGN(message->nlmsg_len);
        if (index + 1 < batch->count && (index + 1) % portion != 0) continue;
        message->nlmsg_flags |= NLM_F_ACK;
        result = exchange(netlink, batch->bytes + from, offset - from, index, failed);
        from = offset;
    }
    close(netlink);
    batch->length = 0;
    batch->count = 0;
    return result;
}
