package import AccessModel

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

    package init(revisions: [Revision], leaseSeconds: Double?) {
        self.revisions = revisions
        self.leaseSeconds = leaseSeconds
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
