/// Turns events into the lines that a person reads: one for each scenario that ended, failures at once and again at the end.
package struct TerminalReport: Sendable {
    private let isColored: Bool
    private let isQuiet: Bool
    private var running: [String: Running] = [:]
    private var failures: [String] = []

    private struct Running {
        var started: RunEvent.Started
        var step: RunEvent.StepStarted?
        var failure: Failure?
        var at: Double
    }

    /// - Parameter isQuiet: no line for what passed.
    package init(isColored: Bool, isQuiet: Bool = false) {
        self.isColored = isColored
        self.isQuiet = isQuiet
    }

    /// - Returns: what is to be printed now.
    package mutating func receive(_ event: RunEvent) -> String? {
        running[event.instance]?.at = event.at
        switch event.kind {
        case .started(let started):
            running[event.instance] = Running(started: started, at: event.at)
        case .stepStarted(let step):
            running[event.instance]?.step = step
        case .failed(let failure):
            running[event.instance]?.failure = failure
        case .finished(let finished):
            let ended = running.removeValue(forKey: event.instance)
            return line(event.instance, finished, ended)
        default: break
        }
        return nil
    }

    /// What runs, for a log in which nothing moves for a while; `nil` when nothing does.
    package func heartbeat() -> String? {
        guard !running.isEmpty else { return nil }
        let names = running.sorted { $0.key < $1.key }.map { name, run in
            "\(name) (\(RunSummary.fixed(run.at, 0)) s\(run.step.map { ", \($0.step)" } ?? ""))"
        }
        return "running: \(names.joined(separator: ", "))"
    }

    /// Every failure again, then the counts.
    package func conclusion(_ summary: RunSummary) -> String {
        let again = failures.count > 0 && summary.total > 1 ? ["", failures.joined(separator: "\n\n"), ""] : []
        return (again + [summary.lines]).joined(separator: "\n")
    }

    private mutating func line(_ name: String, _ finished: RunEvent.Finished, _ run: Running?) -> String? {
        let seconds = "\(RunSummary.fixed(finished.seconds, 3)) s"
        guard finished.verdict != .passed else {
            return isQuiet ? nil : "\(painted("ok    ", .green)) \(name)  \(seconds)"
        }
        guard let failure = run?.failure else { return "\(painted("BROKEN", .yellow)) \(name)  \(seconds)" }
        var text = failure.text(instance: name, started: run?.started)
        if isColored, let blank = text.firstIndex(of: " ") {
            text = painted(String(text[..<blank]), failure.verdict == .broken ? .yellow : .red) + text[blank...]
        }
        failures.append(text)
        return text
    }

    private enum Color: Int { case red = 31, green, yellow }

    private func painted(_ text: String, _ color: Color) -> String {
        isColored ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
