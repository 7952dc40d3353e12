import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import ScenarioModel
import Synchronization

/// Where everything that happens in a lab is told: the two streams of a world, and what must be counted on the way.
final class WorldReports: Sendable {
    /// What was seen so far, for whoever waits for something.
    struct Seen: Sendable {
        /// The newest revision applied at the gateway.
        var newestApplied: UInt64 = 0
        /// How often somebody with that key was refused a handshake.
        var refusals: [PublicKey: Int] = [:]
        /// How often each laptop has shaken hands.
        var handshakes: [LaptopID: UInt64] = [:]
    }

    private struct State {
        /// Applied at the gateway, oldest first; taken by the action that caused them.
        var applied: [AppliedRevision] = []
        var seen = Seen()
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0
        /// The gateway's newest decisions, oldest first.
        var decisions: [DecisionRecord] = []
    }

    /// As many decisions as the lab page shows.
    private static let mostDecisions = 200

    private struct Waiter {
        var isSatisfied: @Sendable (Seen) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
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
            note { state in
                state.applied.append(applied)
                state.seen.newestApplied = max(state.seen.newestApplied, revision)
            }
            change("gateway", .applied(applied), "revision \(applied.revision) applied")
        case .decisions(let records):
            state.withLock { state in
                state.decisions += records.suffix(Self.mostDecisions)
                if state.decisions.count > 2 * Self.mostDecisions {
                    state.decisions.removeFirst(state.decisions.count - Self.mostDecisions)
                }
            }
            for record in records {
                if let forwarding = record.forwarding { decisions.yield(.forwarded(forwarding)) }
                if let refusal = record.refusal { decisions.yield(.refused(refusal)) }
            }
        case .refusedInitiation(let key):
            note { $0.seen.refusals[key, default: 0] += 1 }
            change("gateway", .note, "a handshake of a key that is no peer's was refused")
        }
    }

    /// Changes what was seen and wakes those who waited for it.
    private func note(_ change: (inout State) -> Void) {
        let satisfied = state.withLock { state in
            change(&state)
            let satisfied = state.waiters.filter { $0.value.isSatisfied(state.seen) }
            for id in satisfied.keys { state.waiters[id] = nil }
            return satisfied
        }
        for waiter in satisfied.values { waiter.continuation.resume(returning: true) }
    }

    /// Waits until what was seen satisfies the closure.
    ///
    /// - Returns: false when it did not within the limit.
    func wait(atMost limit: Duration, until isSatisfied: @escaping @Sendable (Seen) -> Bool) async -> Bool {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let timer = Task { [self] in
            try await Task.sleep(for: limit)
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if isSatisfied(state.seen) { return true }
                state.waiters[id] = Waiter(isSatisfied: isSatisfied, continuation: continuation)
                return false
            }
            if isThere { continuation.resume(returning: true) }
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

    /// The newest decisions after the given number.
    func recentDecisions(since: UInt64) -> [DecisionRecord] {
        state.withLock { $0.decisions.suffix(Self.mostDecisions).filter { $0.sequence > since } }
    }

    func refusals(of key: PublicKey) -> Int { state.withLock { $0.seen.refusals[key] ?? 0 } }

    func handshakeCompleted(_ laptop: LaptopID) {
        note { $0.seen.handshakes[laptop, default: 0] += 1 }
        change("\(laptop)", .tunnel(laptop, .up), "handshake completed")
    }

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
            revision: revision, packetCount: Int(clamping: packets), record: text, key: key)
    }

    /// Packets of people that were refused because their tables lead nowhere for them.
    fileprivate var refusal: Refusal? {
        guard isFromPerson, let person, Self.tableRefusals.contains(verdict) else { return nil }
        return Refusal(
            person: person, address: destination, revision: revision, verdict: verdict,
            record: "d-\(sequence): \(verdict)")
    }

    private static let tableRefusals: Set<String> = ["noPermission", "plantUnreachable", "noOwner"]
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
