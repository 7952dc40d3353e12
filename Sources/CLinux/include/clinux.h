// Linux facilities that Swift's Glibc module lacks, one C file per facility.
//
// Every function returns a value >= 0 or -errno. Addresses and ports are numbers in host order. Nothing here keeps state, and
// nothing allocates on the packet path. No feature macro is defined in this header: other clang modules would see it.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: descriptors and files (files.c)

/// Writes the whole text to a file that exists: sysctls and maps.
int clinux_write_file(const char *path, const char *text);
/// Sysctls of the calling thread's network namespace: no IPv6, every port free to bind, ping for the mapped group, no forwarding,
/// no reverse path filter.
int clinux_network_defaults(void);
/// Soft limit of open files up to the hard one; returns the new soft limit.
int64_t clinux_raise_open_files(void);
int64_t clinux_hard_open_files(void);
/// Soft limit of open files for this process, never above the hard one.
int clinux_limit_open_files(uint64_t soft);
int clinux_open_path(const char *path);
/// A pipe, reading end first, both closed on exec.
int clinux_pipe(int *ends);
/// The block of NAME=VALUE strings of this process.
char **clinux_environment(void);
int clinux_set_close_on_exec(int descriptor, int on);

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

// MARK: datagrams (datagram.c)

/// One UDP datagram of a batch; the bytes belong to the caller.
struct clinux_datagram {
    uint8_t *bytes;
    uint32_t length;
    /// Received: the bytes from the first on that are this datagram's own, to be worked on in place.
    uint32_t capacity;
    uint32_t remote_address;
    /// Received: the address that was hit. Sent: the source to use, 0 leaves it to routing.
    uint32_t local_address;
    uint16_t remote_port;
    uint16_t truncated;
};

enum {
    CLINUX_BATCH_LIMIT = 64,
    /// What one message may hold of equal datagrams for one destination, and its bytes.
    CLINUX_SEGMENT_LIMIT = 64,
    CLINUX_MESSAGE_BYTES = 65536,
};

/// Where messages are received: count of them, each with room for CLINUX_MESSAGE_BYTES, stride bytes apart.
struct clinux_receive_room {
    uint8_t *bytes;
    size_t stride;
    int count;
    /// Longer datagrams count as truncated.
    uint32_t datagram_limit;
    /// Room behind a message that the last of its datagrams may grow into.
    uint32_t tail_room;
};

/// A non-blocking UDP socket bound there, with packet info on.
int clinux_udp_open(uint32_t address, uint16_t port, int buffer_bytes, int reuse_port);
/// Receives messages and takes the datagrams in them apart; 0 when there are none. The batch must have room for
/// CLINUX_SEGMENT_LIMIT datagrams a message. Messages received go to messages.
int clinux_udp_receive(
    int descriptor, const struct clinux_receive_room *room, struct clinux_datagram *batch, int *messages);
/// Tries every datagram in order and returns how many were dealt with: fewer than count only when the socket is full. Those that
/// the kernel refused are counted in refused.
///
/// Datagrams of one length for one destination go out as one message, as long as segments is not 0; it becomes 0 when the device
/// below turns out not to take them, and then and for the rest they go one by one.
int clinux_udp_send(
    int descriptor, const struct clinux_datagram *batch, int count, int *segments, uint64_t *refused);
/// Lets the kernel hand out datagrams of one sender in one message; done by clinux_udp_open.
void clinux_udp_coalesce(int descriptor);
int clinux_local_endpoint(int descriptor, uint32_t *address, uint16_t *port);

struct clinux_icmp_error {
    uint8_t type;
    uint8_t code;
    /// As the kernel translated it.
    int32_t error;
    uint32_t reporter;
    uint32_t destination;
    uint16_t destination_port;
};

int clinux_enable_error_queue(int descriptor);
/// Takes one entry off the error queue: 1, or 0 when it is empty. Entries that are not ICMP have type and code 0.
int clinux_read_error_queue(int descriptor, struct clinux_icmp_error *error);

// MARK: TUN (tun.c)

enum clinux_tun_kind { CLINUX_TUN_WHOLE = 0, CLINUX_TUN_SEGMENTS = 1, CLINUX_TUN_DATAGRAMS = 2 };

/// What is left to do on a packet.
struct clinux_tun_offload {
    uint8_t kind;
    uint8_t needs_checksum;
    uint16_t part_bytes;
    uint16_t checksum_start;
    uint16_t checksum_offset;
};

