package import Addressing

/// A row of *Reachable subnets*: one subnet of one plant, and what became of it for this person.
package struct RouteRow: Hashable, Sendable, Codable, Identifiable {
    package var id: RouteID
    package var organization: OrganizationID
    package var portfolio: PortfolioID
    package var plant: PlantID
    package var subnet: Prefix
    package var status: RouteStatus
    package var reason: RouteReason?
    /// Present when another plant that the person can reach overlaps the subnet; winners have it too.
    package var conflict: RouteConflict?
    /// A change that the gateway has not acknowledged yet.
    package var pending: PendingChange?

    package init(
        claim: Claim, status: RouteStatus, reason: RouteReason? = nil, conflict: RouteConflict? = nil,
        pending: PendingChange? = nil
    ) {
        id = RouteID(plant: claim.plant, subnet: claim.subnet)
        organization = claim.organization
        portfolio = claim.portfolio
        plant = claim.plant
        subnet = claim.subnet
        self.status = status
        self.reason = reason
        self.conflict = conflict
        self.pending = pending
    }

    /// The order of the page and of the API: contested ranges first, one block each, then organisation, portfolio, plant.
    package static func precedes(_ left: Self, _ right: Self) -> Bool {
        if (left.conflict == nil) != (right.conflict == nil) { return left.conflict != nil }
        if left.conflict != nil, left.subnet != right.subnet { return left.subnet < right.subnet }
        return (left.organization, left.portfolio, left.plant, left.subnet)
            < (right.organization, right.portfolio, right.plant, right.subnet)
    }
}

package enum RouteStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Routed and reachable right now.
    case active
    /// Another plant has some or all of the range.
    case conflict
    /// No live agent, or not applied yet.
    case unreachable
}

package enum RouteReason: String, Hashable, Sendable, Codable, CaseIterable {
    case noAgent = "no_agent"
    case agentOffline = "agent_offline"
    /// The row is new and waits for the gateway; `pending` says so too.
    case notApplied = "not_applied"
}

package enum PendingChange: String, Hashable, Sendable, Codable, CaseIterable {
    case add, remove
}

/// What a contested row has to do with its rivals.
package struct RouteConflict: Hashable, Sendable, Codable {
    /// The contested range, as text: rows of one range make one block of the page.
    package var group: Prefix
    package var role: Role
    /// Overlapping subnets of other plants, ascending by subnet and plant; the first `mostRivals` of them.
    package var rivals: [RouteID]
    /// How many there are, listed or not.
    package var rivalCount: Int
    /// The parts of the subnet that lead elsewhere: all of it or less.
    package var shadowed: [Prefix]

    package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case winner, loser
    }

    /// A thousand plants on one range would name each other a million times.
    package static let mostRivals = 20

    package init(group: Prefix, role: Role, rivals: [RouteID], rivalCount: Int, shadowed: [Prefix]) {
        self.group = group
        self.role = role
        self.rivals = rivals
        self.rivalCount = rivalCount
        self.shadowed = shadowed
    }
}
