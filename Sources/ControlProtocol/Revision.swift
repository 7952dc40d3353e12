package import AccessModel
package import Addressing

/// A numbered step of the released view, as the control plane publishes it to the gateway.
package struct Revision: Hashable, Sendable, Codable {
    package var number: UInt64
    /// The generation of intent that this revision carries, whole or for some people only.
    package var generation: UInt64
    /// `contentHash` of the whole released view after this revision, 64 hex digits.
    package var hash: String
    package var content: Content
    /// Whose pending changes it carries.
    package var scope: Scope

    package enum Scope: Hashable, Sendable, Codable {
        /// A tick or a snapshot: everything that was pending.
        case everyone
        /// An urgent push of one person's whole entry.
        case person(PersonID)
        /// An agent's event; carries no pending grant.
        case plant(PlantID)
    }

    package enum Content: Hashable, Sendable, Codable {
        case snapshot(ReleasedView)
        case delta(Delta)
    }

    /// What differs from revision `base`; applied whole or not at all.
    package struct Delta: Hashable, Sendable, Codable {
        package var base: UInt64
        package var people: [PersonEntry]
        package var removedPeople: [PersonID]
        package var agents: [AgentEntry]
        package var removedAgents: [AgentID]

        package init(
            base: UInt64, people: [PersonEntry] = [], removedPeople: [PersonID] = [], agents: [AgentEntry] = [],
            removedAgents: [AgentID] = []
        ) {
            self.base = base
            self.people = people
            self.removedPeople = removedPeople
            self.agents = agents
            self.removedAgents = removedAgents
        }
    }

    package init(
        number: UInt64, generation: UInt64, hash: String, content: Content, scope: Scope = .everyone
    ) {
        self.scope = scope
        self.number = number
        self.generation = generation
        self.hash = hash
        self.content = content
    }
}

/// The answer to `GET /api/v1/gateway/revisions?since=N&wait=S`: what to apply, oldest first, and the lease that the answer renews.
package struct RevisionBatch: Hashable, Sendable, Codable {
    package var revisions: [Revision]
    /// Seconds that the grants stay good without a further answer; `nil`: no lease.
    package var leaseSeconds: Double?
    /// Where agents were last, for a gateway that begins with nothing: it looks for them there, see `AgentPlace`.
    package var agentPlaces: [AgentPlace]?

    package init(revisions: [Revision], leaseSeconds: Double?, agentPlaces: [AgentPlace]? = nil) {
        self.revisions = revisions
        self.leaseSeconds = leaseSeconds
        self.agentPlaces = agentPlaces
    }
}

/// Where the gateway last heard an agent, by its own report.
///
/// A hint and no part of a revision: a gateway process that was started again has no sessions, and its agents would find that out by their
/// timers only, after 15 to 25 s. It initiates to them instead.
package struct AgentPlace: Hashable, Sendable, Codable {
    package var publicKey: PublicKey
    package var endpoint: Endpoint

    package init(publicKey: PublicKey, endpoint: Endpoint) {
        self.publicKey = publicKey
        self.endpoint = endpoint
    }
}

/// `POST /api/v1/gateway/acks`: what the gateway did with a revision.
package struct Acknowledgement: Hashable, Sendable, Codable {
    package var revision: UInt64
    /// The hash of what is applied now, 64 hex digits.
    package var hash: String
    package var outcome: Outcome

    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case applied
        /// Unknown base, gap or hash mismatch: a snapshot is wanted.
        case needsSnapshot = "needs-snapshot"
    }

    package init(revision: UInt64, hash: String, outcome: Outcome) {
        self.revision = revision
        self.hash = hash
        self.outcome = outcome
    }
}
