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
        let index = index ?? AccessIndex(of: self)
        var held: [RouteID: Timestamp] = [:]
        for claim in previous { held[RouteID(plant: claim.plant, subnet: claim.subnet)] = claim.since }
        var claims: [Claim] = []
        for (id, since) in plantsOpen(to: person, by: index).sorted(by: { $0.key < $1.key }) {
            guard let plant = plants[id], let owner = owner(of: id) else { continue }
            for subnet in plant.subnets {
                let today = max(since, subnet.since)
                let before = held[RouteID(plant: id, subnet: subnet.prefix)] ?? today
                claims.append(
                    Claim(
                        plant: id, subnet: subnet.prefix, portfolio: plant.portfolio, organization: owner,
                        since: min(today, before)))
            }
        }
        return claims
    }

    /// Those in whose plants the person has something to reach.
    package func organizations(openTo person: PersonID, by index: AccessIndex) -> Set<OrganizationID> {
        Set(plantsOpen(to: person, by: index).keys.filter { plants[$0]?.subnets.isEmpty == false }.compactMap(owner))
    }

    /// The plants that the person may reach, each with the moment of its oldest path.
    private func plantsOpen(to person: PersonID, by index: AccessIndex) -> [PlantID: Timestamp] {
        guard people[person]?.isActive == true, let grants = grants[person] else { return [:] }
        let cooperations = index.cooperations(of: person, in: self).filter { opens($0, to: person) }
        var open: [PlantID: Timestamp] = [:]
        for grant in grants {
            for plant in index.plants(in: grant.place, of: self) {
                guard let path = oldestPath(of: person, to: plant, among: cooperations) else { continue }
                let since = max(path, grant.since)
                open[plant] = min(open[plant] ?? since, since)
            }
        }
        return open
    }

    /// Since when a membership, direct or by cooperation, has opened the plant to the person, grants aside.
    private func oldestPath(
        of person: PersonID, to plant: PlantID, among cooperations: [Cooperation]
    ) -> Timestamp? {
        guard let owner = owner(of: plant) else { return nil }
        var oldest: Timestamp?
        if let member = organizations[owner]?.members[person], member.jobRole.opensVPN { oldest = member.since }
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
