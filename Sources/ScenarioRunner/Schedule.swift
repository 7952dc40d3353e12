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
    private let instances: [Instance]
    private let options: RunOptions
    /// More rounds than anybody waits for.
    private static let limitRounds = 10_000

    package init(_ instances: [Instance], options: RunOptions) {
        self.instances = instances
        self.options = options
    }

    /// The jobs of one round of repeats: those first that may take longest, so that nobody waits for one of them at the end, and
    /// those that may take as long as each other in an order made from the seed.
    package func jobs(round: Int) -> [Job] {
        let jobs = instances.map { instance in
            Job(
                instance: instance, label: roundCount > 1 ? "\(instance.name)#\(round)" : instance.name,
                seed: options.seed.repeated(round))
        }
        var generator = SplitMix(state: options.seed.number &+ UInt64(round - 1))
        return jobs.shuffled(using: &generator).enumerated().sorted { left, right in
            left.element.instance.timeout == right.element.instance.timeout
                ? left.offset < right.offset : left.element.instance.timeout > right.element.instance.timeout
        }.map(\.element)
    }

    private var roundCount: Int {
        options.untilFail && options.repeatCount == 1 ? Self.limitRounds : max(1, options.repeatCount)
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
        var round = 1
        var waiting = instances.isEmpty ? [] : jobs(round: round)[...]
        var running: [String: Task<Void, Never>] = [:]
        func startNext() {
            if waiting.isEmpty, round < roundCount, !instances.isEmpty {
                round += 1
                waiting = jobs(round: round)[...]
            }
            guard let job = waiting.popFirst() else { return }
            start(job)
        }
        func start(_ job: Job) {
            running[job.label] = Task {
                for await event in await execute(job) { sink.yield(.event(event, job)) }
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
            case .event(let event, let job):
                if case .started = event.kind { begun.insert(event.instance) }
                if case .finished(let finished) = event.kind { verdicts[event.instance] = finished.verdict }
                report(judged(event, job))
            case .ended(let job):
                running[job.label] = nil
                if verdicts[job.label] == nil {
                    Self.lost(job, isBegun: begun.contains(job.label)).forEach { report(judged($0, job)) }
                }
                let verdict = verdicts.removeValue(forKey: job.label) ?? .broken
                begun.remove(job.label)
                if verdict != .passed, job.attempt <= options.retryCount, !isStopping {
                    var again = job
                    again.attempt += 1
                    start(again)
                    continue
                }
                count(verdict, job, in: &summary)
                if options.failFast || options.untilFail, verdict != .passed { isStopping = true }
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

    private func count(_ verdict: Verdict, _ job: Job, in summary: inout RunSummary) {
        if verdict == .passed {
            job.attempt > 1 ? summary.countFlaky(inQuarantine: job.instance.quarantine != nil) : summary.count(.passed)
        } else if job.instance.quarantine != nil {
            summary.countFlaky(inQuarantine: true)
        } else {
            summary.count(verdict)
        }
    }

    /// The event with what the lab cannot know: whether another attempt follows, and what the verdict is worth.
    private func judged(_ event: RunEvent, _ job: Job) -> RunEvent {
        guard case .finished(var finished) = event.kind else { return event }
        let willRetry = finished.verdict != .passed && job.attempt <= options.retryCount
        if willRetry { finished.willRetry = true }
        let isFlaky = finished.verdict == .passed ? job.attempt > 1 : job.instance.quarantine != nil
        if isFlaky, !willRetry {
            finished.isFlaky = true
            finished.isInQuarantine = job.instance.quarantine != nil
        }
        return RunEvent(instance: event.instance, at: event.at, .finished(finished))
    }

    private enum Message: Sendable {
        case event(RunEvent, Job)
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
            what: "it ended without a verdict", rerun: "mirox-rig run \(file) --seed \(job.seed) --capture on")
        return (isBegun ? [] : [RunEvent(instance: job.label, at: 0, .started(started))]) + [
            RunEvent(instance: job.label, at: 0, .failed(failure)),
            RunEvent(instance: job.label, at: 0, .finished(.init(verdict: .broken, seconds: 0))),
        ]
    }
}
