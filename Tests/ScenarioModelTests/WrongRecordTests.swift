import Testing

@testable import ScenarioModel

extension WrongFile {
    /// About people, plants, files, programs, and what is on record.
    static let administration: [WrongFile] = [
        .init(
            about: "a role that changes nothing", steps: "  - role: { for: anna }",
            expected: [
                "6:11: 'role' changes nothing: say 'job-role' or 'standing'"
            ]),
        .init(
            about: "a job role that does not exist", steps: "  - role: { for: anna, job-role: oprator }",
            expected: [
                "6:34: 'oprator' is not a job role: none, viewer, operator -> operator"
            ]),
        .init(
            about: "a member neither added nor removed", steps: "  - member: { from: nordwind }",
            expected: [
                "6:13: one of 'remove', 'add' is missing"
            ]),
        .init(
            about: "a member removed from nowhere", steps: "  - member: { remove: anna }",
            expected: [
                "6:13: 'from' is missing"
            ]),
        .init(
            about: "a role for somebody who is removed",
            steps: "  - member: { remove: anna, from: nordwind, job-role: viewer }",
            expected: [
                "6:45: 'job-role' wants 'add'"
            ]),
        .init(
            about: "a cooperation that nobody has", steps: "  - cooperation: { pause: south }",
            expected: [
                "6:27: unknown cooperation 'south'"
            ]),
        .init(
            about: "two changes of a cooperation", steps: "  - cooperation: { pause: south, end: south }",
            expected: [
                "6:34: 'pause' and 'end' exclude each other"
            ]),
        .init(
            about: "a cap without its height", steps: "  - cooperation: { cap: south }",
            expected: [
                "6:18: 'at' is missing", "6:25: unknown cooperation 'south'",
            ]),
        .init(
            about: "shares of a pause", steps: "  - cooperation: { pause: south, shares: sonnenfeld }",
            expected: [
                "6:34: 'shares' says nothing about 'pause'"
            ]),
        .init(
            about: "a plant moved nowhere", steps: "  - plant: { move: sonnenfeld }",
            expected: [
                "6:12: 'to' is missing"
            ]),
        .init(
            about: "a plant that the fixture does not have", steps: "  - plant: { create: mondfeld }",
            expected: [
                "6:22: unknown plant 'mondfeld' (known: sonnenfeld)"
            ]),
        .init(
            about: "a subnet that the plant does not have",
            steps: "  - subnet: { plant: sonnenfeld, remove: 10.0.0.0/24 }",
            expected: [
                "6:42: sonnenfeld has no subnet 10.0.0.0/24 (it has: 192.168.1.0/24)"
            ]),
        .init(
            about: "a subnet edited into nothing", steps: "  - subnet: { plant: sonnenfeld, edit: 192.168.1.0/24 }",
            expected: [
                "6:13: 'to' is missing"
            ]),
        .init(
            about: "a file that nobody put aside", steps: "  - conf: { use: old, laptop: anna/laptop }",
            expected: [
                "6:5: unknown file 'old'"
            ]),
        .init(
            about: "a file copied before there is one", steps: "  - conf: { copy: anna/laptop, to: anna/phone }",
            expected: [
                "6:5: no .conf was issued on anna/laptop before this step"
            ]),
        .init(
            about: "roaming into a plant", steps: "  - roam: { laptop: anna/laptop, to: 192.168.1.9 }",
            expected: [
                "6:38: 192.168.1.9 is not an address of the internet: 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24"
            ]),
        .init(
            about: "a clock without a unit", steps: "  - clock: { advance: 3 }",
            expected: [
                "6:23: '3' has no unit: write 3s or 3ms"
            ]),
        .init(
            about: "a poller over ssh", steps: "  - poll: { id: p, from: anna/laptop, to: service-pc, via: ssh }",
            expected: [
                "6:60: 'ssh' is not what a poller speaks: modbus, http"
            ]),
        .init(
            about: "a program without a command", steps: "  - run: { id: p, laptop: anna/laptop }",
            expected: [
                "6:10: 'command' is missing"
            ]),
        .init(
            about: "a program that nobody started", steps: "  - expect: { program: { id: p, exit: 0 } }",
            expected: [
                "6:5: unknown program 'p'"
            ]),
        .init(
            about: "a poller that nobody started", steps: "  - expect: { poller: { id: p, longest-gap-below: 1s } }",
            expected: [
                "6:5: unknown poller 'p'"
            ]),
        .init(
            about: "a poller of which nothing is said", steps: "  - expect: { poller: { id: p } }",
            expected: [
                "6:23: 'poller' asserts nothing: say 'longest-gap-below', 'answers-above' or 'answered-by'"
            ]),
        .init(
            about: "a fault that does nothing", steps: "  - fault: { laptop: anna/laptop, direction: up }",
            expected: [
                "6:12: the fault does nothing: say one of 'loss', 'delay', 'jitter', 'duplicate', 'reorder', 'rate', 'partition'"
            ]),
        .init(
            about: "a rate without a unit", steps: "  - fault: { uplink-of: sonnenfeld, rate: 64 }",
            expected: [
                "6:43: expected a rate a second such as 64kbit or 2Mbit, found '64'"
            ]),
        .init(
            about: "loss of a process", steps: "  - fault: { kill: gateway, loss: 5% }",
            expected: [
                "6:29: 'loss' wants 'uplink-of', 'laptop' or 'sync-way'"
            ]),
        .init(
            about: "rows of nothing", steps: "  - fault: { uplink-of: sonnenfeld, delay: 5ms, burst: 9 }",
            expected: ["6:49: 'burst' wants 'loss': the share of packets that are lost"]),
        .init(
            about: "more lost than rows can hold", steps: "  - fault: { uplink-of: sonnenfeld, loss: 70%, burst: 2 }",
            expected: ["6:48: in rows of 2 at most 66% can be lost"]),
        .init(
            about: "a laptop and the control plane",
            steps: "  - fault: { laptop: anna/laptop, partition: true, to: control-plane }",
            expected: ["6:52: 'to' wants 'uplink-of'"]),
        .init(
            about: "an other end without a cut", steps: "  - fault: { uplink-of: sonnenfeld, delay: 5ms, to: gateway }",
            expected: [
                "6:37: a fault with 'to' can only be cut: 'partition: true'", "6:49: 'to' wants 'partition: true'",
            ]),
        .init(
            about: "a way of HTTP that is slow", steps: "  - fault: { sync-way: true, delay: 5ms }",
            expected: ["6:30: the way between gateway and control plane can only be cut: 'partition: true'"]),
        .init(
            about: "a cut with loss",
            steps: "  - fault: { uplink-of: sonnenfeld, partition: true, to: control-plane, loss: 5% }",
            expected: ["6:73: a fault with 'to' can only be cut: 'partition: true'"]),
        .init(
            about: "an agent of which nothing is said", steps: "  - expect: { agent: { plant: sonnenfeld } }",
            expected: ["6:22: 'agent' asserts nothing: say 'state' or 'reports'"]),
        .init(
            about: "sessions of which nothing is said", steps: "  - expect: { sessions: { for: anna } }",
            expected: [
                "6:25: 'sessions' asserts nothing: say 'count' or 'online-count'"
            ]),
        .init(
            about: "a refusal without its reader", steps: "  - expect: { access: { refused: forbidden } }",
            expected: [
                "6:25: whose reading is it? say 'seen-by'"
            ]),
        .init(
            about: "an answer of nobody",
            steps: "  - expect: { answers: { from: anna/laptop, map: { 192.168.1.20: mondfeld } } }",
            expected: [
                "6:66: unknown plant 'mondfeld' (known: sonnenfeld)"
            ]),
        .init(
            about: "an answer where nobody lives",
            steps: "  - expect: { answers: { from: anna/laptop, map: { 192.168.1.99: no-route } } }",
            expected: [
                "6:52: no device of the fixture has 192.168.1.99"
            ]),
        .init(
            about: "an absent row with a shadow",
            steps: "  - expect: { route: { for: anna, plant: sonnenfeld, status: absent, shadowed: [] } }",
            expected: [
                "6:22: an absent row has no reason, nothing pending and no role"
            ]),
    ]
}

@Suite("Wrong files: people, plants, programs, records")
struct WrongRecordTests {
    @Test("each is told what is wrong, where, and what was meant", arguments: WrongFile.administration)
    func message(file: WrongFile) {
        #expect(diagnostics(of: file.text) == file.expected)
    }
}
