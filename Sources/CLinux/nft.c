// nft rules by raw nfnetlink: a handful of messages in one send, where an `nft` process costs milliseconds.
#define _GNU_SOURCE
#include "clinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct script {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    uint32_t count;
    struct nlmsghdr *message;
};

enum {
    message_limit_bytes = 2048,
    ip_source_offset = 12,
    ip_destination_offset = 16,
    priority_mangle = -150,
    priority_source_nat = 100,
};

static int begin(struct script *script, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
    if (script->length + message_limit_bytes > script->capacity) {
        size_t capacity = script->capacity ? script->capacity * 2 : 4 * message_limit_bytes;
        uint8_t *larger = realloc(script->bytes, capacity);
        if (!larger) return -ENOMEM;
        script->bytes = larger;
        script->capacity = capacity;
    }
    struct nlmsghdr *message = script->message = (struct nlmsghdr *)(script->bytes + script->length);
    memset(message, 0, message_limit_bytes);
    message->nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg));
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = script->count++;
    struct nfgenmsg *generic = NLMSG_DATA(message);
    generic->nfgen_family = family;
    generic->version = NFNETLINK_V0;
    generic->res_id = htons(resource);
    return 0;
}

static int begin_nft(struct script *script, int kind, uint16_t flags) {
    return begin(script, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | kind), flags, NFPROTO_IPV4, 0);
}

static void end(struct script *script) { script->length += NLMSG_ALIGN(script->message->nlmsg_len); }

static struct nlattr *attribute(struct script *script, uint16_t type, const void *data, size_t length) {
    struct nlmsghdr *message = script->message;
    struct nlattr *part = (struct nlattr *)((uint8_t *)message + NLMSG_ALIGN(message->nlmsg_len));
    part->nla_type = type;
    part->nla_len = (uint16_t)(NLA_HDRLEN + length);
    if (length) memcpy((uint8_t *)part + NLA_HDRLEN, data, length);
    message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + (uint32_t)NLA_ALIGN(part->nla_len);
    return part;
}

static void text(struct script *script, uint16_t type, const char *value) {
    attribute(script, type, value, strlen(value) + 1);
}

static void number(struct script *script, uint16_t type, uint32_t value) {
    uint32_t wire = htonl(value);
    attribute(script, type, &wire, sizeof wire);
}

static struct nlattr *open_nested(struct script *script, uint16_t type) {
    return attribute(script, type | NLA_F_NESTED, NULL, 0);
}

static void close_nested(struct script *script, struct nlattr *part) {
    part->nla_len = (uint16_t)((uint8_t *)script->message + script->message->nlmsg_len - (uint8_t *)part);
}

struct expression {
    struct nlattr *element;
    struct nlattr *data;
};

static struct expression open_expression(struct script *script, const char *name) {
    struct expression expression = {.element = open_nested(script, NFTA_LIST_ELEM)};
    text(script, NFTA_EXPR_NAME, name);
    expression.data = open_nested(script, NFTA_EXPR_DATA);
    return expression;
}

static void close_expression(struct script *script, struct expression expression) {
    close_nested(script, expression.data);
    close_nested(script, expression.element);
}

static void value(struct script *script, uint16_t type, const void *bytes, size_t length) {
    struct nlattr *data = open_nested(script, type);
    attribute(script, NFTA_DATA_VALUE, bytes, length);
    close_nested(script, data);
}

static void equals(struct script *script, const void *bytes, size_t length) {
    struct expression compare = open_expression(script, "cmp");
    number(script, NFTA_CMP_SREG, NFT_REG_1);
    number(script, NFTA_CMP_OP, NFT_CMP_EQ);
    value(script, NFTA_CMP_DATA, bytes, length);
    close_expression(script, compare);
}

/// `iifname DEVICE`
static void match_input_device(struct script *script, const char *device) {
    char name[IFNAMSIZ] = {0};
    struct expression meta = open_expression(script, "meta");
    number(script, NFTA_META_KEY, NFT_META_IIFNAME);
    number(script, NFTA_META_DREG, NFT_REG_1);
    close_expression(script, meta);
    memcpy(name, device, strlen(device));
    equals(script, name, sizeof name);
}

