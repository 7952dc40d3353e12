import Foundation
import LabProtocol
import LinuxFabric
import ScenarioModel
import ScenarioRunner
import Synchronization

/// A run of many scenarios: labs side by side, one report.
struct Suite: Sendable {
    let options: RunOptions
    let isQuiet: Bool
    /// Whether every event is kept as a line for a file.
    let keepsEvents: Bool

    struct Outcome: Sendable {
        var summary: RunSummary
        var junit: JUnitReport
        var events: [String]
        /// SIGINT or SIGTERM, when one ended it.
        var interruptedBy: Int32?
    }

    func run(_ instances: [Instance]) async -> Outcome {
        let work = Task { await schedule(instances) }
        let watch = Task {
            guard let signal = await Signals.next() else { return Int32?.none }
            Console.error("mirox-rig: interrupted; taking the labs down")
            work.cancel()
            return signal
        }
        var outcome = await work.value
        watch.cancel()
        outcome.interruptedBy = await watch.value
        return outcome
    }

    private func schedule(_ instances: [Instance]) async -> Outcome {
        let reporter = Reporter(isQuiet: isQuiet, keepsEvents: keepsEvents)
        let heartbeat = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(30))
                if let line = reporter.heartbeat() { Console.error(line) }
            }
        }
        let timeFactor = options.timeFactor
        let (summary, skipped) = await Schedule(instances, options: options).run(
            execute: { job in await LabRun.events(of: job, timeFactor: timeFactor) }, report: reporter.receive)
        heartbeat.cancel()
        reporter.conclude(summary, skipped: skipped)
        return Outcome(summary: summary, junit: reporter.junit, events: reporter.events, interruptedBy: nil)
    }
}

/// One scenario in one lab, seen from outside.
enum LabRun {
    /// Launches the lab; the stream ends when everything inside is gone.
    static func events(of job: Job, timeFactor: Double) async -> AsyncStream<RunEvent> {
        let (events, sink) = AsyncStream<RunEvent>.makeStream()
        do {
            let (ours, theirs) = try UnixStream.pair()
            let lab = try Lab.launch(
                .init(
                    name: job.label, role: InsideMain.conductor,
                    descriptors: [LabDescriptors.conversation: theirs.number]))
            let order = ConductorJob.run(
                .init(instance: job.instance, settings: job.settings(timeFactor: timeFactor), seed: job.seed.number))
            try ours.writeLine(String(decoding: JSONEncoder().encode(order), as: UTF8.self))
            let following = Task {
                await follow(ours, into: sink)
                lab.kill()
                _ = await lab.waitForEnd()
                sink.finish()
            }
            sink.onTermination = { ending in
                guard case .cancelled = ending else { return }
                lab.kill()
                following.cancel()
            }
        } catch {
            tell(sink, job, "\(error)")
            sink.finish()
        }
        return events
    }

    private static func follow(_ stream: UnixStream, into sink: AsyncStream<RunEvent>.Continuation) async {
        do {
            for try await line in stream.lines() {
                switch try JSONDecoder().decode(ConductorReport.self, from: Data(line.utf8)) {
                case .event(let event):
                    sink.yield(event)
                    if case .finished = event.kind { return }
                case .ready, .problem: break
                }
            }
        } catch {
            // The schedule tells of a lab that ended without a verdict.
            Console.error("mirox-rig: a lab's conversation broke: \(error)")
        }
    }

    /// A lab that cannot be had is a broken scenario that says why.
    private static func tell(_ sink: AsyncStream<RunEvent>.Continuation, _ job: Job, _ reason: String) {
        Console.error("mirox-rig: \(job.label): \(reason)\nmirox-rig doctor checks the machine.")
    }
}

/// The run's events as they come, turned into lines and reports.
private final class Reporter: Sendable {
    private struct State {
        var terminal: TerminalReport
        var junit = JUnitReport()
        var events: [String] = []
    }

    private let state: Mutex<State>
    private let keepsEvents: Bool

    init(isQuiet: Bool, keepsEvents: Bool) {
        self.keepsEvents = keepsEvents
        state = Mutex(State(terminal: TerminalReport(isColored: Surroundings.wantsColor, isQuiet: isQuiet)))
    }

    func receive(_ event: RunEvent) {
        let line = state.withLock { state in
            state.junit.receive(event)
            if keepsEvents, let line = try? RunLine.encode(event) { state.events.append(line) }
            return state.terminal.receive(event)
        }
        if let line { Console.print(line) }
    }

    func heartbeat() -> String? { state.withLock { $0.terminal.heartbeat() } }

    func conclude(_ summary: RunSummary, skipped: [Job]) {
        let text = state.withLock { state in
            skipped.forEach { state.junit.skip($0) }
            return state.terminal.conclusion(summary)
        }
        Console.print(text)
    }

    var junit: JUnitReport { state.withLock { $0.junit } }

    var events: [String] { state.withLock { $0.events } }
}
