import Foundation
import ScenarioModel
import ScenarioRunner
import Synchronization

/// The run's events as they come, turned into lines and reports.
final class RunReporter: Sendable {
    private struct State {
        var terminal: TerminalReport
        var archive = RunArchive()
        var events: [String] = []
        /// Scenario files whose text was told.
        var toldFiles: Set<String> = []
        var files: [String: String] = [:]
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

    /// Tells what the run sets out to do.
    func begin(_ options: RunOptions, jobCount: Int) {
        receive(
            RunEvent(
                instance: "", at: 0,
                .runStarted(
                    RunEvent.RunStarted(
                        version: Version.text, seed: options.seed.description, startedAt: Date().formatted(.iso8601),
                        shard: options.shard, jobCount: jobCount))))
    }

    func receive(_ event: RunEvent) {
        let file = state.withLock { state in
            if case .started(let started) = event.kind { state.files[event.instance] = started.file }
            var file: String?
            if case .failed = event.kind, let own = state.files[event.instance],
                state.toldFiles.insert(own).inserted
            {
                file = own
            }
            state.archive.receive(event)
            if keepsEvents, let line = try? RunLine.encode(event) { state.events.append(line) }
            if let line = state.terminal.receive(event) {
                erase(&state)
                Console.print(line)
            }
            return file
        }
        if let file { tellSource(of: file) }
    }

    /// The text of a scenario that did not pass goes along: whoever reads the report may not have the file.
    private func tellSource(of file: String) {
        guard let data = FileManager.default.contents(atPath: file) else { return }
        let text = String(decoding: data, as: UTF8.self)
        receive(RunEvent(instance: "", at: 0, .source(RunEvent.Source(file: file, text: text))))
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
        let left = skipped.map { job in
            RunEvent.RunFinished.Skipped(
                instance: job.label, id: job.instance.id, file: job.instance.location.file, title: job.instance.title)
        }
        receive(
            RunEvent(instance: "", at: summary.seconds, .runFinished(.init(seconds: summary.seconds, skipped: left))))
        let text = state.withLock { state in
            erase(&state)
            return state.terminal.conclusion(summary)
        }
        Console.print(text)
    }

    func outcome(_ summary: RunSummary) -> Suite.Outcome {
        state.withLock { state in
            Suite.Outcome(
                summary: summary, archive: state.archive, events: state.events, endedEarly: nil)
        }
    }
}

/// How a run talks to the people in front of it.
struct RunOutput: Sendable {
    var isColored = false
    var detail = TerminalReport.Detail.normal
    /// Lines that move; only a terminal can.
    var showsProgress = false
}
