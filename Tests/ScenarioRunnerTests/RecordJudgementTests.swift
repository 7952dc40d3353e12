import AccessModel
import ScenarioModel
import Testing

@Suite("Conditions about records")
struct RecordJudgementTests {
    /// Conditions as a file says them.
    private static let texts = [
        "sessions: { for: anna, count: 2, online-count: 1 }",
        "certificate: { for: anna, state: issued, matches: anna/laptop }",
        "certificate: { for: anna, differs-from: anna/laptop }",
        "agent: { plant: sonnenfeld, state: waiting }",
        "agent: { plant: sonnenfeld, reports: false }", "agent: { plant: sonnenfeld, reports: true }",
        "counter: { name: verdict.noPermission, above: 3 }",
        "counter: { name: verdict.noPermission, equals: 3 }",
        "access: { person: anna, plant: sonnenfeld, device: logger, service: http, bytes-above: 100, denied-above: 1 }",
        "access: { person: anna, count: 2 }",
        "access: { seen-by: anna, refused: forbidden }",
        "answers: { from: anna/laptop, map: { 192.168.1.20: sonnenfeld, 192.168.1.30: no-route } }",
        "route: { for: anna, plant: sonnenfeld, status: conflict, shadowed: [192.168.1.0/25] }",
        "session: { for: anna, source: 203.0.113.50, place: Munich, reason: rotated }",
    ]

    private static func condition(_ text: String) throws -> Condition {
        let step = try #require(try instance("  - expect: { \(text) }").steps.first)
        guard case .check(let check) = step.body else { throw TextError(text: "no check") }
        return check.clauses.flatMap(\.conditions)[0]
    }

    @Test("what is wanted holds, and what contradicts it does not", arguments: texts)
    func judged(text: String) throws {
        let condition = try Self.condition(text)
        #expect(condition.judge(condition.fulfilled.sighting).verdict == .holds, "\(condition.sentence)")
        #expect(condition.judge(condition.contradicted.sighting).verdict == .fails, "\(condition.sentence)")
    }

    @Test("each key narrows: a row that differs in one of them is no match")
    func narrowed() throws {
        let condition = try Self.condition(
            "access: { person: anna, plant: sonnenfeld, device: logger, service: http, source: 203.0.113.50 }")
        guard case .access(let rows) = condition.fulfilled.sighting, let right = rows.first else {
            throw TextError(text: "no rows")
        }
        let changes: [(inout AccessSighting) -> Void] = [
            { $0.person = "olga" }, { $0.plant = "park-a" }, { $0.device = "inverter-1" }, { $0.service = "ssh" },
            { $0.source = nil },
        ]
        for change in changes {
            var row = right
            change(&row)
            #expect(condition.judge(.access([row])).verdict == .fails, "\(row)")
        }
    }

    @Test("a poller and a program are held to everything that is said of them")
    func runners() throws {
        let steps = """
              - poll: { id: scada, from: anna/laptop, to: inverter-1, via: modbus }
              - run: { id: tool, laptop: anna/laptop, command: "true" }
              - expect: { poller: { id: scada, longest-gap-below: 1s, answers-above: 5, answered-by: sonnenfeld } }
              - expect: { program: { id: tool, running: false, exit: 0, output-contains: done } }
            """
        let checks = try instance(steps).steps.compactMap { step -> Condition? in
            guard case .check(let check) = step.body else { return nil }
            return check.clauses.flatMap(\.conditions).first
        }
        let tally = PollTally(answerCount: 6, longestGap: .milliseconds(999), answeredBy: ["sonnenfeld"])
        #expect(checks[0].judge(.poll(tally)).verdict == .holds)
        for wrong in [
            PollTally(answerCount: 5, longestGap: .milliseconds(999), answeredBy: ["sonnenfeld"]),
            PollTally(answerCount: 6, longestGap: .seconds(1), answeredBy: ["sonnenfeld"]),
            PollTally(answerCount: 6, longestGap: .milliseconds(9), answeredBy: ["sonnenfeld", "park-b"]),
        ] {
            #expect(checks[0].judge(.poll(wrong)).verdict == .fails, "\(wrong)")
        }
        #expect(checks[1].judge(.program(ProgramSighting(exitStatus: 0, output: "all done"))).verdict == .holds)
        for wrong in [
            ProgramSighting(exitStatus: nil, output: "done"), ProgramSighting(exitStatus: 1, output: "done"),
            ProgramSighting(exitStatus: 0, output: "do"),
        ] {
            #expect(checks[1].judge(.program(wrong)).verdict == .fails, "\(wrong)")
        }
    }
}
