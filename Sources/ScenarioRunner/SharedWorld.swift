package import ScenarioModel
import Synchronization

/// A world that several runs use one after the other or at the same time: each has a view with streams of its own.
package final class SharedWorld: Sendable {
    private struct Listener {
        var changes: AsyncStream<WorldChange>.Continuation
        var decisions: AsyncStream<Decision>.Continuation
    }

    private let base: any World
    private let listeners = Mutex<[UInt64: Listener]>([:])
    private let lastID = Atomic<UInt64>(0)
    private let pumps = Mutex<[Task<Void, Never>]>([])

    package init(_ base: any World) {
        self.base = base
        let pumping = [
            Task { [weak self] in
                for await change in base.changes { self?.tell { $0.changes.yield(change) } }
            },
            Task { [weak self] in
                for await decision in base.decisions { self?.tell { $0.decisions.yield(decision) } }
            },
        ]
        pumps.withLock { $0 = pumping }
    }

    /// - Parameter isOwner: whether it brings the world up and takes it down; else it finds it up and leaves it so.
    package func view(isOwner: Bool) -> any World {
        let id = lastID.add(1, ordering: .relaxed).newValue
        let (changes, changing) = AsyncStream.makeStream(of: WorldChange.self)
        let (decisions, deciding) = AsyncStream.makeStream(of: Decision.self)
        listeners.withLock { $0[id] = Listener(changes: changing, decisions: deciding) }
        return WorldView(
            base: base, isOwner: isOwner, changes: changes, decisions: decisions,
            leave: { [weak self] in self?.leave(id) })
    }

    private func tell(_ news: (Listener) -> Void) {
        for listener in listeners.withLock({ Array($0.values) }) { news(listener) }
    }

    private func leave(_ id: UInt64) {
        let listener = listeners.withLock { $0.removeValue(forKey: id) }
        listener?.changes.finish()
        listener?.decisions.finish()
    }
}

/// One run's part of a shared world.
private struct WorldView: World {
    let base: any World
    let isOwner: Bool
    let changes: AsyncStream<WorldChange>
    let decisions: AsyncStream<Decision>
    let leave: @Sendable () -> Void

    func start() async throws(WorldProblem) {
        if isOwner { try await base.start() }
    }

    func begin(_ step: StepContext) async { await base.begin(step) }

    func perform(_ action: Action) async throws(WorldProblem) -> ActionOutcome { try await base.perform(action) }

    func observe(_ condition: Condition, _ probe: Probe) async -> Observation { await base.observe(condition, probe) }

    func explain(_ condition: Condition, _ observation: Observation) async -> Explanation {
        await base.explain(condition, observation)
    }

    func explain(_ suspect: Suspect) async -> Explanation { await base.explain(suspect) }

    func packets(atMost limit: Int) async -> [PacketSighting] { await base.packets(atMost: limit) }

    func mark(_ number: UInt64) async throws(WorldProblem) { try await base.mark(number) }

    func auditedFlows() async throws(WorldProblem) -> [AuditedFlow] { try await base.auditedFlows() }

    func volumes() async throws(WorldProblem) -> [Volume] { try await base.volumes() }

    func strayKeys() async throws(WorldProblem) -> [String] { try await base.strayKeys() }

    func finish() async {
        if isOwner { await base.finish() }
        leave()
    }
}
