package import AccessModel
package import Addressing

/// `GET /api/v1/lab/decisions?person=&address=&at=`: what the control plane had decided about one address for one person.
package struct RouteDecisionReport: Hashable, Sendable, Codable {
    package var person: PersonID
    package var address: IPv4Address
    /// The moment that the answer is about.
    package var at: Timestamp
    /// The newest decision then, released to the gateway or on its way there; `nil` when none is known.
    package var newest: RouteDecisionRecord?
    /// The newest one that the gateway had acknowledged then.
    package var applied: RouteDecisionRecord?
    /// The newest revision then, and when it was published.
    package var published: RevisionMoment?
    /// The newest acknowledged revision then, and when that was.
    package var acknowledged: RevisionMoment?
    /// When the owner changed before that moment, oldest first, at most `mostChanges`.
    package var changes: [RouteDecisionRecord]
    /// Decisions that are too long ago to be known.
    package var forgotten: UInt64

    package static let mostChanges = 20

    package init(
        person: PersonID, address: IPv4Address, at: Timestamp, newest: RouteDecisionRecord?,
        applied: RouteDecisionRecord?, published: RevisionMoment?, acknowledged: RevisionMoment?,
        changes: [RouteDecisionRecord], forgotten: UInt64
    ) {
        self.person = person
        self.address = address
        self.at = at
        self.newest = newest
        self.applied = applied
        self.published = published
        self.acknowledged = acknowledged
        self.changes = changes
        self.forgotten = forgotten
    }
}

/// One decision of the control plane, with the revision that carried it.
package struct RouteDecisionRecord: Hashable, Sendable, Codable {
    package var at: Timestamp
    package var revision: UInt64
    package var generation: UInt64
    /// `nil` when the person had no certificate, or was deactivated.
    package var decision: RouteDecision?
    /// When the person chose, where a choice decided and its time is known.
    package var picked: Timestamp?

    package init(
        at: Timestamp, revision: UInt64, generation: UInt64, decision: RouteDecision?, picked: Timestamp? = nil
    ) {
        self.at = at
        self.revision = revision
        self.generation = generation
        self.decision = decision
        self.picked = picked
    }
}

/// A revision and when something happened to it.
package struct RevisionMoment: Hashable, Sendable, Codable {
    package var revision: UInt64
    package var at: Timestamp

    package init(revision: UInt64, at: Timestamp) {
        self.revision = revision
        self.at = at
    }
}
