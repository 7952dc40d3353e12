package import ScenarioModel

/// One run of one instance in a lab of its own.
package struct Job: Hashable, Sendable {
    package var instance: Instance
    /// The instance's name, with `#2` behind it in the second of several repeats.
    package var label: String
    package var seed: Seed
    package var attempt: Int

    package init(instance: Instance, label: String, seed: Seed, attempt: Int = 1) {
        self.instance = instance
        self.label = label
        self.seed = seed
        self.attempt = attempt
    }

    /// What the run inside the lab is told.
    package func settings(_ options: RunOptions) -> RunSettings {
        RunSettings(
            label: label, seed: seed.description, attempt: attempt, timeFactor: options.timeFactor,
            breakAt: options.breakAt, keeps: options.keeps)
    }
}

/// Runs jobs side by side, each by a closure that brings up a lab and streams its events.
package struct Schedule: Sendable {
    private let jobs: [Job]
    private let options: RunOptions

    /// Orders the instances, as often as they are to be repeated, by the seed.
    package init(_ instances: [Instance], options: RunOptions) {
        self.options = options
        var jobs: [Job] = []
        for index in 1...max(1, options.repeatCount) {
            for instance in instances {
                let label = options.repeatCount > 1 ? "\(instance.name)#\(index)" : instance.name
                jobs.append(Job(instance: instance, label: label, seed: options.seed.repeated(index)))
            }
        }
        var generator = SplitMix(state: options.seed.number)
        self.jobs = jobs.shuffled(using: &generator)
    }

    /// - Parameters:
    ///   - execute: runs one job; its stream ends with the lab.
    ///   - report: told every event, one at a time, in the order in which they come.
    /// - Returns: the counts, and the jobs that were never begun.
    package func run(
        clock: any RunClock = SystemRunClock(), execute: @escaping @Sendable (Job) async -> AsyncStream<RunEvent>,
        report: (RunEvent) -> Void
    ) async -> (summary: RunSummary, skipped: [Job]) {
        let begin = clock.now
        var summary = RunSummary(seed: options.seed.description)
        let (events, sink) = AsyncStream.makeStream(of: Message.self)
        var waiting = jobs[...]
        var running: [String: Task<Void, Never>] = [:]
        func startNext() {
            guard let job = waiting.popFirst() else { return }
            running[job.label] = Task {
                for await event in await execute(job) { sink.yield(.event(event)) }
                sink.yield(.ended(job))
            }
        }
        for _ in 0..<max(1, options.jobs) { startNext() }
        if running.isEmpty { sink.finish() }
        var begun: Set<String> = []
        var verdicts: [String: Verdict] = [:]
        var isStopping = false
        for await message in events {
            switch message {
            case .event(let event):
                if case .started = event.kind { begun.insert(event.instance) }
                if case .finished(let finished) = event.kind { verdicts[event.instance] = finished.verdict }
                report(event)
            case .ended(let job):
                running[job.label] = nil
                if verdicts[job.label] == nil { Self.lost(job, isBegun: begun.contains(job.label)).forEach(report) }
                let verdict = verdicts[job.label] ?? .broken
                summary.count(verdict)
                if options.failFast, verdict != .passed { isStopping = true }
                if !isStopping { startNext() }
            }
            if running.isEmpty { break }
        }
        // Only a cancelled run comes here with labs still up; ending their streams takes them down.
        for task in running.values {
            task.cancel()
            await task.value
            summary.count(.broken)
        }
        waiting.forEach { _ in summary.count(.skipped) }
        summary.seconds = (clock.now - begin).secondsValue
        return (summary, Array(waiting))
    }

    private enum Message: Sendable {
        case event(RunEvent)
        case ended(Job)
    }

    /// What is told of a lab that ended without a verdict.
    private static func lost(_ job: Job, isBegun: Bool) -> [RunEvent] {
        let instance = job.instance
        let file = instance.location.file
        let started = RunEvent.Started(
            id: instance.id, title: instance.title, file: file, tags: instance.tags, stepCount: instance.steps.count,
            seed: job.seed.description, attempt: job.attempt)
        let failure = Failure(
            verdict: .broken, step: nil, sentence: "the lab tells how the scenario went",
            what: "it ended without a verdict", rerun: "mirox-rig run \(file) --seed \(job.seed)")
        return (isBegun ? [] : [RunEvent(instance: job.label, at: 0, .started(started))]) + [
            RunEvent(instance: job.label, at: 0, .failed(failure)),
            RunEvent(instance: job.label, at: 0, .finished(.init(verdict: .broken, seconds: 0))),
        ]
    }
}
