import AccessModel
import Foundation
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
    /// Stop before the first step at this line or behind it.
    package var breakAt: PathArgument?
    /// When the world stays up behind the last step.
    package var keeps: KeepLab

    package init(
        label: String, seed: String = "0", attempt: Int = 1, timeFactor: Double = 1, breakAt: PathArgument? = nil,
        keeps: KeepLab = .never
    ) {
        self.breakAt = breakAt
        self.keeps = keeps
        self.label = label
        self.seed = seed
        self.attempt = attempt
        self.timeFactor = timeFactor
    }
}

/// When a lab is left up behind its scenario.
package enum KeepLab: String, Hashable, Sendable, Codable, CaseIterable {
    case never
    case onFailure = "on-failure"
    case always
}

/// Why a run stands still with its world up.
package enum Hold: Hashable, Sendable, Codable {
    /// Before this step.
    case beforeStep(StepLabel, sentence: String)
    /// Behind the last one.
    case afterEnd(Verdict)
}

/// Runs one instance of a scenario against a world and tells what happened, event by event.
package final class ScenarioRun: Sendable {
    let instance: Instance
    let world: any World
    let clock: any RunClock
    let settings: RunSettings
    let board: Board
    private let emitEvent: @Sendable (RunEvent) -> Void
    private let holding: @Sendable (Hold) async -> Void
    private let hasBroken = Mutex(false)
    private let origin: Duration

    /// How long a world may take to come up, before the scenario's own timeout begins.
    static let startLimit: Duration = .seconds(60)
    /// Somebody looks around at a break for as long as a working day.
    static let breakLimit: Duration = .seconds(24 * 3600)
    /// How long the gateway may take to say that it has told everything.
    static let markLimit: Duration = .seconds(5)
    /// The audit is reported within a second of the first packet.
    static let auditLimit: Duration = .seconds(3)

    package init(
        _ instance: Instance, in world: any World, settings: RunSettings, clock: any RunClock = SystemRunClock(),
        hold: @escaping @Sendable (Hold) async -> Void = { _ in }, emit: @escaping @Sendable (RunEvent) -> Void
    ) {
        holding = hold
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
    /// - Parameter remains: asked when the world is down: what is still there that should not be.
    package func run(remains: @Sendable () async -> [String] = { [] }) async -> Verdict {
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
        if failure != nil { await tellPackets() }
        var verdict = failure?.verdict ?? .passed
        let isKept = settings.keeps == .always || (settings.keeps == .onFailure && verdict != .passed)
        if isKept {
            tell(failure, verdict)
            await holding(.afterEnd(verdict))
        }
        await world.finish()
        listeners.forEach { $0.cancel() }
        for listener in listeners { await listener.value }
        guard !isKept else { return verdict }
        let left = await remains()
        // What a failure left behind would only stand in front of it.
        if failure == nil, !left.isEmpty {
            failure = environmentFailure("nothing is left of the scenario", left.joined(separator: "; "))
            verdict = .broken
        }
        tell(failure, verdict)
        return verdict
    }

    private func tell(_ failure: Failure?, _ verdict: Verdict) {
        if let failure { emit(.failed(failure)) }
        emit(.finished(RunEvent.Finished(verdict: verdict, seconds: elapsed.secondsValue)))
    }

    /// Stands still before the first step at the line that was named, or behind it.
    func breakIfAsked(before step: Step, _ label: StepLabel) async {
        guard let place = settings.breakAt, step.location.file == place.path,
            step.location.line >= place.line ?? 1
        else { return }
        let isFirst = hasBroken.withLock { hasBroken in
            defer { hasBroken = true }
            return !hasBroken
        }
        if isFirst { await holding(.beforeStep(label, sentence: step.sentence)) }
    }

    /// What the gateway saw, for the report of a failure; a scenario that passed needs no such record.
    private func tellPackets() async {
        let end = elapsed.secondsValue
        let packets = await world.packets(atMost: RunEvent.Packets.limit)
        guard !packets.isEmpty else { return }
        // Two clocks: the world's runs with the wall, a run's from its own beginning.
        let now = wallClock()
        let rows = packets.map { packet in
            RunEvent.Packets.Row(packet, at: end - Double(now - packet.at.milliseconds) / 1000)
        }
        emit(.packets(RunEvent.Packets(rows: rows)))
    }

    private func wallClock() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

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
        let ran = await limited(settings.breakAt == nil ? instance.timeout : Self.breakLimit) { await self.steps() }
        guard let ran else {
            let last = board.underWay
            let place = last.map { "\($0.label) was under way: \($0.step.sentence)" } ?? "no step had begun"
            return Failure(
                verdict: last?.label.phase == .step ? .failed : .broken, step: last?.label,
                sourceLine: last?.step.sourceLine ?? "",
                sentence: "the scenario is over within \(instance.timeout.text), its 'timeout'",
                what: "it was not; \(place)", lastChanges: board.lastChanges, rerun: rerun(at: last?.label.location))
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
        stop.suspect = violation.suspect
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
        if let look = stop.look {
            explanation = await world.explain(look.condition, look.observation)
        } else if let suspect = stop.suspect {
            explanation = await world.explain(suspect)
        }
        let isSetup = stop.label?.phase == .setup
        return Failure(
            verdict: isSetup ? .broken : stop.verdict, step: stop.label, stepName: stop.step?.name,
            sourceLine: stop.step?.sourceLine ?? "", sentence: stop.sentence, what: stop.what,
            table: stop.look?.judgement.table ?? [], hops: explanation.hops,
            why: stop.why + (stop.look?.observation.causes ?? []) + explanation.why.filter { !stop.why.contains($0) },
            lastChanges: board.lastChanges,
            rerun: rerun(at: stop.label?.location), tables: explanation.tables)
    }

    private func rerun(at location: SourceLocation?) -> String {
        let file = instance.location.file
        // A step of an included flow cannot be named: the line of another file is no line of this one.
        let line = location.flatMap { $0.file == file ? ":\($0.line)" : nil } ?? ""
        let filter = instance.name == instance.id ? "" : " --filter '\(instance.name)'"
        return "mirox-rig run \(file)\(line)\(filter) --seed \(settings.seed) --capture on"
    }

    // MARK: Limits

    /// Runs some work, but waits no longer than a limit, extended by what the machine held us up.
    ///
    /// - Returns: `nil` when time was up; the work is then cancelled and left alone.
    private func limited<Result: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async -> Result
    ) async -> Result? {
        let (stream, continuation) = AsyncStream.makeStream(of: Result?.self)
        let (begin, stalledBefore) = (clock.now, clock.stalled)
        let worker = Task { continuation.yield(await work()) }
        let guardian = Task { [clock] in
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
