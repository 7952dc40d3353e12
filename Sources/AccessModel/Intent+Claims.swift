import Addressing

extension Intent {
    /// Every subnet that the person's permissions open, ascending by plant and subnet.
    ///
    /// A path to a plant is a membership whose job role opens the VPN, of the owner or of a partner whose accepted
    /// cooperation shares the plant with this very person and does not cap the role below it, together with a grant
    /// that covers the plant. A plant reached by several paths counts once.
    ///
    /// - Parameters:
    ///   - previous: what the person had when this was last asked, ascending; what is still there keeps its `since` even
    ///     if all of today's paths are newer.
    ///   - index: of this intent; made anew when there is none at hand.
    package func claims(
        of person: PersonID, after previous: [Claim] = [], by index: AccessIndex? = nil
    ) -> [Claim] {
        var claims: [Claim] = []
        var held = previous[...]
        for open in plantsOpen(to: person, by: index ?? AccessIndex(of: self)) {
            held = held.drop { $0.plant < open.id }
            let before = held.prefix { $0.plant == open.id }
            for subnet in open.plant.subnets {
                let today = max(open.since, subnet.since)
                let earlier = before.first { $0.subnet == subnet.prefix }?.since ?? today
                claims.append(
                    Claim(
                        plant: open.id, subnet: subnet.prefix, portfolio: open.plant.portfolio,
                        organization: open.owner, since: min(today, earlier)))
            }
        }
        return claims
    }

    /// Whether the route is among the person's claims; one route needs no index.
    package func opens(_ route: RouteID, to person: PersonID) -> Bool {
        guard people[person]?.isActive == true, plants[route.plant]?[route.subnet] != nil,
            grants[person]?.contains(where: { place($0.place, covers: route.plant) }) == true,
            let owner = owner(of: route.plant)
        else { return false }
        let cooperations = cooperations.values.filter { opens($0, to: person) }
        let direct = membership(of: person, in: owner)
        return oldestPath(of: person, to: route.plant, owner: owner, direct: direct, among: cooperations) != nil
    }

    /// Those in whose plants the person has something to reach.
    package func organizations(openTo person: PersonID, by index: AccessIndex) -> Set<OrganizationID> {
        Set(plantsOpen(to: person, by: index).filter { !$0.plant.subnets.isEmpty }.map(\.owner))
    }

    private struct OpenPlant {
        var id: PlantID
        var plant: Plant
        var owner: OrganizationID
        /// The moment of the oldest path.
        var since: Timestamp
    }

    /// The plants that the person may reach, ascending.
    private func plantsOpen(to person: PersonID, by index: AccessIndex) -> [OpenPlant] {
        guard people[person]?.isActive == true, let grants = grants[person] else { return [] }
        let cooperations = index.cooperations(of: person, in: self).filter { opens($0, to: person) }
        var memberships = Memberships(of: person)
        var open: [OpenPlant] = []
        for grant in grants {
            index.forEachPlant(in: grant.place) { id in
                guard let plant = plants[id], let membership = memberships.membership(at: plant.portfolio, in: self),
                    let path = oldestPath(
                        of: person, to: id, owner: membership.owner, direct: membership.since, among: cooperations)
                else { return }
                open.append(
                    OpenPlant(id: id, plant: plant, owner: membership.owner, since: max(path, grant.since)))
            }
        }
        return Self.merged(open)
    }

    /// Ascending, each plant once, with the oldest of its paths.
    private static func merged(_ open: [OpenPlant]) -> [OpenPlant] {
        if zip(open, open.dropFirst()).allSatisfy({ $0.id < $1.id }) { return open }
        var merged: [OpenPlant] = []
        for plant in open.sorted(by: { $0.id < $1.id }) {
            if let last = merged.indices.last, merged[last].id == plant.id {
                merged[last].since = min(merged[last].since, plant.since)
            } else {
                merged.append(plant)
            }
        }
        return merged
    }

    /// What one person is to the owners of portfolios; plants of one portfolio mostly come together.
    private struct Memberships {
        let person: PersonID
        private var last: (portfolio: PortfolioID, owner: OrganizationID, since: Timestamp?)?

        init(of person: PersonID) { self.person = person }

        /// The owner, and since when the person's own membership there opens the VPN.
        mutating func membership(
            at portfolio: PortfolioID, in intent: Intent
        ) -> (owner: OrganizationID, since: Timestamp?)? {
            if let last, last.portfolio == portfolio { return (last.owner, last.since) }
            guard let owner = intent.portfolios[portfolio]?.organization else { return nil }
            let since = intent.membership(of: person, in: owner)
            last = (portfolio, owner, since)
            return (owner, since)
        }
    }

    /// Since when the person's membership there opens the VPN.
    private func membership(of person: PersonID, in owner: OrganizationID) -> Timestamp? {
        guard let member = organizations[owner]?.members[person], member.jobRole.opensVPN else { return nil }
        return member.since
    }

    /// Since when a membership, direct or by cooperation, has opened the plant to the person, grants aside.
    private func oldestPath(
        of person: PersonID, to plant: PlantID, owner: OrganizationID, direct: Timestamp?,
        among cooperations: [Cooperation]
    ) -> Timestamp? {
        var oldest = direct
        for cooperation in cooperations
        where cooperation.owner == owner && cooperation.shares.contains(where: { place($0, covers: plant) }) {
            guard let member = organizations[cooperation.partner]?.members[person] else { continue }
            let since = max(member.since, cooperation.since)
            oldest = min(oldest ?? since, since)
        }
        return oldest
    }

    private func opens(_ cooperation: Cooperation, to person: PersonID) -> Bool {
        guard cooperation.state == .accepted, cooperation.members.contains(person),
            let member = organizations[cooperation.partner]?.members[person]
        else { return false }
        return min(member.jobRole, cooperation.cap).opensVPN
    }
}
