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
    let reports: ReportOptions
    /// Where captures lie; `nil`: none is made.
    var captures: CaptureFolder?

    struct Outcome: Sendable {
        var summary: RunSummary
        var junit: JUnitReport
        var archive: RunArchive
        /// As lines of JSON, when they are asked for.
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
        let reporter = Reporter(isQuiet: isQuiet, keepsEvents: reports.wantsEvents)
        reporter.begin(options, jobCount: instances.count * max(1, options.repeatCount))
        let heartbeat = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(30))
                if let line = reporter.heartbeat() { Console.error(line) }
            }
        }
        let options = options
        let captures = captures
        var (summary, skipped) = await Schedule(instances, options: options).run(
            execute: { job in await LabRun.events(of: job, options, captures) }, report: reporter.receive)
        heartbeat.cancel()
        summary.report = reports.page
        reporter.conclude(summary, skipped: skipped)
        return reporter.outcome(summary)
    }
}

/// One scenario in one lab, seen from outside.
enum LabRun {
    /// Launches the lab; the stream ends when everything inside is gone.
    static func events(
        of job: Job, _ options: RunOptions, _ captures: CaptureFolder?
    ) async -> AsyncStream<RunEvent> {
        let (events, sink) = AsyncStream<RunEvent>.makeStream()
        do {
            let (ours, theirs) = try UnixStream.pair()
            let capture = try captures?.begin(job)
            var descriptors = [LabDescriptors.conversation: theirs.number]
            if let capture { descriptors[LabDescriptors.capture] = capture.file.number }
            let lab = try Lab.launch(
                .init(
                    name: job.label, role: InsideMain.conductor, descriptors: descriptors))
            let order = ConductorJob.run(
                .init(instance: job.instance, settings: job.settings(options), seed: job.seed.number))
            try ours.writeLine(String(decoding: JSONEncoder().encode(order), as: UTF8.self))
            let following = Task {
                let end = await follow(ours, lab, job, options.keeps, into: sink)
                if end.isKept {
                    KeptLabs.all.keep(lab, ours)
                    return sink.finish()
                }
                lab.kill()
                _ = await lab.waitForEnd()
                capture?.end(passed: end.verdict == .passed)
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

    /// - Returns: whether the lab is to stay up although its scenario is over, and the verdict when there was one.
    private static func follow(
        _ stream: UnixStream, _ lab: LabProcess, _ job: Job, _ keeps: KeepLab,
        into sink: AsyncStream<RunEvent>.Continuation
    ) async -> (isKept: Bool, verdict: Verdict?) {
        var verdict: Verdict?
        do {
            for try await line in stream.lines() {
                switch try JSONDecoder().decode(ConductorReport.self, from: Data(line.utf8)) {
                case .event(let event):
                    sink.yield(event)
                    guard case .finished(let finished) = event.kind else { continue }
                    verdict = finished.verdict
                    if keeps == .never || keeps == .onFailure && finished.verdict == .passed {
                        return (false, verdict)
                    }
                case .held(let hold):
                    KeptLabs.all.announce(lab, job, hold)
                    if verdict != nil { return (true, verdict) }
                case .ready, .problem: break
                }
            }
        } catch {
            // The schedule tells of a lab that ended without a verdict.
            Console.error("mirox-rig: a lab's conversation broke: \(error)")
        }
        return (false, verdict)
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
        var archive = RunArchive()
        var events: [String] = []
        /// Scenario files whose text was told.
        var toldFiles: Set<String> = []
        var files: [String: String] = [:]
    }

    private let state: Mutex<State>
    private let keepsEvents: Bool

    init(isQuiet: Bool, keepsEvents: Bool) {
        self.keepsEvents = keepsEvents
        state = Mutex(State(terminal: TerminalReport(isColored: Surroundings.wantsColor, isQuiet: isQuiet)))
    }

    /// Tells what the run sets out to do.
    func begin(_ options: RunOptions, jobCount: Int) {
        receive(
            RunEvent(
                instance: "", at: 0,
                .runStarted(
                    RunEvent.RunStarted(
                        version: Version.text, seed: options.seed.description, startedAt: Date().formatted(.iso8601),
                        jobCount: jobCount))))
    }

    func receive(_ event: RunEvent) {
        let (line, file) = state.withLock { state in
            if case .started(let started) = event.kind { state.files[event.instance] = started.file }
            var file: String?
            if case .failed = event.kind, let own = state.files[event.instance],
                state.toldFiles.insert(own).inserted
            {
                file = own
            }
            state.junit.receive(event)
            state.archive.receive(event)
            if keepsEvents, let line = try? RunLine.encode(event) { state.events.append(line) }
            return (state.terminal.receive(event), file)
        }
        if let line { Console.print(line) }
        if let file { tellSource(of: file) }
    }

    /// The text of a scenario that did not pass goes along: whoever reads the report may not have the file.
    private func tellSource(of file: String) {
        guard let data = FileManager.default.contents(atPath: file) else { return }
        let text = String(decoding: data, as: UTF8.self)
        receive(RunEvent(instance: "", at: 0, .source(RunEvent.Source(file: file, text: text))))
    }

    func heartbeat() -> String? { state.withLock { $0.terminal.heartbeat() } }

    func conclude(_ summary: RunSummary, skipped: [Job]) {
        let left = skipped.map { job in
            RunEvent.RunFinished.Skipped(
                instance: job.label, id: job.instance.id, file: job.instance.location.file, title: job.instance.title)
        }
        receive(
            RunEvent(instance: "", at: summary.seconds, .runFinished(.init(seconds: summary.seconds, skipped: left))))
        let text = state.withLock { state in
            return state.terminal.conclusion(summary)
        }
        Console.print(text)
    }

    func outcome(_ summary: RunSummary) -> Suite.Outcome {
        state.withLock { state in
            Suite.Outcome(summary: summary, junit: state.junit, archive: state.archive, events: state.events)
        }
    }
}
