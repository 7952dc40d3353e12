import Foundation

/// What a piece of work takes: the median and the best of several runs.
func measure(_ name: String, runs: Int, goalMilliseconds: Double? = nil, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<runs {
        let start = ContinuousClock.now
        try body()
        times.append(start.duration(to: .now) / .milliseconds(1))
    }
    times.sort()
    let median = times[times.count / 2]
    Report.line(name, median, goalMilliseconds, "best \(Report.text(times[0])) ms of \(runs)")
    return median
}

enum Report {
    static func text(_ number: Double) -> String { String(format: number < 10 ? "%.3f" : "%.1f", number) }

    static func line(_ name: String, _ milliseconds: Double, _ goal: Double?, _ remark: String) {
        let verdict = goal.map { milliseconds <= $0 ? "goal \(text($0)) ms: reached" : "goal \(text($0)) ms: MISSED" }
        print("\(name): \(text(milliseconds)) ms (\([verdict, remark].compactMap { $0 }.joined(separator: "; ")))")
    }

    static func ratio(_ naive: Double, _ ours: Double, _ what: String) {
        print("  naive / ours, \(what): \(text(naive / ours)) (naive \(text(naive)) ms)")
    }
}
