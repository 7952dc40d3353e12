import Foundation
import ScenarioModel
import ScenarioRunner

/// A run of many scenarios: labs side by side, one report.
struct Suite: Sendable {
    let options: RunOptions
    let output: RunOutput
    let reports: ReportOptions
    /// After this everything is taken down.
    let limit: Duration?
    /// Where captures lie; `nil`: none is made.
    var captures: CaptureFolder?

    struct Outcome: Sendable {
        var summary: RunSummary
        var archive: RunArchive
        /// As lines of JSON, when they are asked for.
        var events: [String]
        /// What ended it before its time.
        var endedEarly: ExitStatus?
    }

    func run(_ instances: [Instance]) async -> Outcome {
        let work = Task { await schedule(instances) }
        let watch = Task {
            let ending = await untimelyEnd()
            guard let ending, !Task.isCancelled else { return ExitStatus?.none }
            let why = ending == .timeout ? "the time for the whole run is over" : "interrupted"
            Console.error("mirox-rig: \(why); taking the labs down")
            work.cancel()
            return ending
        }
        var outcome = await work.value
        watch.cancel()
        outcome.endedEarly = await watch.value
        return outcome
    }

    /// SIGINT, SIGTERM, or the end of the time.
    private func untimelyEnd() async -> ExitStatus? {
        await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask {
                switch await Signals.next() {
                case SIGINT: .interrupted
                case SIGTERM: .terminated
                default: nil
                }
            }
            if let limit {
                group.addTask { (try? await Task.sleep(for: limit)) == nil ? nil : .timeout }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func schedule(_ instances: [Instance]) async -> Outcome {
        let reporter = RunReporter(output, keepsEvents: reports.wantsEvents)
        reporter.begin(options, jobCount: instances.count * max(1, options.repeatCount))
        let companion = Task { await reporter.accompany() }
        let options = options
        let captures = captures
        var (summary, skipped) = await Schedule(instances, options: options).run(
            execute: { job in await LabRun.events(of: job, options, captures) }, report: reporter.receive)
        companion.cancel()
        await companion.value
        summary.report = reports.page
        reporter.conclude(summary, skipped: skipped)
        return reporter.outcome(summary)
    }
}
