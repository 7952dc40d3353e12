import Foundation
import LabProtocol
import LinuxFabric
import LiveWorld
import ScenarioModel
import ScenarioRunner

/// One scenario in one lab, seen from outside.
enum LabRun {
    /// Launches the lab; the stream ends when everything inside is gone, or when the lab is to stay up.
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
                .init(name: job.label, role: InsideMain.conductor, descriptors: descriptors))
            let order = ConductorJob.run(
                .init(instance: job.instance, settings: job.settings(options), seed: job.seed.number))
            try ours.writeLine(String(decoding: JSONEncoder().encode(order), as: UTF8.self))
            let following = Task {
                let end = await follow(ours, lab, job, options.keeps, into: sink)
                if end.isKept {
                    KeptLabs.all.keep(lab, ours)
                } else {
                    lab.kill()
                    _ = await lab.waitForEnd()
                }
                if let attachment = capture?.end(passed: end.verdict == .passed) {
                    sink.yield(RunEvent(instance: job.label, at: end.seconds, .attached(attachment)))
                }
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

    /// How a conversation with a lab ended.
    private struct End {
        /// The lab is to stay up although its scenario is over.
        var isKept = false
        /// `nil`: there was none.
        var verdict: Verdict?
        /// Since the instance began.
        var seconds = 0.0
    }

    private static func follow(
        _ stream: UnixStream, _ lab: LabProcess, _ job: Job, _ keeps: KeepLab,
        into sink: AsyncStream<RunEvent>.Continuation
    ) async -> End {
        var end = End()
        do {
            for try await line in stream.lines() {
                switch try JSONDecoder().decode(ConductorReport.self, from: Data(line.utf8)) {
                case .event(let event):
                    sink.yield(event)
                    end.seconds = event.at
                    guard case .finished(let finished) = event.kind else { continue }
                    end.verdict = finished.verdict
                    if keeps == .never || keeps == .onFailure && finished.verdict == .passed { return end }
                case .held(let hold):
                    KeptLabs.all.announce(lab, job, hold)
                    end.isKept = end.verdict != nil
                    if end.isKept { return end }
                case .ready, .gatewayAwaited, .problem: break
                }
            }
        } catch {
            // The schedule tells of a lab that ended without a verdict.
            Console.error("mirox-rig: a lab's conversation broke: \(error)")
        }
        return end
    }

    /// A lab that cannot be had is a broken scenario that says why.
    private static func tell(_ sink: AsyncStream<RunEvent>.Continuation, _ job: Job, _ reason: String) {
        Console.error("mirox-rig: \(job.label): \(reason)\nmirox-rig doctor checks the machine.")
    }
}
