package import ScenarioModel
import Synchronization

/// What a run is told beside its scenario.
package struct RunSettings: Hashable, Sendable, Codable {
    /// The name in every event; repeats of one instance differ in it.
    package var label: String
    package var seed: String
    package var attempt: Int
    /// Multiplies every `within`, never a `during`.
    package var timeFactor: Double
    package var keep: KeepPolicy

    package init(
        label: String, seed: String = "0", attempt: Int = 1, timeFactor: Double = 1, keep: KeepPolicy = .never
    ) {
        self.label = label
        self.seed = seed
        self.attempt = attempt
        self.timeFactor = timeFactor
        self.keep = keep
    }
}

/// Runs one instance of a scenario against a world and tells what happened, event by event.
package final class ScenarioRun: Sendable {
    let instance: Instance
    let world: any World
    let clock: any RunClock
    let settings: RunSettings
    let board: Board
    private let emitEvent: @Sendable (RunEvent) -> Void
    private let origin: Duration

    /// How long a world may take to come up, before the scenario's own timeout begins.
    static let startLimit: Duration = .seconds(60)
    /// How long the gateway may take to say that it has told everything.
    static let markLimit: Duration = .seconds(5)
    /// The audit is reported within a second of the first packet.
    static let auditLimit: Duration = .seconds(3)

    package init(
        _ instance: Instance, in world: any World, settings: RunSettings, clock: any RunClock = SystemRunClock(),
        emit: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.instance = instance
        self.world = world
        self.clock = clock
        self.settings = settings
        emitEvent = emit
        origin = clock.now
        board = Board(InvariantWatch(instance.invariants, fixture: instance.fixture))
    }

    /// Starts the world, runs setup and steps, holds the invariants, takes the world down.
    ///
    /// - Parameters:
    ///   - hold: where the world is to be kept up: returns when somebody has seen enough of it.
    ///   - remains: asked when the world is down; what is still there that should not be.
    package func run(
        hold: @Sendable (Verdict) async -> Void = { _ in }, remains: @Sendable () async -> [String] = { [] }
    ) async -> Verdict {
        emit(
            .started(
                RunEvent.Started(
                    id: instance.id, title: instance.title, file: instance.location.file, tags: instance.tags,
                    stepCount: instance.steps.count, seed: settings.seed, attempt: settings.attempt)))
        let listeners = [
            Task { for await change in world.changes { hear(change) } },
            Task { for await decision in world.decisions { board.record(decision) } },
        ]
        var failure = await body()
        let isKept = settings.keep.keeps(failure?.verdict ?? .passed)
        if isKept {
            tellEnd(failure)
            await hold(failure?.verdict ?? .passed)
        }
        await world.finish()
        listeners.forEach { $0.cancel() }
        for listener in listeners { await listener.value }
        guard !isKept else { return failure?.verdict ?? .passed }
        let left = await remains()
        // What a failure left behind would only stand in front of it.
        if failure == nil, !left.isEmpty {
            failure = environmentFailure("nothing is left of the scenario", left.joined(separator: "; "))
        }
        tellEnd(failure)
        return failure?.verdict ?? .passed
    }

    private func tellEnd(_ failure: Failure?) {
        if let failure { emit(.failed(failure)) }
        emit(.finished(RunEvent.Finished(verdict: failure?.verdict ?? .passed, seconds: elapsed.secondsValue)))
    }

    var elapsed: Duration { clock.now - origin }

    func emit(_ kind: RunEvent.Kind) {
        emitEvent(RunEvent(instance: settings.label, at: elapsed.secondsValue, kind))
    }

    private func hear(_ change: WorldChange) {
        let seconds = elapsed.secondsValue
        guard change.isNews else { return board.record(change, line: nil, at: seconds) }
        emit(.change(RunEvent.Change(node: change.node, text: change.text)))
        let milliseconds = Int((seconds * 1000).rounded())
        board.record(change, line: "\(milliseconds) ms  \(change.node): \(change.text)", at: seconds)
    }

    // MARK: Body

    private func body() async -> Failure? {
        let started = await limited(Self.startLimit) { () async -> Failure? in
            do throws(WorldProblem) {
                try await self.world.start()
                return nil
            } catch {
                return self.environmentFailure("the world comes up", error.description)
            }
        }
        guard let started else {
            return environmentFailure("the world comes up", "it did not within \(Self.startLimit.text)")
        }
        if let started { return started }
        let ran = await limited(instance.timeout) { await self.steps() }
        guard let ran else {
            let step = board.step
            return Failure(
                verdict: step?.phase == .step ? .failed : .broken, step: step,
                sentence: "the scenario is over within \(instance.timeout.text)",
                what: "it was not; \(step.map { "\($0) was under way" } ?? "no step had begun")",
                lastChanges: board.lastChanges, rerun: rerun(at: step?.location))
        }
        return ran
    }

    private func steps() async -> Failure? {
        do throws(StepStop) {
            for (phase, steps) in [(StepLabel.Phase.setup, instance.setup), (.step, instance.steps)] {
                for (index, step) in steps.enumerated() {
                    let label = StepLabel(
                        phase: phase, path: [index + 1], count: steps.count, location: step.location)
                    try await run(step, label)
                }
            }
            try await conclude()
            return nil
        } catch {
            return await failure(error)
        }
    }

    /// Returns when every decision made so far has been looked at.
    func flush() async throws(StepStop) {
        let mark = board.nextMark()
        let deadline = clock.now + Self.markLimit
        do throws(WorldProblem) {
            try await world.mark(mark)
        } catch {
            throw StepStop(.broken, sentence: "the gateway tells what it decided", what: error.description)
        }
        while true {
            let version = board.pulse.version
            if board.hasSeen(mark) { return }
            guard clock.now < deadline, !Task.isCancelled else {
                throw StepStop(
                    .broken, sentence: "the gateway tells what it decided",
                    what: "it did not within \(Self.markLimit.text)")
            }
            await board.pulse.wait(after: version, until: deadline, on: clock)
        }
    }

    func throwViolation(_ step: (Step, StepLabel)?) throws(StepStop) {
        guard let violation = board.violation else { return }
        var stop = StepStop(
            .failed, sentence: "invariant \(violation.invariant.rawValue): \(violation.invariant.sentence)",
            what: "violated: \(violation.text)", why: violation.record.map { [$0] } ?? [])
        stop.step = step?.0
        stop.label = step?.1
        throw stop
    }

    // MARK: Failures

    private func environmentFailure(_ sentence: String, _ what: String) -> Failure {
        Failure(
            verdict: .broken, step: nil, sentence: sentence, what: what, lastChanges: board.lastChanges,
            rerun: rerun(at: nil))
    }

    /// Puts beside a stop what the world itself has to say about it.
    private func failure(_ stop: StepStop) async -> Failure {
        var explanation = Explanation()
        if let look = stop.look { explanation = await world.explain(look.condition, look.observation) }
        let isSetup = stop.label?.phase == .setup
        return Failure(
            verdict: isSetup ? .broken : stop.verdict, step: stop.label, stepName: stop.step?.name,
            sourceLine: stop.step?.sourceLine ?? "", sentence: stop.sentence, what: stop.what,
            table: stop.look?.judgement.table ?? [], hops: explanation.hops,
            why: stop.why + (stop.look?.observation.causes ?? []) + explanation.why, lastChanges: board.lastChanges,
            rerun: rerun(at: stop.label?.location))
    }

    private func rerun(at location: SourceLocation?) -> String {
        let file = instance.location.file
        // A step of an included flow cannot be named: the line of another file is no line of this one.
        let line = location.flatMap { $0.file == file ? ":\($0.line)" : nil } ?? ""
        let filter = instance.name == instance.id ? "" : " --filter '\(instance.name)'"
        return "mirox-rig run \(file)\(line)\(filter) --seed \(settings.seed)"
    }

    // MARK: Limits

    /// Runs some work, but waits no longer than a limit, extended by what the machine held us up.
    ///
    /// - Returns: `nil` when time was up; the work is then cancelled and left alone.
    private func limited<Result: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async -> Result
    ) async -> Result? {
        let (stream, continuation) = AsyncStream.makeStream(of: Result?.self)
        let worker = Task { continuation.yield(await work()) }
        let guardian = Task { [clock] in
            let (begin, stalledBefore) = (clock.now, clock.stalled)
            while !Task.isCancelled {
                let end = begin + limit + (clock.stalled - stalledBefore)
                if clock.now >= end { break }
                try? await clock.sleep(until: end)
            }
            if !Task.isCancelled { continuation.yield(nil) }
        }
        defer {
            worker.cancel()
            guardian.cancel()
        }
        for await result in stream { return result }
        return nil
    }
}
