import ScenarioModel

/// Collects events and writes them as JUnit XML: a suite for each file, a case for each instance.
package struct JUnitReport: Sendable {
    private struct Case {
        var name: String
        var started: RunEvent.Started?
        var failure: Failure?
        var verdict: Verdict = .broken
        var seconds: Double = 0
        var file: String
        var id: String
        var isFlaky = false
        /// What failed in earlier attempts.
        var attempts: [Failure] = []
    }

    private var cases: [Case] = []
    private var positions: [String: Int] = [:]

    package init() {}

    package mutating func receive(_ event: RunEvent) {
        switch event.kind {
        case .started(let started):
            let fresh = Case(name: event.instance, started: started, file: started.file, id: started.id)
            // A further attempt takes the place of the one before.
            if let position = positions[event.instance] {
                let earlier = cases[position]
                cases[position] = fresh
                cases[position].attempts = earlier.attempts + (earlier.failure.map { [$0] } ?? [])
            } else {
                positions[event.instance] = cases.count
                cases.append(fresh)
            }
        case .failed(let failure):
            change(event.instance) { $0.failure = failure }
        case .finished(let finished):
            change(event.instance) {
                $0.verdict = finished.verdict
                $0.seconds = finished.seconds
                $0.isFlaky = finished.isFlaky ?? false
            }
        case .runFinished(let end): end.skipped.forEach { skip($0) }
        default: break
        }
    }

    /// What was never begun.
    private mutating func skip(_ skipped: RunEvent.RunFinished.Skipped) {
        cases.append(Case(name: skipped.instance, verdict: .skipped, file: skipped.file, id: skipped.id))
    }

    private mutating func change(_ name: String, _ change: (inout Case) -> Void) {
        guard let position = positions[name] else { return }
        change(&cases[position])
    }

    package var xml: String {
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        lines.append("<testsuites name=\"mirox-rig\" \(Self.counts(cases))>")
        for file in Set(cases.map(\.file)).sorted() {
            let own = cases.filter { $0.file == file }.sorted { $0.name < $1.name }
            lines.append("  <testsuite name=\"\(Self.escaped(file))\" \(Self.counts(own))>")
            lines += own.flatMap(Self.element)
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func element(_ item: Case) -> [String] {
        let folder = item.file.lastIndex(of: "/").map { String(item.file[...$0]) } ?? ""
        let head =
            "    <testcase classname=\"\(escaped(folder + item.id))\" name=\"\(escaped(item.name))\" "
            + "time=\"\(RunSummary.fixed(item.seconds, 3))\""
        if item.isFlaky {
            let failures = item.attempts + (item.failure.map { [$0] } ?? [])
            let lines = failures.map { failure in
                "      <flakyFailure message=\"\(escaped(failure.what))\">"
                    + "\(escaped(failure.text(instance: item.name, started: item.started)))</flakyFailure>"
            }
            return ["\(head)>"] + lines + ["    </testcase>"]
        }
        switch item.verdict {
        case .passed: return ["\(head)/>"]
        case .skipped: return ["\(head)>", "      <skipped/>", "    </testcase>"]
        case .failed, .broken:
            let tag = item.verdict == .failed ? "failure" : "error"
            let message = item.failure.map(\.what) ?? "the lab ended without a verdict"
            let text = item.failure?.text(instance: item.name, started: item.started) ?? message
            return [
                "\(head)>", "      <\(tag) message=\"\(escaped(message))\">\(escaped(text))</\(tag)>",
                "    </testcase>",
            ]
        }
    }

    private static func counts(_ cases: [Case]) -> String {
        func count(_ verdict: Verdict) -> Int { cases.count { $0.verdict == verdict && !$0.isFlaky } }
        let seconds = RunSummary.fixed(cases.reduce(0) { $0 + $1.seconds }, 3)
        return "tests=\"\(cases.count)\" failures=\"\(count(.failed))\" errors=\"\(count(.broken))\" "
            + "skipped=\"\(count(.skipped))\" time=\"\(seconds)\""
    }

    /// Without what XML 1.0 does not allow at all, not even escaped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                if isAllowed { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
