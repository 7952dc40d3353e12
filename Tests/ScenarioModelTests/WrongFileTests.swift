import Testing

@testable import ScenarioModel

/// A wrong line of a scenario, and what must be said about it.
struct WrongFile: Sendable, CustomTestStringConvertible {
    var about: String
    /// Replaces the steps of a scenario that is right otherwise.
    var steps: String
    /// Added to the header.
    var header = ""
    /// `line:column: message`, the hint after ` -> `; all that is said, in this order.
    var expected: [String]

    var testDescription: String { about }

    static let header = """
        format: 1
        scenario: For a test
        id: wrong
        fixture: Fixtures/sites/one-plant.yaml

        """

    /// Line 5 is the first line of `header`, or `steps:` when there is none.
    var text: String {
        Self.header + (header.isEmpty ? "" : header + "\n") + "steps:\n" + steps
    }

    static let table: [WrongFile] = [
        .init(
            about: "misspelt verb", steps: "  - grnt: { to: anna, plant: sonnenfeld }",
            expected: ["6:5: unknown verb 'grnt' -> grant"]),
        .init(
            about: "two verbs in a step",
            steps: "  - sync: { now: true }\n    refresh: { for: anna }",
            expected: ["7:5: one verb a step: 'sync' and 'refresh' are two"]),
        .init(about: "step without a verb", steps: "  - name: nothing", expected: ["6:5: the step has no verb"]),
        .init(
            about: "unknown plant, once only however often it stands there",
            steps: "  - grant: { to: anna, plant: sonenfeld }\n  - withdraw: { from: anna, plant: sonenfeld }",
            expected: ["6:31: unknown plant 'sonenfeld' -> sonnenfeld"]),
        .init(
            about: "unknown person", steps: "  - refresh: { for: anne }",
            expected: ["6:21: unknown person 'anne' -> anna"]),
        .init(
            about: "missing key", steps: "  - grant: { plant: sonnenfeld }",
            expected: ["6:12: 'to' is missing"]),
        .init(
            about: "misspelt key, not complained about as missing too",
            steps: "  - agent: { unprovison: sonnenfeld }",
            expected: ["6:14: unknown key 'unprovison' -> unprovision"]),
        .init(
            about: "duration without a unit", steps: "  - sync: { every: 2 }",
            expected: ["6:20: '2' has no unit: write 2s or 2ms"]),
        .init(
            about: "unknown unit", steps: "  - sync: { every: 2sec }",
            expected: ["6:20: unknown unit 'sec' (known: ms, s, min, h) -> s"]),
        .init(
            about: "eventually without a deadline",
            steps: "  - eventually: { session: { for: anna, online: true } }",
            expected: ["6:5: 'within' is missing"]),
        .init(
            about: "always with within",
            steps: "  - always: { session: { for: anna, online: true } }\n    within: 2s",
            expected: [
                "6:5: one of 'during', 'until' is missing",
                "7:5: unknown key 'within' ('always' also takes: name, covers, during, until)",
            ]),
        .init(
            about: "unknown condition", steps: "  - expect: { tunel: { laptop: anna/laptop, state: up } }",
            expected: ["6:15: unknown condition 'tunel' -> tunnel"]),
        .init(
            about: "state that does not exist",
            steps: "  - expect: { tunnel: { laptop: anna/laptop, state: upp } }",
            expected: ["6:53: 'upp' is not a state of a tunnel: up, idle, handshake-refused, down -> up"]),
        .init(
            about: "unknown laptop", steps: "  - expect: { tunnel: { laptop: anna/labtop, state: up } }",
            expected: ["6:33: unknown laptop 'anna/labtop' -> anna/laptop"]),
        .init(
            about: "laptop without its person",
            steps: "  - expect: { tunnel: { laptop: laptop, state: up } }",
            expected: ["6:33: 'laptop' is not a laptop such as anna/laptop"]),
        .init(
            about: "device that is not in the plant",
            steps: "  - expect: { reach: { from: anna/laptop, to: loger, via: http } }",
            expected: ["6:47: unknown device 'loger' -> logger"]),
        .init(
            about: "status asked of an inverter",
            steps: "  - expect: { reach: { from: anna/laptop, to: inverter-1, via: modbus, status: 200 } }",
            expected: ["6:72: 'status' wants 'via: http'"]),
        .init(
            about: "who answered cannot be told over bare TCP",
            steps: "  - expect: { reach: { from: anna/laptop, to: logger, via: tcp, answered-by: sonnenfeld } }",
            expected: ["6:78: tcp does not tell who answered: use modbus, http, ssh or snmp"]),
        .init(
            about: "nowhere, inside a plant",
            steps:
                "  - expect: { reach: { from: anna/laptop, to: \"192.168.1.99:80\", via: tcp, outcome: timeout, nowhere: true } }",
            expected: ["6:47: 192.168.1.99 lies in sonnenfeld, so not nowhere"]),
        .init(
            about: "an address without a device",
            steps: "  - expect: { reach: { from: anna/laptop, to: \"192.168.1.99:80\", via: tcp } }",
            expected: [
                "6:47: no device of the fixture has 192.168.1.99: say 'nowhere: true' when that is meant"
            ]),
        .init(
            about: "connecting before anything was issued", steps: "  - connect: { laptop: anna/laptop }",
            expected: ["6:5: no .conf was issued on anna/laptop before this step"]),
        .init(
            about: "issuing twice",
            steps: "  - issue: { for: anna, laptop: laptop }\n  - issue: { for: anna, laptop: phone }",
            expected: ["7:5: anna has a certificate already at this step"]),
        .init(
            about: "revoking what was not issued", steps: "  - revoke: { for: anna }",
            expected: ["6:5: anna has no certificate at this step"]),
        .init(
            about: "the second agent of a plant that has one", steps: "  - agent: { stop: sonnenfeld, which: second }",
            expected: ["6:5: sonnenfeld has one agent; the fixture gives it another one with 'second-agent: {}'"]),
        .init(
            about: "looking at the second agent of a plant that has one",
            steps: "  - expect: { agent: { plant: sonnenfeld, which: second, state: online } }",
            expected: ["6:5: sonnenfeld has one agent; the fixture gives it another one with 'second-agent: {}'"]),
        .init(
            about: "a third agent", steps: "  - agent: { stop: sonnenfeld, which: third }",
            expected: ["6:39: 'third' is not one of two agents: first, second"]),
        .init(
            about: "a connection that nobody opened",
            steps: "  - expect: { connection: { id: shell, state: open } }",
            expected: ["6:5: unknown connection 'shell'"]),
        .init(
            about: "healing what is whole", steps: "  - heal: { id: bad-lte }",
            expected: ["6:5: unknown fault 'bad-lte'"]),
        .init(
            about: "waiting for a tick when none run", steps: "  - sync: { next: true }",
            expected: ["6:5: no ticks run at this step: 'sync: { every: 1s }' starts them"]),
        .init(
            about: "a fault that does nothing", steps: "  - fault: { uplink-of: sonnenfeld }",
            expected: [
                "6:12: the fault does nothing: say one of 'loss', 'delay', 'jitter', 'duplicate', 'reorder', 'rate', 'partition'"
            ]),
        .init(
            about: "loss without per cent", steps: "  - fault: { uplink-of: sonnenfeld, loss: 20 }",
            expected: ["6:43: '20' has no unit: write 20%"]),
        .init(
            about: "wait without a reason", steps: "  - wait: 500ms",
            expected: ["6:5: 'because' is missing"]),
        .init(
            about: "covers on a step that asserts nothing",
            steps: "  - sync: { now: true }\n    covers: [R29]",
            expected: ["7:5: 'covers' stands on the step that asserts, and 'sync' asserts nothing"]),
        .init(
            about: "requirement that does not exist",
            steps: "  - expect: { session: { for: anna, online: true } }\n    covers: [R29, R91]",
            expected: ["7:19: 'R91' is not a requirement: R1 to R90"]),
        .init(
            about: "yes in place of true", steps: "  - sync: { now: yes }",
            expected: ["6:18: expected true or false, found 'yes'"]),
        .init(
            about: "unknown variable", steps: "  - refresh: { for: \"${who}\" }", header: "vars: { whom: anna }",
            expected: ["7:21: unknown variable 'who' -> whom"]),
        .init(
            about: "list inside a text", steps: "  - refresh: { for: \"x${all}\" }",
            header: "vars: { all: [anna] }",
            expected: ["7:21: '${all}' is not a single value and cannot stand inside a text"]),
        .init(
            about: "unknown invariant", steps: "  - sync: { now: true }", header: "invariants: [no-leaks]",
            expected: [
                "5:14: 'no-leaks' is not an invariant: no-leak, one-winner, audit-complete, status-truthful, "
                    + "no-silent-move, one-key-at-a-time, at-most-one-online, bystanders-undisturbed, "
                    + "volumes-agree, key-stays-home -> no-leak"
            ]),
        .init(
            about: "unknown key in the header", steps: "  - sync: { now: true }", header: "tag: [smoke]",
            expected: ["5:1: unknown key 'tag' -> tags"]),
        .init(
            about: "subnet that the plant does not have",
            steps:
                "  - expect: { route: { for: anna, plant: sonnenfeld, subnet: 192.168.2.0/24, status: active } }",
            expected: [
                "6:62: sonnenfeld has no subnet 192.168.2.0/24 (it has: 192.168.1.0/24) -> 192.168.1.0/24"
            ]),
        .init(
            about: "subnet with host bits",
            steps: "  - expect: { route: { for: anna, plant: sonnenfeld, subnet: 192.168.1.5/24, status: active } }",
            expected: ["6:62: '192.168.1.5/24' has host bits set -> 192.168.1.0/24"]),
        .init(
            about: "route that asserts nothing", steps: "  - expect: { route: { for: anna, plant: sonnenfeld } }",
            expected: ["6:22: 'route' asserts nothing: say 'status', 'reason', 'pending', 'role' or 'shadowed'"]),
        .init(
            about: "two conditions in one mapping",
            steps: "  - expect:\n      session: { for: anna, online: true }\n      audit: { action: x }",
            expected: ["8:7: one condition a mapping: make it a list, '- session: …' and '- audit: …'"]),
        .init(
            about: "several mistakes at once, each told; what hangs on them is not",
            steps: "  - issue: { for: ana, laptop: laptop }\n  - connect: { laptop: anna/laptop }\n  - sync: {}",
            expected: [
                "6:19: unknown person 'ana' -> anna", "8:11: one of 'now', 'pause', 'every', 'next' is missing",
            ]),
        .init(
            about: "duplicate key, alone", steps: "  - grant: { to: anna, to: olga, plant: nowhere }",
            expected: ["6:14: the key 'to' stands twice in one mapping"]),
        .init(
            about: "broken YAML, alone", steps: "  - grant: { to: anna\n  - sync: { now: true }",
            expected: [
                "7:9: not YAML: while parsing a flow mapping, did not find expected ',' or '}'; look at the "
                    + "indentation, and for a quote or a bracket that was not closed"
            ]),
        .init(
            about: "flow without its input",
            steps: "  - include: Fixtures/flows/anna-connected.yaml",
            expected: [
                "6:14: the input 'plants' of Fixtures/flows/anna-connected.yaml is missing"
            ]),
        .init(
            about: "input of another type",
            steps: "  - include: Fixtures/flows/anna-connected.yaml\n    with: { plants: sonnenfeld }",
            expected: ["7:21: expected a list of plants, found 'sonnenfeld'"]),
        .init(
            about: "input that the flow does not have",
            steps: "  - include: Fixtures/flows/anna-connected.yaml\n    with: { plants: [sonnenfeld], plant: x }",
            expected: [
                "7:35: Fixtures/flows/anna-connected.yaml has no input 'plant' -> plants"
            ]),
        .init(
            about: "file that is not there", steps: "  - include: Fixtures/flows/nobody.yaml",
            expected: ["6:14: there is no file 'Fixtures/flows/nobody.yaml', neither beside this file nor above it"]),
        .init(
            about: "matrix value twice", steps: "  - sync: { now: true }", header: "matrix: { device: [a, a] }",
            expected: ["5:11: 'device' has a value twice"]),
        .init(
            about: "exclusion of nothing", steps: "  - sync: { now: true }",
            header: "matrix: { device: [a, b], exclude: [{ device: c }] }",
            expected: ["5:37: this excludes nothing"]),
    ]
}