struct clinux_part {
    const uint8_t *bytes;
    size_t length;
};

enum { CLINUX_TUN_PARTS = 64 };

/// Makes or attaches a TUN device of the calling thread's network namespace: non-blocking, no packet information, persistent, every
/// packet with an offload header.
int clinux_tun_open(const char *name);
/// Lets the device give long TCP segments, and 2: UDP datagrams too, which are to be cut, and checksums to be completed.
int clinux_tun_offload(int descriptor);
/// Reads one packet; the offload header is taken off.
ssize_t clinux_tun_read(
    int descriptor, int has_headers, uint8_t *bytes, size_t capacity, struct clinux_tun_offload *offload);
/// Writes one packet that lies in parts; header_bytes is the length of IP and TCP header where it is to be cut.
int clinux_tun_write(
    int descriptor, int has_headers, const struct clinux_part *packet, int count, uint16_t header_bytes,
    const struct clinux_tun_offload *offload);

// MARK: namespaces and processes (namespace.c)

int clinux_unshare_network(void);
int clinux_enter_network(int namespace_descriptor);
/// Binds the calling thread's network namespace to a path, which is made.
int clinux_bind_network(const char *path);
int clinux_unbind(const char *path);
int clinux_bind_mount(const char *source, const char *target);
/// At most 15 characters of it show.
int clinux_name_thread(const char *name);
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_signal(int pidfd, int signal);
/// Takes an exited child away: 1 and its status as of waitpid, 0 when it still runs.
int clinux_pidfd_reap(int pidfd, int *status);

// MARK: labs (launch.c, join.c, spawn.c)

enum clinux_step {
    CLINUX_STEP_STARTED = 0,
    CLINUX_STEP_FORK,
    CLINUX_STEP_USER_NAMESPACE,
    CLINUX_STEP_IDENTITY_MAP,
    CLINUX_STEP_OTHER_NAMESPACES,
    CLINUX_STEP_DEATH_SIGNAL,
    CLINUX_STEP_INIT,
    CLINUX_STEP_PRIVATE_MOUNTS,
    CLINUX_STEP_PROC,
    CLINUX_STEP_RUN,
    CLINUX_STEP_LOOPBACK,
    CLINUX_STEP_TUN,
    CLINUX_STEP_NFT,
    CLINUX_STEP_EXEC,
    CLINUX_STEP_JOIN_PROCESS,
    CLINUX_STEP_JOIN_LAB,
    CLINUX_STEP_JOIN_NODE,
};

/// What a lab under way tells on its report pipe: `pid` with STEP_STARTED, else a step that failed.
struct clinux_report {
    int32_t step;
    int32_t error;
    int32_t pid;
};

enum { CLINUX_ITSELF = -2 };

struct clinux_launch_request {
    /// The program, opened with clinux_open_path; -1: only try what a lab needs (TUN, nft) and end; CLINUX_ITSELF: the process
    /// goes on as the program.
    int executable;
    char *const *arguments;
    char *const *environment;
    /// Descriptors that the program inherits under their numbers, beside 1 and 2.
    const int *passed;
    size_t passed_count;
};

/// Starts a lab and returns the host pid of its outermost process, a child of the calling thread. That thread must live as long as
/// the lab: the kernel kills the lab when it ends.
pid_t clinux_launch(const struct clinux_launch_request *request, int report_descriptor);

/// Sent to a lab's outermost process (SIGUSR1): kill everything inside. TERM, INT, HUP and QUIT go on to the program instead.
enum { CLINUX_LAB_KILL = 10 };

struct clinux_join_request {
    pid_t pid;
    /// Inside the lab; NULL: the lab's first network namespace.
    const char *network_path;
    /// A folder inside the lab that the program sees as /run/wireguard, alone with its children, as `ip netns exec` does with
    /// /etc/netns; NULL or not there: it sees an empty one, if any.
    const char *wireguard_folder;
    char *const *arguments;
    char *const *environment;
};

/// Enters a lab, runs a program there in the foreground and returns its exit status (128 + signal), or -errno with the step.
/// Only for a process with one thread.
int clinux_join(const struct clinux_join_request *request, int *failed_step);

struct clinux_spawn_request {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// -1: the caller's.
    int network_namespace;
    /// Numbers for 0, 1 and 2; -1: /dev/null.
    int standard[3];
    const int *passed;
    size_t passed_count;
    /// 0: as it is.
    uint64_t open_files;
};

