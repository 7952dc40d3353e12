import Foundation
import ScenarioRunner
import Synchronization

/// The run's events as they come, turned into lines and reports.
final class RunReporter: Sendable {
    private struct State {
        var terminal: TerminalReport
        var junit = JUnitReport()
        var events: [String] = []
        /// How many lines of progress stand on the terminal now.
        var paintedLines = 0
    }

    private let state: Mutex<State>
    private let keepsEvents: Bool
    private let showsProgress: Bool

    init(_ output: RunOutput, keepsEvents: Bool) {
        self.keepsEvents = keepsEvents
        showsProgress = output.showsProgress
        state = Mutex(State(terminal: TerminalReport(isColored: output.isColored, detail: output.detail)))
    }

    func receive(_ event: RunEvent) {
        state.withLock { state in
            state.junit.receive(event)
            if keepsEvents, let line = try? RunLine.encode(event) { state.events.append(line) }
            guard let line = state.terminal.receive(event) else { return }
            erase(&state)
            Console.print(line)
        }
    }

    /// Runs beside the schedule until it is cancelled: live lines on a terminal, else a heartbeat every half a minute.
    func accompany() async {
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: showsProgress ? .milliseconds(100) : .seconds(30))) != nil else { break }
            state.withLock { state in
                if showsProgress {
                    paint(&state)
                } else if let line = state.terminal.heartbeat() {
                    Console.error(line)
                }
            }
        }
        state.withLock { erase(&$0) }
    }

    private func paint(_ state: inout State) {
        erase(&state)
        let lines = state.terminal.progress(width: Surroundings.terminalWidth)
        guard !lines.isEmpty else { return }
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
        state.paintedLines = lines.count
    }

    /// Takes the lines of progress away again.
    private func erase(_ state: inout State) {
        guard state.paintedLines > 0 else { return }
        FileHandle.standardError.write(Data("\u{1B}[\(state.paintedLines)A\u{1B}[J".utf8))
        state.paintedLines = 0
    }

    func conclude(_ summary: RunSummary, skipped: [Job]) {
        let text = state.withLock { state in
            erase(&state)
            skipped.forEach { state.junit.skip($0) }
            return state.terminal.conclusion(summary)
        }
        Console.print(text)
    }

    var junit: JUnitReport { state.withLock { $0.junit } }

    var events: [String] { state.withLock { $0.events } }
}

/// How a run talks to the people in front of it.
struct RunOutput: Sendable {
    var isColored = false
    var detail = TerminalReport.Detail.normal
    /// Lines that move; only a terminal can.
    var showsProgress = false
}