@Suite("Wrong files")
struct WrongFileTests {
    @Test("each is told what is wrong, where, and what was meant", arguments: WrongFile.table + WrongFile.constructs)
    func message(file: WrongFile) {
        #expect(diagnostics(of: file.text) == file.expected)
    }

    @Test("a file that is right says nothing")
    func right() {
        #expect(diagnostics(of: WrongFile(about: "", steps: "  - sync: { now: true }", expected: []).text) == [])
    }

    @Test("the format stands first and is one that is known")
    func format() {
        let rest = "scenario: s\nid: i\nfixture: Fixtures/sites/one-plant.yaml\nsteps:\n  - sync: { now: true }"
        #expect(diagnostics(of: rest) == ["1:1: the first line is 'format: 1'"])
        #expect(diagnostics(of: rest + "\nformat: 1") == ["1:1: 'format: 1' stands first"])
        #expect(
            diagnostics(of: "format: 2\n" + rest)
                == ["1:9: format '2' is not known here; this program reads format 1"])
    }

    @Test("a fixture or a flow that is checked by itself is called what it is")
    func otherKinds() throws {
        for (path, kind) in [("Fixtures/sites/one-plant.yaml", "fixture"), ("Fixtures/flows/online.yaml", "flow")] {
            let error = try #require(throws: InvalidScenario.self) { try loaderOfPackage.plan(path) }
            #expect(error.diagnostics.map(\.message) == ["this is a \(kind): check a scenario that uses it"])
        }
    }

    @Test("what is no text is said to be none, with the line, wherever it is named")
    func unreadable() throws {
        let latin = Array("format: 1\nscenario: S\u{FC}d".unicodeScalars.map { UInt8($0.value) })
        let problem = try #require(throws: UnreadableFile.self) { try UnreadableFile.text(of: latin) }
        #expect(problem == UnreadableFile("this is not UTF-8: save the file in that encoding", line: 2))
        #expect(try UnreadableFile.text(of: Array("Süd".utf8)) == "Süd")
        let right = WrongFile(about: "", steps: "  - sync: { now: true }", expected: []).text
        let loader = Loader { path throws(UnreadableFile) in
            if path == "right.yaml" { return right }
            throw problem
        }
        let own = try #require(throws: InvalidScenario.self) { try loader.plan("latin.yaml") }
        #expect(own.rendered.hasPrefix("latin.yaml:2:1: error: this is not UTF-8"))
        let named = try #require(throws: InvalidScenario.self) { try loader.plan("right.yaml") }
        #expect(
            named.rendered.contains(
                "right.yaml:4:10: error: 'Fixtures/sites/one-plant.yaml', line 2: this is not UTF-8"))
    }

    @Test("no more than twenty are shown, and the rest is counted")
    func limit() throws {
        let steps = (1...25).map { "  - verb\($0)zzzz: {}" }.joined(separator: "\n")
        let error = try #require(throws: InvalidScenario.self) {
            try loader(["x.yaml": WrongFile(about: "", steps: steps, expected: []).text]).plan("x.yaml")
        }
        #expect(error.diagnostics.count == 20)
        #expect(error.omittedCount == 5)
        #expect(error.rendered.hasSuffix("… and 5 more"))
    }

    @Test("the caret stands below the word, also behind letters of several bytes")
    func caret() throws {
        let steps = "  - name: Süd ☀ geht\n    expect: { route: { for: \"änna\", plant: sonnenfeld, status: active } }"
        let error = try #require(throws: InvalidScenario.self) {
            try loader(["x.yaml": WrongFile(about: "", steps: steps, expected: []).text]).plan("x.yaml")
        }
        #expect(
            error.rendered == """
                x.yaml:7:29: error: unknown person 'änna'
                  7 |     expect: { route: { for: "änna", plant: sonnenfeld, status: active } }
                    |                             ^ did you mean 'anna'?
                """)
    }

    @Test("aliases that multiply without end are refused")
    func aliases() {
        let levels = (1...30).map { "  - &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }.joined(separator: "\n")
        let found = diagnostics(of: "format: 1\nbomb:\n  - &a0 [x]\n" + levels)
        #expect(found.count == 1)
        #expect(found.first?.contains("more than 200000 values") == true)
    }

    @Test("a flow that includes itself is told so, with the way round")
    func cycle() {
        let flow = "format: 1\nflow: f\nsteps:\n  - include: round.yaml"
        let text = WrongFile(about: "", steps: "  - include: round.yaml", expected: []).text
        let error = #expect(throws: InvalidScenario.self) {
            try loader(["x.yaml": text, "round.yaml": flow]).plan("x.yaml")
        }
        #expect(
            error?.diagnostics.map(\.message) == [
                "'round.yaml' includes itself: x.yaml -> round.yaml -> round.yaml"
            ])
    }

    @Test("two scenarios do not share an id")
    func sharedIdentifier() {
        let text = WrongFile(about: "", steps: "  - sync: { now: true }", expected: []).text
        let error = #expect(throws: InvalidScenario.self) {
            try loader(["a.yaml": text, "b.yaml": text]).plans(["a.yaml", "b.yaml"])
        }
        #expect(error?.diagnostics.map(\.message) == ["the id 'wrong' belongs to a.yaml already"])
    }
}

/// What is said about a file, `line:column: message`, the hint after ` -> `.
func diagnostics(of text: String) -> [String] {
    do {
        _ = try loader(["x.yaml": text]).plan("x.yaml")
        return []
    } catch {
        return error.diagnostics.map {
            let hint = $0.suggestion.map { " -> \($0)" } ?? ""
            return "\($0.location.line):\($0.location.column): \($0.message)\(hint)"
        }
    }
}
