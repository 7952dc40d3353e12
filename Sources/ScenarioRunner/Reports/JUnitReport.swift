import ScenarioModel

/// A run as JUnit XML: a suite for each file, a case for each instance, whatever its attempts.
package struct JUnitReport: Sendable {
    private let archive: RunArchive

    package init(_ archive: RunArchive) {
        self.archive = archive
    }

    package var xml: String {
        let cases = archive.cases
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

    private static func element(_ item: RunArchive.Case) -> [String] {
        let folder = item.file.lastIndex(of: "/").map { String(item.file[...$0]) } ?? ""
        let head =
            "    <testcase classname=\"\(escaped(folder + item.id))\" name=\"\(escaped(item.name))\" "
            + "time=\"\(RunSummary.fixed(item.seconds, 3))\""
        let inside = contents(item)
        return inside.isEmpty ? ["\(head)/>"] : ["\(head)>"] + inside + ["    </testcase>"]
    }

    /// What every attempt came to: the last failure is the verdict, those before it are told under names of their own.
    private static func contents(_ item: RunArchive.Case) -> [String] {
        let attempts = item.attempts.filter { $0.failure != nil || $0.finished?.verdict != .passed }
        if item.isFlaky { return attempts.map { entry("flakyFailure", $0, item) } }
        switch item.verdict {
        case .passed: return []
        case .skipped: return ["      <skipped/>"]
        case .failed, .broken:
            let tag = item.verdict == .failed ? "failure" : "error"
            return attempts.suffix(1).map { entry(tag, $0, item) }
                + attempts.dropLast().map {
                    entry($0.failure?.verdict == .broken ? "rerunError" : "rerunFailure", $0, item)
                }
        }
    }

    private static func entry(_ tag: String, _ attempt: RunArchive.Attempt, _ item: RunArchive.Case) -> String {
        let message = attempt.failure?.what ?? "the lab ended without a verdict"
        let text = attempt.failure?.text(instance: item.name, started: attempt.started) ?? message
        return "      <\(tag) message=\"\(escaped(message))\">\(escaped(text))</\(tag)>"
    }

    private static func counts(_ cases: [RunArchive.Case]) -> String {
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
