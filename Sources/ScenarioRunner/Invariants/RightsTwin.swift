import AccessModel
import ScenarioModel

/// Who may do what, worked out from the fixture and the scenario's own steps in the plainest way, without the product's code.
struct RightsTwin: Sendable {
    private struct Member: Hashable {
        var person: PersonID
        var organization: OrganizationID
    }

    private struct Agreement {
        var owner: OrganizationID
        var partner: OrganizationID
        var shares: [Place]
        var cap: JobRole
        var members: Set<PersonID>
        var isInForce: Bool
    }

    private struct Grant: Hashable {
        var person: PersonID
        var place: Place
    }

    private var jobRoles: [Member: JobRole] = [:]
    private var deactivated: Set<PersonID> = []
    private var owners: [PortfolioID: OrganizationID] = [:]
    private var homes: [PlantID: PortfolioID] = [:]
    private var agreements: [CooperationID: Agreement] = [:]
    private var grants: Set<Grant> = []
    private var certified: Set<PersonID> = []

    init(_ fixture: Fixture) {
        for organization in fixture.organizations {
            for member in organization.members {
                jobRoles[Member(person: member.person, organization: organization.id)] = member.jobRole
            }
            for portfolio in organization.portfolios {
                owners[portfolio.id] = organization.id
                for plant in portfolio.plants where plant.isListed { homes[plant.id] = portfolio.id }
            }
        }
        for cooperation in fixture.cooperations {
            agreements[cooperation.id] = Agreement(
                owner: cooperation.owner, partner: cooperation.partner, shares: [.plant(cooperation.plant)],
                cap: cooperation.cap, members: Set(cooperation.members), isInForce: cooperation.isAccepted)
        }
        grants = Set(fixture.grants.map { Grant(person: $0.person, place: $0.place) })
    }

    /// - Returns: whether the verb is one that changes anybody's rights.
    @discardableResult
    mutating func apply(_ verb: Action.Verb) -> Bool {
        switch verb {
        case .grant(let grant): grants.formUnion(grant.places.map { Grant(person: grant.person, place: $0) })
        case .withdraw(let grant): grants.subtract(grant.places.map { Grant(person: grant.person, place: $0) })
        case .issue(let issue): certified.insert(issue.laptop.person)
        case .revoke(let revocation): certified.remove(revocation.person)
        // What a page does with the certificate is not told: from then on there may be one.
        case .page(let use) where use.mayChange: certified.insert(use.laptop.person)
        case .role(let change):
            guard let role = change.jobRole else { return true }
            jobRoles[Member(person: change.person, organization: change.organization)] = role
        case .member(let change):
            jobRoles[Member(person: change.person, organization: change.organization)] = change.jobRole
        case .account(let change):
            if change.isActive { deactivated.remove(change.person) } else { deactivated.insert(change.person) }
        case .plant(let change): apply(change)
        case .cooperation(let change): apply(change)
        default: return false
        }
        return true
    }

    private mutating func apply(_ change: Action.PlantChange) {
        switch change.change {
        case .create(let portfolio), .move(let portfolio): homes[change.plant] = portfolio
        case .delete:
            homes[change.plant] = nil
            grants = grants.filter { $0.place != .plant(change.plant) }
        }
    }

    private mutating func apply(_ change: Action.CooperationChange) {
        switch change.change {
        case .propose(let shares, let cap, let members):
            agreements[change.id] = Agreement(
                owner: change.owner, partner: change.partner, shares: shares, cap: cap, members: Set(members),
                isInForce: false)
        case .accept, .resume: agreements[change.id]?.isInForce = true
        case .pause: agreements[change.id]?.isInForce = false
        case .end: agreements[change.id] = nil
        case .cap(let role): agreements[change.id]?.cap = role
        case .members(let people): agreements[change.id]?.members = Set(people)
        }
    }

    /// The plants that a packet of this person may enter.
    func permitted(_ person: PersonID) -> Set<PlantID> {
        guard certified.contains(person), !deactivated.contains(person) else { return [] }
        return Set(homes.keys.filter { isGranted($0, to: person) && isOpened($0, for: person) })
    }

    private func isGranted(_ plant: PlantID, to person: PersonID) -> Bool {
        grants.contains { $0.person == person && covers($0.place, plant) }
    }

    private func covers(_ place: Place, _ plant: PlantID) -> Bool {
        guard let home = homes[plant] else { return false }
        return switch place {
        case .plant(let id): id == plant
        case .portfolio(let id): id == home
        case .organization(let id): id == owners[home]
        }
    }

    /// Whether the person's job role opens the plant: as a member of its owner, or by a cooperation in force.
    private func isOpened(_ plant: PlantID, for person: PersonID) -> Bool {
        func opens(in organization: OrganizationID) -> Bool {
            jobRoles[Member(person: person, organization: organization)]?.opensVPN == true
        }
        guard let owner = homes[plant].flatMap({ owners[$0] }) else { return false }
        if opens(in: owner) { return true }
        return agreements.values.contains { agreement in
            agreement.isInForce && agreement.owner == owner && agreement.members.contains(person)
                && agreement.cap.opensVPN && opens(in: agreement.partner)
                && agreement.shares.contains { covers($0, plant) }
        }
    }
}

extension Action.PageUse {
    /// Whether something may have been changed by it: issued, rotated, chosen.
    var mayChange: Bool {
        switch gesture {
        case .click, .press: true
        case .open, .type: false
        }
    }
}
