extension WrongFile {
    private static let online = "{ session: { for: anna, online: true } }"

    /// Mistakes in what puts conditions and steps together, in faults, spans and the header.
    static let constructs: [WrongFile] = [
        .init(
            about: "any-of with one condition", steps: "  - expect: { any-of: [\(online)] }",
            expected: ["6:23: 'any-of' takes two conditions at least"]),
        .init(
            about: "any-of with a mapping", steps: "  - expect: { any-of: \(online) }",
            expected: ["6:23: expected a list of conditions, found a mapping"]),
        .init(
            about: "misspelt exactly-one-of", steps: "  - expect: { exactly-one: [\(online), \(online)] }",
            expected: ["6:15: unknown condition 'exactly-one' -> exactly-one-of"]),
        .init(
            about: "a mistake deep inside groups",
            steps: "  - expect: { any-of: [\(online), { all-of: [{ sesion: {} }] }] }",
            expected: ["6:79: unknown condition 'sesion' -> session"]),
        .init(about: "no conditions", steps: "  - expect: []", expected: ["6:13: no conditions"]),
        .init(
            about: "until with something else than sync", steps: "  - always: \(online)\n    until: snyc",
            expected: ["7:12: 'snyc' is not an end: sync -> sync"]),
        .init(
            about: "during and until", steps: "  - never: \(online)\n    during: 1s\n    until: sync",
            expected: ["8:5: 'during' and 'until' exclude each other"]),
        .init(
            about: "misspelt named span", steps: "  - eventually: \(online)\n    within: one-snyc",
            expected: ["7:13: expected a duration such as 500ms or 2s, found 'one-snyc' -> one-sync"]),
        .init(
            about: "a lease that the fixture does not have", steps: "  - always: \(online)\n    during: lease",
            expected: ["7:13: the fixture does not say 'lease'"]),
        .init(
            about: "stable-for under expect", steps: "  - expect: \(online)\n    stable-for: 1s",
            expected: ["7:5: unknown key 'stable-for' ('expect' also takes: name, covers)"]),
        .init(
            about: "longer than a day", steps: "  - always: \(online)\n    during: 25h",
            expected: ["7:13: '25h' is longer than a day"]),
        .init(
            about: "no time at all", steps: "  - always: \(online)\n    during: 0s",
            expected: ["7:13: nothing happens in no time: say 500ms or 2s"]),
        .init(
            about: "longer than the scenario", steps: "  - eventually: \(online)\n    within: 2min",
            expected: ["6:5: 'within' takes 2 min, and the scenario's 'timeout' is 1 min: say a longer one there"]),
        .init(
            about: "an entry that the audit never has",
            steps: "  - expect: { audit: { action: certificate.isued, count: 0 } }",
            expected: ["6:32: 'certificate.isued' is not an entry of the audit -> certificate.issued"]),
        .init(
            about: "a reason that no session has",
            steps: "  - never: { session: { for: anna, reason: idel } }\n    during: 1s",
            expected: ["6:44: 'idel' is not why a session ends: idle, rotated, gateway-stopped -> idle"]),
        .init(
            about: "a device and a service that nobody has",
            steps: "  - expect: { access: { device: inverter-99, service: mobdus, count: 0 } }",
            expected: ["6:33: unknown device 'inverter-99' -> inverter-1", "6:55: unknown service 'mobdus' -> modbus"]),
        .init(
            about: "a plant that answers twice",
            steps: "  - poll: { id: p, from: anna/laptop, to: inverter-1, via: modbus }\n"
                + "  - expect: { poller: { id: p, answered-by: [sonnenfeld, sonnenfeld] } }",
            expected: ["7:32: a plant stands here once, by its first answer"]),
        .init(
            about: "a map of nobody", steps: "  - expect: { answers: { from: anna/laptop, map: {} } }",
            expected: ["6:24: 'map' names no address: nothing is asserted"]),
        .init(
            about: "rows of which none is meant", steps: "  - expect: { routes: { for: anna, includes: [] } }",
            expected: ["6:46: 'includes' names no row: nothing is asserted"]),
        .init(
            about: "a row twice",
            steps: "  - expect: { routes: { for: anna, exact: [[sonnenfeld, 192.168.1.0/24, active], "
                + "[sonnenfeld, 192.168.1.0/24, active]] } }",
            expected: ["6:82: this row stands here twice"]),
        .init(
            about: "a dimension without values", steps: "  - sync: { now: true }", header: "matrix: { way: [] }",
            expected: ["5:11: 'way' has no values"]),
        .init(
            about: "a tab", steps: "  - sync:\n\t  now: true",
            expected: ["7:1: not YAML: a tab stands here; YAML indents with blanks"]),
        .init(
            about: "what a terminal would obey", steps: "  - wait: 1s\n    because: \"a\\e[31mred\"",
            expected: ["7:14: this holds a sign that nobody sees, U+1B"]),
        .init(
            about: "a name taken again in the next round",
            steps:
                "  - repeat:\n      times: 2\n      steps:\n        - run: { id: p, laptop: anna/laptop, command: id }",
            expected: [
                "9:11: there is a program 'p' already: its name stays taken, also in the next round of 'repeat'"
            ]),
        .init(
            about: "comparing with what was never remembered", steps: "  - expect: { unchanged: { id: before } }",
            expected: ["6:32: unknown memory 'before'"]),
        .init(
            about: "misspelt memory",
            steps: "  - remember: { id: before, routes: { for: anna } }\n  - expect: { unchanged: { id: befor } }",
            expected: ["7:32: unknown memory 'befor' -> before"]),
        .init(
            about: "remembering nothing", steps: "  - remember: { id: before }",
            expected: ["6:15: one of 'routes', 'sessions', 'audit', 'tunnel' is missing"]),
        .init(
            about: "a memory that is wrong itself is told once",
            steps: "  - remember: { id: before, routes: { for: ana } }\n  - expect: { unchanged: { id: before } }",
            expected: ["6:44: unknown person 'ana' -> anna"]),
        .init(
            about: "one branch is not parallel", steps: "  - parallel: { branches: [[{ sync: { now: true } }]] }",
            expected: ["6:27: 'parallel' takes 2 to 16 lists of steps"]),
        .init(
            about: "an empty branch", steps: "  - parallel: { branches: [[], [{ sync: { now: true } }]] }",
            expected: ["6:28: no steps"]),
        .init(
            about: "repeating too often", steps: "  - repeat: { times: 1001, steps: [{ sync: { now: true } }] }",
            expected: ["6:22: expected how often, a number from 1 to 1000, found '1001'"]),
        .init(
            about: "repeating what can be done once only",
            steps: "  - repeat: { times: 2, steps: [{ issue: { for: anna, laptop: laptop } }] }",
            expected: ["6:35: anna has a certificate already at this step"]),
        .init(
            about: "covers on a repeat",
            steps: "  - repeat: { times: 2, steps: [{ sync: { now: true } }] }\n    covers: [R1]",
            expected: ["7:5: 'covers' stands on the step that asserts, and 'repeat' asserts nothing"]),
        .init(
            about: "throughout without a condition", steps: "  - throughout: { steps: [{ sync: { now: true } }] }",
            expected: ["6:17: one of 'always', 'never' is missing"]),
        .init(
            about: "a mistake in a step inside a step",
            steps: "  - throughout:\n      always: \(online)\n      steps:\n        - sync: { nwo: true }",
            expected: ["9:19: unknown key 'nwo' -> now"]),
        .init(
            about: "a fault that comes and never goes",
            steps: "  - fault: { uplink-of: sonnenfeld, loss: 5%, every: 40s }",
            expected: ["6:47: 'every' and 'lasts' go together"]),
        .init(
            about: "a fault that lasts longer than its round",
            steps: "  - fault: { uplink-of: sonnenfeld, loss: 5%, every: 10s, lasts: 20s }",
            expected: ["6:59: 'lasts' has to be shorter than 'every'"]),
        .init(
            about: "restarting again and again", steps: "  - fault: { restart: gateway, every: 10s, lasts: 5s }",
            expected: ["6:32: 'restart' happens once: 'every' and 'lasts' are for ways, devices and 'pause'"]),
        .init(
            about: "loss of a process", steps: "  - fault: { restart: gateway, loss: 5% }",
            expected: ["6:32: 'loss' wants 'uplink-of', 'laptop' or 'sync-way'"]),
        .init(
            about: "a rate without its unit", steps: "  - fault: { uplink-of: sonnenfeld, rate: 512 }",
            expected: ["6:43: expected a rate a second such as 64kbit or 2Mbit, found '512'"]),
        .init(
            about: "a share above the whole", steps: "  - fault: { uplink-of: sonnenfeld, loss: 120% }",
            expected: ["6:43: expected a share from 0% to 100%, found '120%'"]),
        .init(
            about: "a process that does not exist", steps: "  - fault: { kill: gatewya }",
            expected: ["6:20: 'gatewya' is not a role: control-plane, gateway -> gateway"]),
        .init(
            about: "two faults of one name",
            steps: "  - fault: { id: f, kill: gateway }\n  - fault: { id: f, kill: gateway }",
            expected: ["7:5: there is a fault 'f' already: heal it first"]),
        .init(
            about: "two connections of one name",
            steps: [
                "  - issue: { for: anna, laptop: laptop }",
                "  - open: { id: c, from: anna/laptop, to: logger, via: http }",
                "  - open: { id: c, from: anna/laptop, to: logger, via: http }",
            ].joined(separator: "\n"),
            expected: [
                "8:5: there is a connection 'c' already: its name stays taken, also in the next round of 'repeat'"
            ]),
        .init(
            about: "a connection over icmp", steps: "  - open: { id: c, from: anna/laptop, to: logger, via: icmp }",
            expected: ["6:56: icmp makes no connection that could stay open"]),
        .init(
            about: "quarantine without an owner", steps: "  - sync: { now: true }",
            header: "flaky: { issue: RIG-12, until: 2026-12-31 }", expected: ["5:8: 'owner' is missing"]),
        .init(
            about: "quarantine without a day", steps: "  - sync: { now: true }",
            header: "flaky: { issue: RIG-12, owner: otto, until: christmas }",
            expected: ["5:45: 'christmas' is not a day such as 2026-01-05"]),
        .init(
            about: "a variable that is in the matrix too", steps: "  - refresh: { for: \"${who}\" }",
            header: "matrix: { who: [anna] }\nvars: { who: olga }", expected: ["6:9: 'who' is in the matrix already"]),
        .init(
            about: "a matrix of which nothing is left", steps: "  - refresh: { for: \"${who}\" }",
            header: "matrix: { who: [anna], exclude: [{ who: anna }] }",
            expected: ["5:9: nothing is left of the matrix"]),
        .init(
            about: "a matrix value that was meant", steps: "  - refresh: { for: \"${who}\" }",
            header: "matrix: { who: [anna, olga], exclude: [{ hwo: anna }] }",
            expected: ["5:40: this excludes nothing", "5:42: unknown matrix value 'hwo' -> who"]),
        .init(
            about: "a step that is a text", steps: "  - sync",
            expected: ["6:5: expected a step, a mapping, found 'sync'"]),
        .init(
            about: "steps that are a mapping", steps: "  sync: { now: true }",
            expected: ["6:3: expected a list of steps, found a mapping"]),
    ]
}
