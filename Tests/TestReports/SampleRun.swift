import AccessModel
import Addressing
import ScenarioModel
package import ScenarioRunner

/// Events of a small run, for tests of reports.
package struct SampleRun {
    package var events: [RunEvent] = []
    package var shard: Shard?
    package var seed = "7f3a"

    package init(shard: Shard? = nil, seed: String = "7f3a") {
        self.shard = shard
        self.seed = seed
        add(
            "", 0,
            .runStarted(
                RunEvent.RunStarted(
                    version: "mirox-rig test", seed: seed, startedAt: "2026-01-05T09:30:00Z", shard: shard, jobCount: 2)
            ))
    }

    /// A run in which each verdict came once, and something flaky.
    package static var ofEveryVerdict: SampleRun {
        var run = SampleRun()
        run.passed("works")
        run.failed("breaks")
        run.failed("unsure", verdict: .broken)
        run.failed("shaky", attempt: 1)
        run.passed("shaky", isFlaky: true)
        run.end(skipped: [
            .init(instance: "never", id: "never", file: "Scenarios/c.scenario.yaml", title: "Never begun")
        ])
        return run
    }

    package mutating func add(_ instance: String, _ at: Double, _ kind: RunEvent.Kind) {
        events.append(RunEvent(instance: instance, at: at, kind))
    }

    package mutating func end(skipped: [RunEvent.RunFinished.Skipped] = []) {
        add("", 2, .runFinished(RunEvent.RunFinished(seconds: 2, skipped: skipped)))
    }

    package mutating func passed(
        _ name: String, title: String = "It works", file: String = "Scenarios/reach/a.scenario.yaml",
        isFlaky: Bool = false
    ) {
        begin(name, title: title, file: file)
        step(name, 1, "anna is answered", covers: ["R19"], .passed)
        add(name, 0.5, .change(RunEvent.Change(node: "gateway", text: "revision 2 applied")))
        var finished = RunEvent.Finished(verdict: .passed, seconds: 0.9)
        if isFlaky { finished.isFlaky = true }
        add(name, 0.9, .finished(finished))
    }

    package mutating func failed(
        _ name: String, verdict: Verdict = .failed, attempt: Int = 1, title: String = "The other park is used",
        file: String = "Scenarios/conflicts/b.scenario.yaml", what: String = "park-a answered", packets: Int = 12,
        isInQuarantine: Bool = false
    ) {
        begin(name, title: title, file: file, attempt: attempt)
        add(name, 0.05, .change(RunEvent.Change(node: "anna/laptop", text: "handshake completed")))
        add(name, 0.1, .change(RunEvent.Change(node: "park-b/agent", text: "the agent's tunnel is up")))
        step(name, 1, "anna uses park-b", covers: [], .passed)
        step(name, 2, "anna is answered by park-b", covers: ["R45"], verdict)
        add(name, 1, .packets(RunEvent.Packets(rows: (0..<packets).map { row($0) })))
        var failure = Self.failure(name, file, what)
        failure.verdict = verdict
        add(name, 1.1, .failed(failure))
        var finished = RunEvent.Finished(verdict: verdict, seconds: 1.2)
        if isInQuarantine { (finished.isFlaky, finished.isInQuarantine) = (true, true) }
        add(name, 1.2, .finished(finished))
        add("", 1.2, .source(RunEvent.Source(file: file, text: "format: 1\nscenario: \(title)\nsteps: []\n")))
    }

    private mutating func begin(_ name: String, title: String, file: String, attempt: Int = 1) {
        add(
            name, 0,
            .started(
                RunEvent.Started(
                    id: name, title: title, file: file, tags: ["conflict"], stepCount: 2, seed: seed,
                    attempt: attempt)))
    }

    private mutating func step(_ name: String, _ number: Int, _ text: String, covers: [String], _ verdict: Verdict) {
        let label = StepLabel(
            phase: .step, path: [number], count: 2,
            location: SourceLocation(file: "Scenarios/conflicts/b.scenario.yaml", line: number + 1, column: 5))
        let at = Double(number) * 0.4
        add(name, at, .stepStarted(RunEvent.StepStarted(step: label, sentence: text, covers: covers)))
        add(
            name, at + 0.3,
            .stepFinished(RunEvent.StepFinished(step: label, verdict: verdict, seconds: 0.3, lookCount: 1, notes: [])))
    }

    private func row(_ number: Int) -> RunEvent.Packets.Row {
        let isUp = number % 3 != 1
        let isForwarded = number % 3 != 2
        let device = IPv4Address(192, 168, 1, 20)
        let laptop = IPv4Address(100, 64, 0, 5)
        return RunEvent.Packets.Row(
            PacketSighting(
                decision: UInt64(number), at: Timestamp(milliseconds: 0), person: "anna",
                plant: isForwarded ? "park-a" : nil,
                isFromPerson: isUp, source: isUp ? laptop : device, destination: isUp ? device : laptop, transport: 6,
                port: 502, verdict: isForwarded ? "forwarded" : "noPermission", isForwarded: isForwarded, revision: 41,
                count: 1), at: 0.8 + Double(number % 100) * 0.003)
    }

    static func failure(_ name: String, _ file: String, _ what: String) -> Failure {
        Failure(
            verdict: .failed,
            step: StepLabel(
                phase: .step, path: [2], count: 2, location: SourceLocation(file: file, line: 3, column: 5)),
            stepName: "the first packet goes to the chosen park", sourceLine: "  - expect: { reach: {} }",
            sentence: "anna/laptop gets a Modbus answer from 192.168.1.20:502, answered by park-b", what: what,
            table: [
                .init(
                    expected: "park-a 192.168.1.0/24 conflict", observed: "park-a 192.168.1.0/24 active",
                    difference: "status"),
                .init(expected: "park-b 10.4.0.0/24 active", observed: "park-b 10.4.0.0/24 active"),
            ],
            hops: [
                .init(node: "laptop", expected: "tun0 -> gateway", actual: "tun0 -> gateway"),
                .init(node: "gateway", expected: "winner = park-b", actual: "winner = park-a"),
                .init(node: "device", expected: "park-b/inverter-1 answers", actual: nil),
            ],
            why: [
                "gateway d-118: forwarded to park-a, revision 41", "control plane revision 42: winner park-b, picked",
            ],
            lastChanges: ["380 ms  gateway: revision 41 applied"], rerun: "mirox-rig run \(file):3 --seed 7f3a",
            tables: [
                RouteTableSighting(
                    person: "anna",
                    rows: [
                        RouteRow(
                            plant: "park-a", subnet: Prefix(around: IPv4Address(192, 168, 1, 0), length: 24),
                            status: .active, role: .winner),
                        RouteRow(
                            plant: "park-b", subnet: Prefix(around: IPv4Address(192, 168, 1, 0), length: 24),
                            status: .conflict, role: .loser),
                    ])
            ])
    }

    package var archive: RunArchive {
        var archive = RunArchive()
        for event in events { archive.receive(event) }
        return archive
    }

    package var ndjson: String {
        events.map { (try? RunLine.encode($0)) ?? "" }.joined(separator: "\n") + "\n"
    }
}
