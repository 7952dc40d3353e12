import AccessModel
import Addressing
import Foundation
import ScenarioModel
import Synchronization

@testable import ScenarioRunner

/// A world that does what a test says.
final class FakeWorld: World {
    typealias Seeing = @Sendable (_ condition: Condition, _ look: Int, _ world: FakeWorld) async -> Observation
    typealias Doing =
        @Sendable (_ action: Action, _ world: FakeWorld) async throws(WorldProblem) -> ActionOutcome

    let changes: AsyncStream<WorldChange>
    let decisions: AsyncStream<Decision>
    private let changeSink: AsyncStream<WorldChange>.Continuation
    private let decisionSink: AsyncStream<Decision>.Continuation
    private let seeing: Seeing
    private let doing: Doing
    private let state = Mutex(State())

    struct State {
        var looks: [String: Int] = [:]
        var audited: [AuditedFlow] = []
        var volumes: [Volume] = []
        var strayKeys: [String] = []
        var packets: [PacketSighting] = []
        var startProblem: WorldProblem?
        var explanation = Explanation()
        /// Asked about what broke an invariant.
        var suspects: [Suspect] = []
        var answersMarks = true
        var stepNumbers: [Int] = []
        var isFinished = false
        var actions: [Action] = []
    }

    init(
        see: @escaping Seeing = { _, _, _ in Observation(.unfinished("nothing is scripted")) },
        do act: @escaping Doing = { _, _ in ActionOutcome() }
    ) {
        (changes, changeSink) = AsyncStream.makeStream()
        (decisions, decisionSink) = AsyncStream.makeStream()
        seeing = see
        doing = act
    }

    func set(_ change: (inout sending State) -> Void) { state.withLock { change(&$0) } }

    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Returns once any one condition was looked at so often.
    func waitForLooks(_ count: Int) async {
        while !state.withLock({ $0.looks.values.contains { $0 >= count } }), !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    var stepNumbers: [Int] { state.withLock { $0.stepNumbers } }

    func tell(_ kind: WorldChange.Kind, _ text: String = "something changed") {
        changeSink.yield(WorldChange(node: "gateway", kind: kind, text: text))
    }

    func forward(
        _ plant: PlantID, revision: UInt64, person: PersonID = "anna", port: UInt16 = 22, record: String? = nil,
        key: PublicKey? = nil
    ) {
        decisionSink.yield(
            .forwarded(
                Forwarding(
                    person: person, plant: plant, device: IPv4Address(192, 168, 1, 40), transport: 6, port: port,
                    revision: revision, record: record, key: key)))
    }

    func start() async throws(WorldProblem) {
        if let problem = state.withLock({ $0.startProblem }) { throw problem }
    }

    func begin(_ step: StepContext) async { state.withLock { $0.stepNumbers.append(step.number) } }

    func perform(_ action: Action) async throws(WorldProblem) -> ActionOutcome {
        state.withLock { $0.actions.append(action) }
        return try await doing(action, self)
    }

    func observe(_ condition: Condition, _ probe: Probe) async -> Observation {
        let look = state.withLock { state in
            state.looks[condition.sentence, default: 0] += 1
            return state.looks[condition.sentence, default: 0]
        }
        return await seeing(condition, look, self)
    }

    func explain(_ condition: Condition, _ observation: Observation) async -> Explanation {
        state.withLock { $0.explanation }
    }

    func explain(_ suspect: Suspect) async -> Explanation {
        state.withLock { state in
            state.suspects.append(suspect)
            return state.explanation
        }
    }

    var suspects: [Suspect] { state.withLock { $0.suspects } }

    func packets(atMost limit: Int) async -> [PacketSighting] { state.withLock { Array($0.packets.suffix(limit)) } }

    func mark(_ number: UInt64) async throws(WorldProblem) {
        if state.withLock({ $0.answersMarks }) { decisionSink.yield(.mark(number)) }
    }

    func auditedFlows() async throws(WorldProblem) -> [AuditedFlow] { state.withLock { $0.audited } }

    func volumes() async throws(WorldProblem) -> [Volume] { state.withLock { $0.volumes } }

    func strayKeys() async throws(WorldProblem) -> [String] { state.withLock { $0.strayKeys } }

    func refuse(_ verdict: String, revision: UInt64) {
        decisionSink.yield(
            .refused(
                Refusal(
                    person: "anna", address: IPv4Address(192, 168, 1, 40), revision: revision, verdict: verdict)))
    }

    func finish() async {
        state.withLock { $0.isFinished = true }
        changeSink.finish()
        decisionSink.finish()
    }
}

/// What came of a run.
struct Ran {
    var verdict: Verdict
    var events: [RunEvent]

