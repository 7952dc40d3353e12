import Foundation

/// How a whole run went.
package struct RunSummary: Hashable, Sendable {
    package var passed = 0
    package var failed = 0
    package var flaky = 0
    /// Those of the flaky that are in quarantine: they are known, and cost nothing.
    package var quarantined = 0
    package var broken = 0
    package var skipped = 0
    package var seconds: Double = 0
    package var seed: String
    /// Where the report lies that a person opens first.
    package var report: String?

    package init(seed: String) {
        self.seed = seed
    }

    package var total: Int { passed + failed + flaky + broken + skipped }

    package mutating func countFlaky(inQuarantine: Bool) {
        flaky += 1
        if inQuarantine { quarantined += 1 }
    }

    package mutating func count(_ verdict: Verdict) {
        switch verdict {
        case .passed: passed += 1
        case .failed: failed += 1
        case .broken: broken += 1
        case .skipped: skipped += 1
        }
    }

    /// The two last lines of every run: one for people, one for programs.
    package var lines: String {
        let scenarios = "\(total) scenario\(total == 1 ? "" : "s")"
        let counts =
            "\(passed) passed, \(failed) failed, \(flaky) flaky, \(broken) broken, \(skipped) skipped"
        var result =
            "RESULT total=\(total) passed=\(passed) failed=\(failed) flaky=\(flaky) broken=\(broken) "
            + "skipped=\(skipped) seconds=\(Self.fixed(seconds, 3)) seed=\(seed)"
        if let report { result += " report=\(report)" }
        return "\(scenarios): \(counts) (\(Self.fixed(seconds, 1)) s, seed \(seed))\n\(result)"
    }

    package func exitCode(allowEmpty: Bool = false, flaky policy: FlakyPolicy = .pass) -> ExitStatus {
        if failed > 0 { return .failed }
        if broken > 0 { return .broken }
        if policy == .fail, flaky > quarantined { return .flaky }
        return total == 0 && !allowEmpty ? .nothingSelected : .passed
    }

    static func fixed(_ number: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", number)
    }
}

/// What the process ends with; never a number of failures.
package enum ExitStatus: Int32, Hashable, Sendable {
    case passed = 0
    case failed = 1
    /// A scenario or fixture file is invalid; nothing ran.
    case invalid = 2
    /// Environment, setup, teardown or a positive control; no assertion failed.
    case broken = 3
    case nothingSelected = 4
    /// All passed, some not at the first attempt, and that counts.
    case flaky = 5
    case reportNotWritten = 6
    case usage = 64
    case internalError = 70
    case timeout = 124
    case interrupted = 130
    case terminated = 143
}
