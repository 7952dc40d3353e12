import AccessModel
import Addressing
import ControlProtocol

/// Turns what people, agents and the gateway say into stored changes and published revisions.
///
/// Every change is one transaction: stored whole, or taken back. Whoever waits for something
/// is woken by the change that brings it.
actor ControlPlaneService {
    private(set) var state: ControlState
    let store: Store
    let settings: Store.Settings
    let surroundings: Surroundings
    let streams = EventStreams()
    /// Tells this process's event ids from those of another.
    let streamEpoch: String
    /// What browser sessions are signed with: the same after a restart.
    let webSecret: String
    private var principals: [String: Principal]
    /// Grows with every change of what the API can show.
    private(set) var change: UInt64 = 0
    private var waiters: [UInt64: Waiter] = [:]
    private var lastWaiter: UInt64 = 0
    /// Agents that came to enrol since the last ones were stored.
    var arrivals: [Arrival] = []
    /// Polls of the gateway that wait right now.
    var pollsInProgress = 0
    /// The gateway said that it cannot use deltas.
    var snapshotWanted = false
    /// Where the gateway last heard each agent, as the store has it.
    var agentEndpoints: [PublicKey: Endpoint]
    /// When each agent's peer was published: an older handshake is not its own.
    var publishedAgents: [AgentID: Timestamp] = [:]
    /// Since when each offline agent has been heard again without a gap.
    var agentReturns: [AgentID: AgentReturn] = [:]
    /// When the present gateway process was first heard.
    var incarnationSince: Timestamp?
    /// The last heartbeat of each agent.
    var heartbeats: [AgentID: (at: Timestamp, version: String)] = [:]
    /// What a test does to messages of the gateway.
    var faults = FaultQueue()
    var keySharing = KeySharingWatch()
    /// When what is too old was last taken away.
    var lastRetention: Timestamp?
    /// Wrong tokens, by where they came from.
    var attempts = AttemptLimit()
    var metrics = Metrics()
    /// Why each address leads where it does, for as long as there is room.
    private(set) var decisionLog = DecisionLog()

    /// Continues from the database, or fills an empty one with the seed.
    init(store: Store, seed: Seed?, surroundings: Surroundings) throws {
        self.store = store
        self.surroundings = surroundings
        var begun: ControlState?
        if try store.settings == nil {
            guard let seed else { throw StoreError.empty(path: store.path) }
            let counters = Counters(everySeconds: seed.settings.syncIntervalSeconds)
            try store.begin(with: seed, counters: counters)
            begun = ControlState(
                intent: seed.intent, counters: counters, histories: [:], agents: [], liveness: [:])
        }
        guard var settings = try store.settings else { throw StoreError.empty(path: store.path) }
        // Where people reach the gateway may be another place each time, whatever the database holds.
        if let seed {
            settings.profileEndpoint = seed.profileEndpoint
            settings.control.mtu = seed.settings.mtu
        }
        self.settings = settings
        principals = try store.principals()
        agentEndpoints = try store.agentPlaces()
        streamEpoch = surroundings.entropy(4).map { String($0, radix: 16) }.joined()
        let known = principals.first { $0.value == .lab }?.key
        webSecret = known ?? surroundings.entropy(32).map { String($0, radix: 16) }.joined()
        state = try begun ?? store.state()
        if state.counters.revision == 0 {
            let now = surroundings.now()
            try state.releaseAll(at: now)
            try store.commit(state.journal, intent: state.intent, at: now)
            decisionLog.record(state.journal, after: state, at: now)
            state.journal = Journal()
        } else {
            decisionLog.begin(with: state, at: surroundings.now())
        }
    }

    /// The wall clock, as far ahead of the machine's as a test has put it.
    var now: Timestamp { surroundings.now().advanced(bySeconds: state.counters.clockAheadSeconds ?? 0) }

    // MARK: Changing

    /// Makes a change, stores it, and wakes whoever waits; nothing has happened when it throws.
    func commit<Result>(_ body: (inout ControlState, Timestamp) throws -> Result) throws -> Result {
        let now = self.now
        do {
            let result = try body(&state, now)
            try store.commit(state.journal, intent: state.intent, at: now)
            decisionLog.record(state.journal, after: state, at: now)
            state.journal = Journal()
            announceChange()
            return result
        } catch {
            // A refused command has changed nothing. Where something was changed before, or could not be stored, what is
            // stored is what holds: the copy of a large state for every change would cost more than the change.
            if state.journal.isBegun { state = try store.state().remembering(recentOf: state) }
            state.journal = Journal()
            throw error
        }
    }

    /// A command of which the gateway hears at the next tick.
    func schedule(_ commands: [Command], by principal: Principal, _ check: Check) throws -> UInt64 {
        try commit { state, now in
            try check(Authority(principal: principal, intent: state.intent))
            for command in commands { try state.apply(command, by: principal.name, at: now) }
            return state.counters.generation
        }
    }

    /// Wakes those whose condition holds now; the others sleep on, however many they are.
    func announceChange() {
        change += 1
        for (id, waiter) in waiters where waiter.condition() {
            waiters[id] = nil
            waiter.continuation.resume(returning: true)
        }
    }

    // MARK: Waiting

    private struct Waiter {
        var condition: () -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    /// Waits until a change makes the condition hold, but not longer than so many seconds.
    ///
    /// - Returns: whether it holds.
    func wait(_ seconds: Double, until condition: @escaping () -> Bool) async -> Bool {
        if condition() { return true }
        guard seconds > 0, !Task.isCancelled else { return false }
        lastWaiter += 1
        let id = lastWaiter
        let timer = Task { [surroundings] in
            try? await surroundings.sleep(seconds)
            self.giveUp(id)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[id] = Waiter(condition: condition, continuation: $0) }
        } onCancel: {
            timer.cancel()
        }
    }

    private func giveUp(_ id: UInt64) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        waiter.continuation.resume(returning: waiter.condition())
    }

    /// Waits for the gateway to have applied everything published so far.
    func acknowledged(within seconds: Double) async -> Bool {
        let revision = state.counters.revision
        return await wait(seconds) { [self] in state.counters.acknowledged >= revision }
    }

    // MARK: Tokens

    func principal(of secret: String) -> Principal? { principals[Store.digest(of: secret)] }

    func remember(_ principal: Principal, secret: String) { principals[Store.digest(of: secret)] = principal }

    /// An unguessable name: 32 random bytes as hex.
    func newSecret() -> String {
        surroundings.entropy(32).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

/// An offline agent that is heard again.
struct AgentReturn {
    var since: Timestamp
    var heard: Timestamp
}

/// Counters for `/metrics`; they begin anew with the process.
struct Metrics {
    var requests: UInt64 = 0
    var problems: UInt64 = 0
    var polls: UInt64 = 0
    var peerReports: UInt64 = 0
    var flowReports: UInt64 = 0
    var heartbeats: UInt64 = 0
    var refusedAttempts: UInt64 = 0
    var messageFaults: UInt64 = 0
}
