import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import ScenarioModel
import Synchronization

/// Where everything that happens in a lab is told: the two streams of a world, and what must be counted on the way.
final class WorldReports: Sendable {
    private struct State {
        /// Applied at the gateway, oldest first; taken by the action that caused them.
        var applied: [AppliedRevision] = []
        var newestApplied: UInt64 = 0
        var waiting: [(revision: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
        /// How often somebody with that key was refused a handshake.
        var refusals: [PublicKey: Int] = [:]
    }

    private let changes: AsyncStream<WorldChange>.Continuation
    private let decisions: AsyncStream<Decision>.Continuation
    private let state = Mutex(State())

    init(changes: AsyncStream<WorldChange>.Continuation, decisions: AsyncStream<Decision>.Continuation) {
        self.changes = changes
        self.decisions = decisions
    }

    func change(_ node: String, _ kind: WorldChange.Kind, _ text: String) {
        changes.yield(WorldChange(node: node, kind: kind, text: text))
    }

    func take(_ event: GatewayConversation.Event) {
        switch event {
        case .ready:
            change("gateway", .process, "the gateway is ready")
        case .applied(let revision, let generation, let scope):
            let applied = AppliedRevision(revision: revision, generation: generation, scope: .init(scope))
            noteApplied(applied)
            change("gateway", .applied(applied), "revision \(applied.revision) applied")
        case .decisions(let records):
            for forwarding in records.compactMap(\.forwarding) { decisions.yield(.forwarded(forwarding)) }
        case .refusedInitiation(let key):
            state.withLock { $0.refusals[key, default: 0] += 1 }
            change("gateway", .note, "a handshake of a key that is no peer's was refused")
        }
    }

    private func noteApplied(_ applied: AppliedRevision) {
        let reached = state.withLock { state in
            state.applied.append(applied)
            state.newestApplied = max(state.newestApplied, applied.revision)
            let reached = state.waiting.filter { $0.revision <= state.newestApplied }
            state.waiting.removeAll { $0.revision <= state.newestApplied }
            return reached
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    /// Returns when the gateway's own word of that revision has come, as it does before its acknowledgement.
    func waitUntilApplied(_ revision: UInt64) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.newestApplied >= revision { return true }
                state.waiting.append((revision, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// What was applied since the last call, for the action that caused it.
    func forgetApplied() { state.withLock { $0.applied = [] } }

    func takeApplied() -> [AppliedRevision] {
        state.withLock { state in
            defer { state.applied = [] }
            return state.applied
        }
    }

    func refusals(of key: PublicKey) -> Int { state.withLock { $0.refusals[key] ?? 0 } }

    func mark(_ number: UInt64) { decisions.yield(.mark(number)) }

    func finish() {
        changes.finish()
        decisions.finish()
    }
}

extension DecisionRecord {
    /// What the scenario's invariants look at: packets of people that were let into a plant.
    fileprivate var forwarding: Forwarding? {
        guard isForwarded, isFromPerson, let person, let plant else { return nil }
        return Forwarding(
            person: person, plant: plant, device: destination, transport: transport, port: destinationPort,
            revision: revision, record: "d-\(sequence): \(verdict)")
    }
}

extension AppliedRevision.Scope {
    fileprivate init(_ scope: Revision.Scope) {
        switch scope {
        case .everyone: self = .everyone
        case .person(let person): self = .person(person)
        case .plant(let plant): self = .plant(plant)
        }
    }
}
