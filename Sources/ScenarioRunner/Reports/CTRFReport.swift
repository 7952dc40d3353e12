import Foundation
import ScenarioModel

/// A run in the Common Test Report Format, for tools that collect results of many kinds of tests.
package struct CTRFReport: Codable {
    var reportFormat = "CTRF"
    var specVersion = "0.0.0"
    var generatedBy = "mirox-rig"
    var results: Results

    struct Results: Codable {
        var tool: Tool
        var summary: Summary
        var tests: [Test]
    }

    struct Tool: Codable {
        var name = "mirox-rig"
        var version: String
    }

    /// Times are milliseconds since 1970.
    struct Summary: Codable {
        var tests: Int
        var passed: Int
        var failed: Int
        var skipped: Int
        var pending = 0
        /// What did not pass and is in quarantine.
        var other: Int
        var flaky: Int
        var start: Int
        var stop: Int
    }

    struct Test: Codable {
        var name: String
        var status: String
        var duration: Int
        var suite: [String]
        var filePath: String
        var line: Int?
        /// `broken` counts as failed there, and is told apart here.
        var rawStatus: String
        var tags: [String]?
        var message: String?
        var trace: String?
        var retries: Int
        var flaky: Bool
        var steps: [Step]
        var attachments: [Attachment]?
    }

    struct Step: Codable {
        var name: String
        var status: String
    }

    struct Attachment: Codable {
        var name: String
        var contentType: String
        var path: String
    }

    package init(_ archive: RunArchive) {
        let summary = archive.summary
        let start = archive.runs.first.flatMap { Self.milliseconds($0.startedAt) } ?? 0
        let quarantined = archive.cases.count { $0.isFlaky && $0.verdict != .passed }
        results = Results(
            tool: Tool(version: archive.runs.first?.version ?? ""),
            summary: Summary(
                tests: summary.total, passed: summary.passed + summary.flaky - quarantined,
                failed: summary.failed + summary.broken, skipped: summary.skipped, other: quarantined,
                flaky: summary.flaky, start: start,
                stop: start + Int(summary.seconds * 1000)),
            tests: archive.cases.map(Self.test))
    }

    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        }
    }

    private static func test(_ item: RunArchive.Case) -> Test {
        let shown = item.shown
        let failure = item.verdict == .passed ? nil : shown?.failure
        let attachments = shown?.attachments.map {
            Attachment(name: $0.name, contentType: $0.mediaType, path: $0.path)
        }
        return Test(
            name: item.name, status: item.isFlaky && item.verdict != .passed ? "other" : status(item.verdict),
            duration: Int((item.seconds * 1000).rounded()),
            suite: [item.file], filePath: item.file, line: failure?.step?.location.line,
            rawStatus: item.verdict.rawValue, tags: item.tags.isEmpty ? nil : item.tags, message: failure?.what,
            trace: failure?.text(instance: item.name, started: shown?.started),
            retries: max(0, item.attempts.count - 1), flaky: item.isFlaky,
            steps: (item.attempts.last?.steps ?? []).map {
                Step(name: $0.started.sentence, status: status($0.finished?.verdict ?? .broken))
            }, attachments: attachments?.isEmpty == false ? attachments : nil)
    }

    private static func status(_ verdict: Verdict) -> String {
        switch verdict {
        case .passed: "passed"
        case .failed, .broken: "failed"
        case .skipped: "skipped"
        }
    }

    private static func milliseconds(_ text: String) -> Int? {
        (try? Date(text, strategy: .iso8601)).map { Int($0.timeIntervalSince1970 * 1000) }
    }
}
