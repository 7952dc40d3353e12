package import AccessModel

/// `POST /api/v1/sync`: exactly one of the three.
package struct SyncRequest: Hashable, Sendable, Codable {
    /// One tick; answers after the gateway's acknowledgement.
    package var now: Bool?
    /// No more ticks.
    package var pause: Bool?
    /// Ticks every so many seconds.
    package var every: Double?

    package init(now: Bool? = nil, pause: Bool? = nil, every: Double? = nil) {
        self.now = now
        self.pause = pause
        self.every = every
    }
}

/// `GET /api/v1/sync/status`, and the answer to `POST /api/v1/sync`.
package struct SyncStatus: Hashable, Sendable, Codable {
    /// Changes of intent so far.
    package var generation: UInt64
    /// The generation that the last full release carried.
    package var released: UInt64
    /// Publications so far.
    package var revision: UInt64
    /// The newest revision that the gateway has applied.
    package var acknowledged: UInt64
    /// Ticks since the beginning of the database; `sync: { next: true }` waits for it to grow.
    package var ticks: UInt64
    /// `nil` while paused.
    package var everySeconds: Double?
    /// People whose entry a tick would change, or whose last publication is not acknowledged.
    package var pendingPeople: [PersonID]
    /// Whether a gateway is waiting for revisions right now.
    package var gatewayConnected: Bool

    package init(
        generation: UInt64, released: UInt64, revision: UInt64, acknowledged: UInt64, ticks: UInt64,
        everySeconds: Double?, pendingPeople: [PersonID], gatewayConnected: Bool
    ) {
        self.generation = generation
        self.released = released
        self.revision = revision
        self.acknowledged = acknowledged
        self.ticks = ticks
        self.everySeconds = everySeconds
        self.pendingPeople = pendingPeople
        self.gatewayConnected = gatewayConnected
    }
}

/// `GET /api/v1/lab/changes?since=N&wait=S`: grows with every change of what the API can show.
package struct ChangeCount: Hashable, Sendable, Codable {
    package var change: UInt64
    /// How many agents are online: before it is enough, nobody need ask which.
    package var agentsOnline: Int

    package init(change: UInt64, agentsOnline: Int) {
        self.change = change
        self.agentsOnline = agentsOnline
    }
}

/// `GET /api/v1/lab/agents`: how each agent stands.
package struct AgentRow: Hashable, Sendable, Codable {
    package var agent: AgentID
    package var plant: PlantID
    package var isProvisioned: Bool
    package var isEnrolled: Bool
    /// As the gateway sees it, and acknowledged what was published about it; `nil` before it first came up.
    package var liveness: AgentLiveness?
    /// When its last heartbeat came in over HTTP, and which version it named; for people to read, it decides nothing.
    package var heartbeat: Timestamp?
    package var version: String?
    /// Whether one came lately enough that none was missed twice.
    package var isReporting: Bool

    package init(
        agent: AgentID, plant: PlantID, isProvisioned: Bool, isEnrolled: Bool, liveness: AgentLiveness?,
        heartbeat: Timestamp? = nil, version: String? = nil, isReporting: Bool = false
    ) {
        self.isReporting = isReporting
        self.heartbeat = heartbeat
        self.version = version
        self.agent = agent
        self.plant = plant
        self.isProvisioned = isProvisioned
        self.isEnrolled = isEnrolled
        self.liveness = liveness
    }
}

/// Every agent, and whether the gateway has acknowledged all that was published.
package struct AgentPage: Hashable, Sendable, Codable {
    package var rows: [AgentRow]
    package var isAcknowledged: Bool

    package init(rows: [AgentRow], isAcknowledged: Bool) {
        self.rows = rows
        self.isAcknowledged = isAcknowledged
    }
}
