/// An owner organisation shares plants with named members of a partner organisation.
package struct Cooperation: Hashable, Sendable, Codable {
    package var owner: OrganizationID
    package var partner: OrganizationID
    /// Plants and portfolios of the owner, never a whole organisation and never what the owner itself received.
    package var shares: SortedSet<Place>
    /// The most that a partner's job role counts for here.
    package var cap: JobRole
    /// Members of the partner who take part; nobody else of the partner does.
    package var members: SortedSet<PersonID>
    package var state: State
    /// Since when the state, the cap, and so the access of its members, have been what they are.
    package var since: Timestamp

    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case proposed, accepted, paused, ended
    }

    package init(
        owner: OrganizationID, partner: OrganizationID, shares: SortedSet<Place>, cap: JobRole = .operator,
        members: SortedSet<PersonID> = [], state: State = .proposed, since: Timestamp = .beginning
    ) {
        self.owner = owner
        self.partner = partner
        self.shares = shares
        self.cap = cap
        self.members = members
        self.state = state
        self.since = since
    }
}