/// `ip saddr PREFIX` or `ip daddr PREFIX`
static void match_address(struct script *script, uint32_t offset, uint32_t address, uint32_t length) {
    uint32_t wire = htonl(address), mask = htonl(length ? ~0u << (32 - length) : 0), zero = 0;
    struct expression payload = open_expression(script, "payload");
    number(script, NFTA_PAYLOAD_DREG, NFT_REG_1);
    number(script, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
    number(script, NFTA_PAYLOAD_OFFSET, offset);
    number(script, NFTA_PAYLOAD_LEN, sizeof wire);
    close_expression(script, payload);
    if (length < 32) {
        struct expression bitwise = open_expression(script, "bitwise");
        number(script, NFTA_BITWISE_SREG, NFT_REG_1);
        number(script, NFTA_BITWISE_DREG, NFT_REG_1);
        number(script, NFTA_BITWISE_LEN, sizeof wire);
        value(script, NFTA_BITWISE_MASK, &mask, sizeof mask);
        value(script, NFTA_BITWISE_XOR, &zero, sizeof zero);
        close_expression(script, bitwise);
    }
    equals(script, &wire, sizeof wire);
}

static void load(struct script *script, const void *bytes, size_t length) {
    struct expression immediate = open_expression(script, "immediate");
    number(script, NFTA_IMMEDIATE_DREG, NFT_REG_1);
    value(script, NFTA_IMMEDIATE_DATA, bytes, length);
    close_expression(script, immediate);
}

/// `ct mark set MARK`
static void set_connection_mark(struct script *script, uint32_t mark) {
    // Marks are in the byte order of the machine.
    load(script, &mark, sizeof mark);
    struct expression set = open_expression(script, "ct");
    number(script, NFTA_CT_KEY, NFT_CT_MARK);
    number(script, NFTA_CT_SREG, NFT_REG_1);
    close_expression(script, set);
}

/// `meta mark set ct mark`
static void set_packet_mark(struct script *script) {
    struct expression get = open_expression(script, "ct");
    number(script, NFTA_CT_KEY, NFT_CT_MARK);
    number(script, NFTA_CT_DREG, NFT_REG_1);
    close_expression(script, get);
    struct expression set = open_expression(script, "meta");
    number(script, NFTA_META_KEY, NFT_META_MARK);
    number(script, NFTA_META_SREG, NFT_REG_1);
    close_expression(script, set);
}

/// `snat to ADDRESS`
static void translate_source(struct script *script, uint32_t address) {
    uint32_t wire = htonl(address);
    load(script, &wire, sizeof wire);
    struct expression nat = open_expression(script, "nat");
    number(script, NFTA_NAT_TYPE, NFT_NAT_SNAT);
    number(script, NFTA_NAT_FAMILY, NFPROTO_IPV4);
    number(script, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
    close_expression(script, nat);
}

static void drop(struct script *script) {
    struct expression immediate = open_expression(script, "immediate");
    number(script, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    struct nlattr *data = open_nested(script, NFTA_IMMEDIATE_DATA);
    struct nlattr *verdict = open_nested(script, NFTA_DATA_VERDICT);
    number(script, NFTA_VERDICT_CODE, NF_DROP);
    close_nested(script, verdict);
    close_nested(script, data);
    close_expression(script, immediate);
}

static int table_message(struct script *script, int kind, uint16_t flags, const char *table) {
    int result = begin_nft(script, kind, flags);
    if (result < 0) return result;
    text(script, NFTA_TABLE_NAME, table);
    end(script);
    return 0;
}

enum mode {
    /// Fails with EEXIST when the table is there: a deletion waits for every processor, 10 ms that a new namespace need not spend.
    mode_create,
    mode_replace,
    mode_remove,
};

/// Begins a batch that leaves the table empty or absent.
static int begin_batch(struct script *script, const char *table, enum mode mode) {
    int result = begin(script, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    if (result < 0) return result;
    end(script);
    if (mode == mode_create)
        return table_message(script, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, table);
    // Deleting what is absent is an error, so it is made first.
    result = table_message(script, NFT_MSG_NEWTABLE, NLM_F_CREATE, table);
    if (result == 0) result = table_message(script, NFT_MSG_DELTABLE, 0, table);
    if (result == 0 && mode == mode_replace) result = table_message(script, NFT_MSG_NEWTABLE, NLM_F_CREATE, table);
    return result;
}

static int chain_message(
    struct script *script, const char *table, const char *chain, const char *type, uint32_t hook, int32_t priority) {
    int result = begin_nft(script, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    if (result < 0) return result;
    text(script, NFTA_CHAIN_TABLE, table);
    text(script, NFTA_CHAIN_NAME, chain);
    text(script, NFTA_CHAIN_TYPE, type);
    struct nlattr *place = open_nested(script, NFTA_CHAIN_HOOK);
    number(script, NFTA_HOOK_HOOKNUM, hook);
    number(script, NFTA_HOOK_PRIORITY, (uint32_t)priority);
    close_nested(script, place);
    end(script);
    return 0;
}

static int begin_rule(struct script *script, const char *table, const char *chain, struct nlattr **expressions) {
    int result = begin_nft(script, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    if (result < 0) return result;
    text(script, NFTA_RULE_TABLE, table);
    text(script, NFTA_RULE_CHAIN, chain);
    *expressions = open_nested(script, NFTA_RULE_EXPRESSIONS);
    return 0;
}

static void end_rule(struct script *script, struct nlattr *expressions) {
    close_nested(script, expressions);
    end(script);
}

static int await_answer(int netlink, uint32_t last) {
    _Alignas(struct nlmsghdr) uint8_t room[8192];
    for (;;) {
        ssize_t length = recv(netlink, room, sizeof room, 0);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return -errno;
        for (struct nlmsghdr *answer = (struct nlmsghdr *)room; NLMSG_OK(answer, length);
             answer = NLMSG_NEXT(answer, length)) {
            if (answer->nlmsg_type != NLMSG_ERROR) continue;
            // The batch is all or nothing: the first error ends it.
            int error = ((struct nlmsgerr *)NLMSG_DATA(answer))->error;
            if (error) return error;
            if (answer->nlmsg_seq == last) return 0;
        }
    }
}

static int commit(struct script *script) {
    script->message->nlmsg_flags |= NLM_F_ACK;
    uint32_t last = script->message->nlmsg_seq;
    int result = begin(script, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    if (result < 0) return result;
    end(script);
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (netlink < 0) return -errno;
    int room = script->length > INT32_MAX ? INT32_MAX : (int)script->length * 2;
    setsockopt(netlink, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    setsockopt(netlink, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    result = send(netlink, script->bytes, script->length, 0) < 0 ? -errno : await_answer(netlink, last);
    close(netlink);
    return result;
}

static int write_masquerade(
    struct script *script, enum mode mode, const struct clinux_masquerade *entries, size_t count) {
    static const char table[] = "mirox", input[] = "input", output[] = "output";
    int result = begin_batch(script, table, mode);
    if (result < 0 || mode == mode_remove) return result;
    // Source NAT at the input hook, since the devices' addresses are local here. The connection's mark takes an answer back into
    // the tunnel that it belongs to: by its addresses alone, routing would treat it as any packet of a device.
    result = chain_message(script, table, input, "nat", NF_INET_LOCAL_IN, priority_source_nat);
    if (result == 0)
        result = chain_message(script, table, output, "filter", NF_INET_LOCAL_OUT, priority_mangle);
    struct nlattr *expressions;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (strlen(entries[i].device) >= IFNAMSIZ || entries[i].pool_length > 32) return -EINVAL;
        result = begin_rule(script, table, input, &expressions);
        if (result < 0) break;
        match_input_device(script, entries[i].device);
        match_address(script, ip_source_offset, entries[i].pool, entries[i].pool_length);
        set_connection_mark(script, entries[i].mark);
        translate_source(script, entries[i].address);
        end_rule(script, expressions);
    }
    if (result == 0) result = begin_rule(script, table, output, &expressions);
    if (result < 0) return result;
    set_packet_mark(script);
    end_rule(script, expressions);
    return 0;
}

static int masquerade(enum mode mode, const struct clinux_masquerade *entries, size_t count) {
    struct script script = {0};
    int result = write_masquerade(&script, mode, entries, count);
    if (result == 0) result = commit(&script);
    free(script.bytes);
    return result;
}

int clinux_nft_masquerade(const struct clinux_masquerade *entries, size_t count) {
    if (count == 0) return masquerade(mode_remove, entries, count);
    int result = masquerade(mode_create, entries, count);
    return result == -EEXIST ? masquerade(mode_replace, entries, count) : result;
}

static int write_drops(struct script *script, enum mode mode, const struct clinux_address_way *ways, size_t count) {
    static const char table[] = "mirox-partition", chain[] = "output";
    int result = begin_batch(script, table, mode);
    if (result < 0 || mode == mode_remove) return result;
    // Every address is local in the internet namespace, so every packet passes output.
    result = chain_message(script, table, chain, "filter", NF_INET_LOCAL_OUT, 0);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct nlattr *expressions;
        result = begin_rule(script, table, chain, &expressions);
        if (result < 0) break;
        if (ways[i].from) match_address(script, ip_source_offset, ways[i].from, 32);
        if (ways[i].to) match_address(script, ip_destination_offset, ways[i].to, 32);
        drop(script);
        end_rule(script, expressions);
    }
    return result;
}

int clinux_nft_drop_ways(const struct clinux_address_way *ways, size_t count) {
    struct script script = {0};
    int result = write_drops(&script, count ? mode_replace : mode_remove, ways, count);
    if (result == 0) result = commit(&script);
    free(script.bytes);
    return result;
}
