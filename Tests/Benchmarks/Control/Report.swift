import Foundation
import Synchronization

/// Prints a line when it is known, also into a file.
func say(_ text: String) {
    print(text)
    fflush(nil)
}

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

/// Prints each figure as it comes, and at the end the goals with their ratios as a table.
enum Report {
    /// One goal: what was measured beside the naive way in the same run.
    private struct Row: Sendable {
        var name: String
        var milliseconds: Double
        var goal: Double?
        var naive: Double
    }

    private static let rows = Mutex<[Row]>([])

    static func text(_ number: Double) -> String {
        String(format: number < 10 ? "%.3f" : number < 1000 ? "%.1f" : "%.0f", number)
    }

    static func line(_ name: String, _ milliseconds: Double, _ goal: Double?, _ remark: String) {
        let verdict = goal.map { milliseconds <= $0 ? "goal \(text($0)) ms: reached" : "goal \(text($0)) ms: MISSED" }
        say("\(name): \(text(milliseconds)) ms (\([verdict, remark].compactMap { $0 }.joined(separator: "; ")))")
    }

    /// Notes a line of the table: `naive` does the same work as one would write it first.
    static func ratio(_ name: String, _ milliseconds: Double, goal: Double?, naive: Double) {
        rows.withLock { $0.append(Row(name: name, milliseconds: milliseconds, goal: goal, naive: naive)) }
        say("  naive \(text(naive)) ms, naive / ours \(text(naive / milliseconds))")
    }

    /// - Returns: whether every goal was reached.
    static func table() -> Bool {
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        say("\n\(pad("goal", 66))\(pad("ms", 10))\(pad("goal ms", 10))\(pad("naive ms", 12))naive / ours")
        let rows = rows.withLock { $0 }
        for row in rows {
            let goal = row.goal.map { text($0) + (row.milliseconds <= $0 ? "" : " MISSED") } ?? "-"
            say(
                pad(row.name, 66) + pad(text(row.milliseconds), 10) + pad(goal, 10) + pad(text(row.naive), 12)
                    + text(row.naive / row.milliseconds))
        }
        return rows.allSatisfy { row in row.goal.map { row.milliseconds <= $0 } ?? true }
    }
}
