import AccessModel
import ControlProtocol

/// Whether somebody may do something; looked at in the transaction that does it.
typealias Check = @Sendable (Authority) throws -> Void

/// What a principal may decide, given the intent as it is.
struct Authority {
    var principal: Principal
    var intent: Intent

    /// The rig may do what any admin may.
    func requireAdmin(of organization: OrganizationID) throws {
        guard intent.organizations[organization] != nil else {
            throw CommandError(.unknownOrganization, "there is no organisation \(organization)")
        }
        guard isAdmin(of: organization) else { throw refusal("no admin of \(organization)") }
    }

    func requireAdmin(ofOwnerOf place: Place) throws {
        guard let owner = intent.owner(of: place) else {
            switch place {
            case .organization(let id): throw CommandError(.unknownOrganization, "there is no organisation \(id)")
            case .portfolio(let id): throw CommandError(.unknownPortfolio, "there is no portfolio \(id)")
            case .plant(let id): throw CommandError(.unknownPlant, "there is no plant \(id)")
            }
        }
        try requireAdmin(of: owner)
    }

    /// An admin of the place's owner, or of a partner with whom it is shared, for the partner's own member.
    func requireGrantor(of place: Place, to person: PersonID) throws {
        let isPartnersOwn = intent.cooperations.values.contains { cooperation in
            cooperation.state != .ended && isAdmin(of: cooperation.partner)
                && intent.organizations[cooperation.partner]?.members[person] != nil
                && cooperation.shares.contains { covers($0, place) }
        }
        if !isPartnersOwn { try requireAdmin(ofOwnerOf: place) }
    }

    func requireAdmin(ofAnyOrganizationOf person: PersonID) throws {
        guard intent.people[person] != nil else {
            throw CommandError(.unknownPerson, "there is no person \(person)")
        }
        let isOurs = intent.organizations.contains { $0.value.members[person] != nil && isAdmin(of: $0.key) }
        guard isOurs || principal == .lab else { throw refusal("no admin of an organisation of \(person)") }
    }

    func requireAdmin(ofOwnerOf agent: AgentID) throws {
        guard let plant = intent.agents[agent]?.plant else {
            throw CommandError(.unknownAgent, "there is no agent \(agent)")
        }
        try requireAdmin(ofOwnerOf: .plant(plant))
    }

    /// The partner accepts; the owner sets the cap; either may pause, resume, end, and say who takes part.
    func require(_ change: CooperationChange, of id: CooperationID) throws {
        guard let cooperation = intent.cooperations[id] else {
            throw CommandError(.unknownCooperation, "there is no cooperation \(id)")
        }
        if cooperation.state == .proposed, change.state == .accepted {
            return try requireAdmin(of: cooperation.partner)
        }
        if change.cap != nil { return try requireAdmin(of: cooperation.owner) }
        guard isAdmin(of: cooperation.owner) || isAdmin(of: cooperation.partner) else {
            throw refusal("no admin of \(cooperation.owner) or \(cooperation.partner)")
        }
    }

    func requireLab() throws {
        guard principal == .lab else { throw refusal("not the rig") }
    }

    func isAdmin(of organization: OrganizationID) -> Bool {
        switch principal {
        case .lab: true
        case .person(let person):
            intent.people[person]?.isActive == true
                && intent.organizations[organization]?.members[person]?.standing == .admin
        case .agent, .gateway: false
        }
    }

    private func covers(_ outer: Place, _ inner: Place) -> Bool {
        if outer == inner { return true }
        guard case .plant(let plant) = inner else { return false }
        return intent.place(outer, covers: plant)
    }

    func refusal(_ why: String) -> ProblemError {
        ProblemError(code: "forbidden", status: 403, detail: "\(principal.name) is \(why)")
    }
}
