import AccessModel
import ControlProtocol

extension Authority {
    /// Whether the organisation, its portfolios and its plants are for this principal to see.
    func sees(_ organization: OrganizationID) -> Bool {
        switch principal {
        case .lab: true
        case .person(let person):
            intent.people[person]?.isActive == true && intent.organizations[organization]?.members[person] != nil
        case .agent, .gateway: false
        }
    }

    /// Whoever administers a side of the cooperation, or takes part in it.
    func sees(_ cooperation: Cooperation) -> Bool {
        if isAdmin(of: cooperation.owner) || isAdmin(of: cooperation.partner) { return true }
        guard case .person(let person) = principal else { return false }
        return cooperation.members.contains(person)
    }

    /// Its owner's members, and whoever sees a cooperation that shares it and has not ended.
    func sees(_ plant: PlantID) -> Bool {
        guard let owner = intent.owner(of: plant) else { return false }
        if sees(owner) { return true }
        return intent.cooperations.values.contains { cooperation in
            cooperation.owner == owner && cooperation.state != .ended && sees(cooperation)
                && cooperation.shares.contains { intent.place($0, covers: plant) }
        }
    }

    /// Oneself, and the members of an organisation that one administers.
    func sees(_ person: PersonID) -> Bool {
        if principal == .lab || principal == .person(person) { return true }
        return intent.organizations.contains { $0.value.members[person] != nil && isAdmin(of: $0.key) }
    }

    func seesGrant(at place: Place, of person: PersonID) -> Bool {
        if principal == .person(person) { return true }
        return (try? requireGrantor(of: place, to: person)) != nil
    }

    func requireSight(of organization: OrganizationID) throws {
        guard intent.organizations[organization] != nil else {
            throw CommandError(.unknownOrganization, "there is no organisation \(organization)")
        }
        guard sees(organization) else { throw refusal("no member of \(organization)") }
    }

    func requireSight(of portfolio: PortfolioID) throws {
        guard let owner = intent.portfolios[portfolio]?.organization else {
            throw CommandError(.unknownPortfolio, "there is no portfolio \(portfolio)")
        }
        guard sees(owner) else { throw refusal("no member of \(owner)") }
    }

    func requireSight(of plant: PlantID) throws -> Plant {
        guard let found = intent.plants[plant] else {
            throw CommandError(.unknownPlant, "there is no plant \(plant)")
        }
        guard sees(plant) else { throw refusal("nobody to whom \(plant) is shown") }
        return found
    }
}
