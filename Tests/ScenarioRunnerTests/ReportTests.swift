import Foundation
import ScenarioModel
import Testing

@testable import ScenarioRunner

@Suite("Reports")
struct ReportTests {
    private let started = RunEvent.Started(
        id: "conflict-switch-and-back", title: "t", file: "Scenarios/conflict.scenario.yaml", tags: [], stepCount: 11,
        seed: "7f3a", attempt: 1)
    private let failure = Failure(
        verdict: .failed,
        step: StepLabel(
            phase: .step, path: [8], count: 11,
            location: SourceLocation(file: "Scenarios/conflict.scenario.yaml", line: 29, column: 5)),
        stepName: "the park that lost gets no packet at all", sourceLine: "    never: { reach: { from: anna/laptop } }",
        sentence: "never: anna/laptop gets a Modbus answer from 192.168.1.20:502 answered by park-a, during 2 s",
        what: "violated after 412 ms (probe 9): park-a/inverter-1 answered",
        hops: [
            .init(node: "laptop", expected: "tun0 -> gateway", actual: "tun0 -> gateway"),
            .init(node: "gateway", expected: "winner = park-b", actual: "winner = park-a"),
            .init(node: "agent", expected: "park-b", actual: nil),
        ],
        why: ["decision d-118: claimants park-a, park-b; winner park-a", "gateway applied revision 41, current 42"],
        lastChanges: ["380 ms  gateway: applied revision 41"],
        rerun: "mirox-rig run Scenarios/conflict.scenario.yaml:29 --seed 7f3a")

    @Test("a failure explains itself")
    func failureText() {
        #expect(
            failure.text(instance: "conflict-switch-and-back", started: started) == """
                FAIL conflict-switch-and-back  step 8/11  Scenarios/conflict.scenario.yaml:29   [attempt 1, seed 7f3a]
                  29 |     never: { reach: { from: anna/laptop } }
                     |     ^
                  the park that lost gets no packet at all
                  never: anna/laptop gets a Modbus answer from 192.168.1.20:502 answered by park-a, during 2 s
                  violated after 412 ms (probe 9): park-a/inverter-1 answered
                  path       expected         actual
                  1 laptop   tun0 -> gateway  same
                  2 gateway  winner = park-b  winner = park-a    <-- first difference
                  3 agent    park-b           (never came here)
                  why: decision d-118: claimants park-a, park-b; winner park-a
                       gateway applied revision 41, current 42
                  last: 380 ms  gateway: applied revision 41
                  rerun: mirox-rig run Scenarios/conflict.scenario.yaml:29 --seed 7f3a
                """)
    }

    @Test("however much there is to say, it is at most forty lines, and no line breaks out of its own")
    func length() {
        var long = failure
        long.table = (1...50).map { .init(expected: "row \($0)", observed: "row \($0 + 1)") }
        long.hops = (1...50).map { .init(node: "hop \($0)", expected: "a", actual: "b") }
        long.why = (1...50).map { "reason \($0)" }
        long.lastChanges = (1...50).map { "change \($0)" }
        long.what = "a body with\nseveral\r\nlines" + String(repeating: "x", count: 1000)
        let text = long.text(instance: "x", started: started)
        #expect(text.split(separator: "\n").count <= Failure.limitLines)
        #expect(text.contains("a body with several  lines") || text.contains("a body with several lines"))
    }

    @Test("the terminal shows a line for each end, failures at once and again at the end")
    func terminal() {
        var report = TerminalReport(isColored: false)
        #expect(report.receive(event("a", .started(started))) == nil)
        #expect(report.receive(event("b", .started(started))) == nil)
        #expect(report.heartbeat() == "running: a (0 s), b (0 s)")
        #expect(
            report.receive(event("a", .finished(.init(verdict: .passed, seconds: 1.2345))))?
                .hasPrefix("ok     a  1.23") == true)
        #expect(report.receive(event("b", .failed(failure))) == nil)
        let text = report.receive(event("b", .finished(.init(verdict: .failed, seconds: 1))))
        #expect(text?.hasPrefix("FAIL b  step 8/11") == true)
        #expect(report.heartbeat() == nil)
        var summary = RunSummary(seed: "7f3a")
        summary.count(.passed)
        summary.count(.failed)
        summary.seconds = 3.412
        summary.report = "out/report.html"
        let end = report.conclusion(summary)
        #expect(end.contains("FAIL b  step 8/11"))
        #expect(
            end.hasSuffix(
                """
                2 scenarios: 1 passed, 1 failed, 0 flaky, 0 broken, 0 skipped (3.4 s, seed 7f3a)
                RESULT total=2 passed=1 failed=1 flaky=0 broken=0 skipped=0 seconds=3.412 seed=7f3a report=out/report.html
                """))
        var colored = TerminalReport(isColored: true, detail: .quiet)
        #expect(colored.receive(event("a", .finished(.init(verdict: .passed, seconds: 1)))) == nil)
        _ = colored.receive(event("b", .started(started)))
        _ = colored.receive(event("b", .failed(failure)))
        let red = colored.receive(event("b", .finished(.init(verdict: .failed, seconds: 1))))
        #expect(red?.hasPrefix("\u{1B}[31mFAIL\u{1B}[0m b") == true)
    }

    @Test("JUnit: a suite for each file, the whole text in the body, nothing that XML does not allow")
    func junit() throws {
        var archive = RunArchive()
        archive.receive(event("a", .started(started)))
        archive.receive(event("a", .finished(.init(verdict: .passed, seconds: 1))))
        var nasty = failure
        nasty.what = "\u{1B}[31m<&\"> \u{0}\u{FFFE}"
        archive.receive(event("b", .started(started)))
        archive.receive(event("b", .failed(nasty)))
        archive.receive(event("b", .finished(.init(verdict: .failed, seconds: 1))))
        nasty.verdict = .broken
        archive.receive(event("c", .started(started)))
        archive.receive(event("c", .failed(nasty)))
        archive.receive(event("c", .finished(.init(verdict: .broken, seconds: 1))))
        let xml = JUnitReport(archive).xml
        let parser = XMLChecker()
        #expect(parser.accepts(xml))
        #expect(xml.contains("<testsuites name=\"mirox-rig\" tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\""))
        #expect(xml.contains("classname=\"Scenarios/conflict-switch-and-back\" name=\"b\""))
        #expect(xml.contains("<failure message=\"[31m&lt;&amp;&quot;&gt; \">FAIL b"))
        #expect(xml.contains("<error message="))
        #expect(xml.contains("rerun: mirox-rig run"))
    }

    @Test("the exit code says what kind of end it was, and never a number of failures")
    func exitCodes() {
        func code(_ verdicts: [Verdict], allowEmpty: Bool = false) -> Int32 {
            var summary = RunSummary(seed: "0")
            verdicts.forEach { summary.count($0) }
            return summary.exitCode(allowEmpty: allowEmpty).rawValue
        }
        #expect(code([.passed, .passed]) == 0)
        #expect(code([.passed, .failed, .failed, .broken]) == 1)
        #expect(code([.passed, .broken]) == 3)
        #expect(code([]) == 4)
        #expect(code([], allowEmpty: true) == 0)
        #expect(code([.passed, .skipped]) == 0)
    }

    private func event(_ name: String, _ kind: RunEvent.Kind) -> RunEvent {
        RunEvent(instance: name, at: 0, kind)
    }
}

/// Whether a text is well-formed, said by a parser that is not ours.
private struct XMLChecker {
    func accepts(_ text: String) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", "import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())",
        ]
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        pipe.fileHandleForWriting.write(Data(text.utf8))
        try? pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