/// Starts a program in a process group of its own and returns its pid, or -errno of whatever failed up to and with exec.
pid_t clinux_spawn(const struct clinux_spawn_request *request);

// MARK: fork server (fork_server.c)

struct clinux_fork_request {
    char *const *arguments;
    char *const *environment;
    /// Descriptors below 512 that the program gets under their numbers, beside 1 and 2, which are the server's.
    const int *passed;
    size_t passed_count;
    /// Where a lab tells how it comes up; -1: the program starts where the server is.
    int report;
};

/// Forks the server, which only a process with one thread may do; returns its pid and the socket to ask it on. In the server it
/// returns 0 and the socket to serve on. -errno: there is none.
pid_t clinux_fork_server_begin(int *control);

/// Answers requests until nobody is left to ask; returns in each program that was asked for, with its arguments, for good.
char **clinux_fork_server_serve(int control);

/// Forks a program, or a lab with it, as a child of ours and returns its pid, or -errno: E2BIG for more than the server takes. One
/// at a time.
pid_t clinux_fork_server_ask(int server, const struct clinux_fork_request *request);

/// Names the process for `ps` and `top`, its arguments too, as far as they had room.
void clinux_set_title(const char *role);

// MARK: netlink (netlink.c)

struct clinux_netlink {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    uint32_t count;
    int error;
};

struct clinux_route {
    uint32_t destination;
    uint32_t gateway;
    uint32_t source;
    uint32_t table;
    int32_t device;
    uint8_t length;
    /// RTN_UNICAST 1, RTN_LOCAL 2, RTN_BLACKHOLE 6, RTN_UNREACHABLE 7.
    uint8_t type;
};

struct clinux_rule {
    uint32_t from;
    uint32_t mark;
    uint32_t table;
    uint32_t priority;
    uint8_t from_length;
};

int clinux_link_index(const char *name);
int clinux_netlink_init(struct clinux_netlink *batch);
void clinux_netlink_free(struct clinux_netlink *batch);
/// mtu 0: as it is.
void clinux_netlink_link_up(struct clinux_netlink *batch, int index, uint32_t mtu);
void clinux_netlink_link_delete(struct clinux_netlink *batch, int index);
void clinux_netlink_address(struct clinux_netlink *batch, int index, uint32_t address, uint8_t length, int remove);
void clinux_netlink_route(struct clinux_netlink *batch, const struct clinux_route *route, int remove);
void clinux_netlink_rule(struct clinux_netlink *batch, const struct clinux_rule *rule);
void clinux_netlink_veth(
    struct clinux_netlink *batch, const char *name, const char *peer_name, int peer_namespace);
/// Sends all messages at once in the calling thread's network namespace; on failure says which one it was, from 0.
int clinux_netlink_commit(struct clinux_netlink *batch, uint32_t *failed);

// MARK: nft (nft.c)

struct clinux_masquerade {
    const char *device;
    uint32_t pool;
    uint32_t pool_length;
    uint32_t address;
    uint32_t mark;
};

/// 0 stands for every address.
struct clinux_address_way {
    uint32_t from;
    uint32_t to;
};

/// Replaces the masquerade of the calling thread's network namespace; none removes it.
int clinux_nft_masquerade(const struct clinux_masquerade *entries, size_t count);
/// Replaces the set of ways whose packets are dropped; none removes it.
int clinux_nft_drop_ways(const struct clinux_address_way *ways, size_t count);

// MARK: unix sockets (unix.c)

/// A name that starts with '@' is abstract.
int clinux_unix_listen(const char *name, int backlog);
int clinux_unix_connect(const char *name);
int clinux_unix_accept(int descriptor);
int clinux_unix_peer(int descriptor, uint32_t *user, int32_t *pid);
int clinux_unix_send_descriptor(int descriptor, int sent);
int clinux_unix_receive_descriptor(int descriptor);

// MARK: socket filters (filter.c)

/// Nothing that comes is taken any more, connection requests at a listener included; nobody is told.
int clinux_socket_drop_all(int descriptor);
/// Only what comes from that IPv4 network is taken.
int clinux_socket_only_from(int descriptor, uint32_t network, uint32_t mask);
/// Everything is taken again.
int clinux_socket_take_all(int descriptor);
