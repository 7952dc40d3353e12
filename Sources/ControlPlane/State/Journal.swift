import AccessModel
import ControlProtocol

/// What one change wrote: stored in one transaction, or the change did not happen.
struct Journal {
    var commands: [LoggedCommand] = []
    var releases: [(person: PersonID, release: PersonRelease)] = []
    /// What the releases were derived from; not stored, for the decision log.
    var derivations: [PersonID: RouteDerivation] = [:]
    var agents: [AgentEntry] = []
    var removedAgents: [AgentID] = []
    /// `nil` forgets it.
    var liveness: [(agent: AgentID, liveness: AgentLiveness?)] = []
    var audit: [AuditDraft] = []
    /// Their session rows end: the key changed.
    var rotated: [PersonID] = []
    /// Their session rows go.
    var revoked: [PersonID] = []
    /// One-time tokens that let an agent enrol; an agent has one at most.
    var enrolments: [(secret: String, agent: AgentID)] = []
    /// Bearer tokens, each for the enrolment token that it was changed for.
    var exchanges: [(enrolment: String, bearer: String, agent: AgentID)] = []
    /// Answers kept for a repeated request.
    var deliveries: [(name: String, person: PersonID, delivery: Delivery)] = []
    var counters: Counters?

    /// Whether anything of the state may have changed.
    var isBegun: Bool {
        counters != nil || !commands.isEmpty || !releases.isEmpty || !liveness.isEmpty || !audit.isEmpty
            || !rotated.isEmpty || !revoked.isEmpty || !enrolments.isEmpty || !exchanges.isEmpty
            || !deliveries.isEmpty
    }
}

/// An answer to issue or rotate, kept for a repeated request.
struct Delivery {
    var publicKey: String
    var status: Int
    var body: String
}

/// A command as it stands in the log.
struct LoggedCommand {
    var sequence: UInt64
    var at: Timestamp
    var by: String
    var command: Command
}

/// The numbers that a restart continues from.
struct Counters: Hashable, Codable {
    /// Commands in the log.
    var sequence: UInt64 = 0
    var generation: UInt64 = 0
    /// The generation of the last tick.
    var releasedGeneration: UInt64 = 0
    var revision: UInt64 = 0
    var acknowledged: UInt64 = 0
    var ticks: UInt64 = 0
    /// Of the whole released view after `revision`.
    var hash = ""
    var everySeconds: Double?
    /// How far a test has put the clock ahead.
    var clockAheadSeconds: Double?
    var incarnation: String?
}

/// An audit entry before it has its place in the chain.
struct AuditDraft: Hashable {
    var action: AuditAction
    var by: String
    var person: PersonID?
    var plant: PlantID?
    var detail: [String: String] = [:]
    /// The organisations that may read it.
    var organizations: Set<OrganizationID> = []
}
