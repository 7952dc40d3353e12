import AccessModel
import ControlProtocol

extension ControlPlaneService {
    var status: SyncStatus {
        let counters = state.counters
        return SyncStatus(
            generation: counters.generation, released: counters.releasedGeneration, revision: counters.revision,
            acknowledged: counters.acknowledged, ticks: counters.ticks, everySeconds: counters.everySeconds,
            pendingPeople: state.intent.people.keys.filter { state.isPending($0) }.sorted(),
            gatewayConnected: pollsInProgress > 0)
    }

    /// Releases everything that waits.
    func tick() throws {
        try commit { state, now in try state.releaseAll(at: now) }
    }

    /// One tick, answered when the gateway has it.
    func syncNow() async throws -> SyncStatus {
        try tick()
        guard await acknowledged(within: settings.control.syncWaitSeconds) else {
            try store.record(
                [AuditDraft(action: .syncFailed, by: "control-plane", detail: ["reason": "gateway-unreachable"])],
                at: now)
            throw ProblemError(
                code: "gateway-unreachable", status: 504,
                detail: "revision \(state.counters.revision) is published; the gateway has not acknowledged it")
        }
        return status
    }

    /// Ticks every so many seconds from now on; `nil` pauses.
    func setInterval(_ seconds: Double?) throws -> SyncStatus {
        try commit { state, _ in
            state.counters.everySeconds = seconds
            state.journal.counters = state.counters
        }
        return status
    }

    /// Ticks for as long as the task lives; a restart is not a sync, so the first one comes a whole interval later.
    func runTicks() async {
        while !Task.isCancelled {
            let every = state.counters.everySeconds
            let hasChanged = await wait(every ?? 3600) { [self] in state.counters.everySeconds != every }
            guard !hasChanged, !Task.isCancelled, every != nil else { continue }
            do {
                try tick()
                try retain()
            } catch {
                let detail = ["reason": "\(error)"]
                try? store.record(
                    [AuditDraft(action: .syncFailed, by: "control-plane", detail: detail)], at: now)
            }
        }
    }

    /// How often what is too old is looked for.
    private static let retentionSeconds = 3600.0

    private func retain() throws {
        let now = self.now
        if let lastRetention, now.seconds(since: lastRetention) < Self.retentionSeconds { return }
        lastRetention = now
        try store.applyRetention(at: now)
    }

    // MARK: The gateway's side

    /// What the gateway has yet to apply; waits for it when there is nothing.
    func revisions(since: UInt64, wait seconds: Double) async throws -> RevisionBatch {
        metrics.polls += 1
        pollsInProgress += 1
        defer { pollsInProgress -= 1 }
        // An empty answer renews the lease, so it comes well before the lease is over.
        let longest = settings.control.leaseSeconds.map { $0 / 3 } ?? seconds
        _ = await wait(min(seconds, longest)) { [self] in
            snapshotWanted || since == 0 || since != state.counters.revision
        }
        let revisions = snapshotWanted ? [state.snapshot] : state.revisions(since: since)
        snapshotWanted = false
        return try await befallen(
            RevisionBatch(
                revisions: revisions, leaseSeconds: settings.control.leaseSeconds,
                agentPlaces: since == 0 ? try presentAgentPlaces() : nil))
    }

    /// Where the present agents were last, for a gateway that starts; of agents that are gone nothing is kept.
    private func presentAgentPlaces() throws -> [AgentPlace] {
        let keys = Set(state.view.agents.map(\.publicKey))
        let gone = agentEndpoints.keys.filter { !keys.contains($0) }
        try store.forgetPlaces(of: gone)
        for key in gone { agentEndpoints[key] = nil }
        return agentEndpoints.sorted { $0.key < $1.key }.map { AgentPlace(publicKey: $0.key, endpoint: $0.value) }
    }

    func acknowledge(_ acknowledgement: Acknowledgement) throws {
        guard acknowledgement.outcome == .applied else {
            snapshotWanted = true
            return announceChange()
        }
        let isKnown = try commit { state, _ in
            state.acknowledge(acknowledgement.revision, hash: acknowledgement.hash)
        }
        if !isKnown { snapshotWanted = true }
    }

    func waitForChange(since: UInt64, seconds: Double) async -> ChangeCount {
        _ = await wait(seconds) { [self] in change != since }
        return ChangeCount(change: change, agentsOnline: state.liveness.values.count { $0 == .online })
    }
}
