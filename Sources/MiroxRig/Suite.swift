import Foundation
import ScenarioModel
import ScenarioRunner

/// A run of many scenarios: labs side by side, one report.
struct Suite: Sendable {
    let options: RunOptions
    let output: RunOutput
    /// Whether every event is kept as a line for a file.
    let keepsEvents: Bool
    /// After this everything is taken down.
    let limit: Duration?

    struct Outcome: Sendable {
        var summary: RunSummary
        var junit: JUnitReport
        var events: [String]
        /// What ended it before its time.
        var endedEarly: ExitStatus?
    }

    func run(_ instances: [Instance]) async -> Outcome {
        let kept = KeptLabs()
        let work = Task { await schedule(instances, kept) }
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
        if outcome.endedEarly == nil { await kept.waitUntilSeen() } else { await kept.takeDown() }
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

    private func schedule(_ instances: [Instance], _ kept: KeptLabs) async -> Outcome {
        let reporter = RunReporter(output, keepsEvents: keepsEvents)
        let companion = Task { await reporter.accompany() }
        let options = options
        let (summary, skipped) = await Schedule(instances, options: options).run(
            execute: { job in await LabRun.events(of: job, options: options, kept: kept) }, report: reporter.receive)
        companion.cancel()
        await companion.value
        reporter.conclude(summary, skipped: skipped)
        return Outcome(summary: summary, junit: reporter.junit, events: reporter.events, endedEarly: nil)
    }
}