    var failure: Failure? {
        for case .failed(let failure) in events.map(\.kind) { return failure }
        return nil
    }

    func lookCount(of step: Int) -> Int? {
        for case .stepFinished(let end) in events.map(\.kind)
        where end.step.phase == .step && end.step.path == [step] {
            return end.lookCount
        }
        return nil
    }
}

/// An instance whose setup issues and connects, made from the text of its steps.
func instance(
    _ steps: String, invariants: String = "[]", timeout: String = "20s", setup: String = ""
) throws -> Instance {
    let text = """
        format: 1
        scenario: For a test
        id: test
        fixture: Fixtures/sites/one-plant.yaml
        invariants: \(invariants)
        timeout: \(timeout)
        setup:
          - issue: { for: anna, laptop: laptop }
        \(setup)
        steps:
        \(steps)
        """
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    let loader = Loader { path in
        path == "test.scenario.yaml" ? text : try? String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    }
    do {
        return try loader.plan("test.scenario.yaml").instances[0]
    } catch {
        throw TextError(text: error.rendered)
    }
}

struct TextError: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}

func run(
    _ instance: Instance, in world: FakeWorld, clock: any RunClock = SystemRunClock(), timeFactor: Double = 1
) async -> Ran {
    let events = Mutex<[RunEvent]>([])
    let run = ScenarioRun(
        instance, in: world, settings: RunSettings(label: instance.name, seed: "7f3a", timeFactor: timeFactor),
        clock: clock
    ) {
        event in events.withLock { $0.append(event) }
    }
    let verdict = await run.run()
    return Ran(verdict: verdict, events: events.withLock { $0 })
}

/// A clock that stands still: only news gets a run on.
final class FrozenClock: RunClock {
    let now: Duration = .zero
    let stalled: Duration = .zero

    func sleep(until moment: Duration) async throws {
        // The gap between two looks is no wait for anything.
        guard moment > .milliseconds(10) else { return }
        // Ends when the sleeper is cancelled, and never before.
        let (never, sink) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        sink.finish()
        try Task.checkCancellation()
    }
}

/// The machine's clock on a machine that a test makes stand still.
final class StallingClock: RunClock {
    private let clock = SystemRunClock()
    private let total = Mutex(Duration.zero)

    var now: Duration { clock.now }

    var stalled: Duration { total.withLock { $0 } }

    func stall(_ duration: Duration) { total.withLock { $0 = duration } }

    func sleep(until moment: Duration) async throws { try await clock.sleep(until: moment) }
}

/// Lets nobody on before so many have come.
actor Gate {
    private var count = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func arriveAndWait(for number: Int) async {
        count += 1
        guard count < number else {
            waiting.forEach { $0.resume() }
            waiting = []
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }
}

extension Observation {
    static func tunnel(_ state: Condition.TunnelState) -> Observation { Observation(.tunnel(state)) }

    static func reach(
        _ outcome: Condition.Outcome, by plant: PlantID? = nil,
        control: PositiveControl? = PositiveControl(source: .alive, target: .alive)
    ) -> Observation {
        let device = plant.map { DeviceReference(plant: $0, device: "service-pc") }
        return Observation(.reach(Attempt(outcome: outcome, answeredBy: device)), control: control)
    }
}
