/// Turns events into the lines that a person reads: one for each scenario that ended, failures at once and again at the end.
package struct TerminalReport: Sendable {
    private let isColored: Bool
    private let detail: Detail
    private var running: [String: Running] = [:]
    private var failures: [String] = []

    /// How much is said.
    package enum Detail: Sendable {
        /// No line for what passed.
        case quiet
        case normal
        /// A line for each step.
        case verbose
    }

    private struct Running {
        var started: RunEvent.Started
        /// The newest.
        var step: RunEvent.StepStarted?
        /// What each step that runs is about: several do, within `parallel` and `throughout`.
        var sentences: [StepLabel: String] = [:]
        var failure: Failure?
        var at: Double
        /// Counts the scenarios in the order in which they began.
        var order: Int
    }

    private var begunCount = 0

    package init(isColored: Bool, detail: Detail = .normal) {
        self.isColored = isColored
        self.detail = detail
    }

    /// - Returns: what is to be printed now.
    package mutating func receive(_ event: RunEvent) -> String? {
        running[event.instance]?.at = event.at
        switch event.kind {
        case .started(let started):
            begunCount += 1
            running[event.instance] = Running(started: started, at: event.at, order: begunCount)
        case .stepStarted(let step):
            running[event.instance]?.step = step
            running[event.instance]?.sentences[step.step] = step.sentence
        case .failed(let failure):
            running[event.instance]?.failure = failure
        case .finished(let finished):
            let ended = running.removeValue(forKey: event.instance)
            return line(event.instance, finished, ended)
        case .stepFinished(let step):
            let sentence = running[event.instance]?.sentences.removeValue(forKey: step.step)
            return detail == .verbose ? line(event.instance, step, sentence ?? "") : nil
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

    /// A line for each scenario that runs, for a terminal on which they move; the longest running first.
    ///
    /// - Parameter width: of the terminal, in characters.
    package func progress(width: Int) -> [String] {
        running.sorted { $0.value.order < $1.value.order }.map { name, run in
            let attempt = run.started.attempt > 1 ? " (attempt \(run.started.attempt))" : ""
            let step = run.step.map { "  \($0.step)  \($0.sentence)" } ?? "  coming up"
            let line = "  \(name)\(attempt)\(step)"
            return line.count < width ? line : "\(line.prefix(max(1, width - 2)))…"
        }
    }

    /// Every failure again, then the counts.
    package func conclusion(_ summary: RunSummary) -> String {
        let again = failures.count > 0 && summary.total > 1 ? ["", failures.joined(separator: "\n\n"), ""] : []
        return (again + [summary.lines]).joined(separator: "\n")
    }

    private func line(_ name: String, _ step: RunEvent.StepFinished, _ sentence: String) -> String {
        let notes = step.notes.isEmpty ? "" : "  (\(step.notes.joined(separator: "; ")))"
        let mark = step.verdict == .passed ? painted("  ok", .green) : painted("  !!", .red)
        return "\(mark) \(name)  \(step.step)  \(RunSummary.fixed(step.seconds, 3)) s  \(sentence)\(notes)"
    }

    private mutating func line(_ name: String, _ finished: RunEvent.Finished, _ run: Running?) -> String? {
        let seconds = "\(RunSummary.fixed(finished.seconds, 3)) s"
        let isFlaky = finished.isFlaky ?? false
        guard finished.verdict != .passed else {
            if isFlaky {
                return
                    "\(painted("flaky ", .yellow)) \(name)  \(seconds)  passed at attempt \(run?.started.attempt ?? 2)"
            }
            return detail == .quiet ? nil : "\(painted("ok    ", .green)) \(name)  \(seconds)"
        }
        guard let failure = run?.failure else { return "\(painted("BROKEN", .yellow)) \(name)  \(seconds)" }
        var text = failure.text(instance: name, started: run?.started)
        if isColored, let blank = text.firstIndex(of: " ") {
            text = painted(String(text[..<blank]), failure.verdict == .broken ? .yellow : .red) + text[blank...]
        }
        if finished.willRetry ?? false { return "\(text)\n  it is tried again" }
        if isFlaky { return "\(text)\n  it is in quarantine, so this counts as flaky" }
        failures.append(text)
        return text
    }

    private enum Color: Int { case red = 31, green, yellow }

    private func painted(_ text: String, _ color: Color) -> String {
        isColored ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
