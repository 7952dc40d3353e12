import AccessModel
import Addressing
import ControlProtocol
import ScenarioModel

/// What admins decide, each by the call that their own page would make.
extension LiveWorld {
    func change(_ role: Action.RoleChange, bearer: String) async throws {
        try await api.send(
            .put, membership(of: role.person, in: role.organization), bearer: bearer,
            body: MemberRequest(standing: role.standing, jobRole: role.jobRole))
    }

    func change(_ membership: Action.Membership, bearer: String) async throws {
        let path = self.membership(of: membership.person, in: membership.organization)
        guard let jobRole = membership.jobRole else {
            try await api.send(.delete, path, bearer: bearer)
            return
        }
        try await api.send(.put, path, bearer: bearer, body: MemberRequest(jobRole: jobRole))
    }

    private func membership(of person: PersonID, in organization: OrganizationID) -> String {
        "/api/v1/organizations/\(organization.text.pathComponent)/members/\(person.text.pathComponent)"
    }

    func change(_ account: Action.AccountChange, bearer: String) async throws {
        let verb = account.isActive ? "reactivate" : "deactivate"
        try await api.send(.post, "/api/v1/people/\(account.person.text.pathComponent)/\(verb)", bearer: bearer)
    }

    func change(_ cooperation: Action.CooperationChange, bearer: String) async throws {
        let change: CooperationChange
        switch cooperation.change {
        case .propose(let shares, let cap, let members):
            let request = CooperationRequest(
                id: cooperation.id, owner: cooperation.owner, partner: cooperation.partner, shares: shares, cap: cap,
                members: members)
            try await api.send(.post, "/api/v1/cooperations", bearer: bearer, body: request)
            return
        case .accept, .resume: change = .init(state: .accepted)
        case .pause: change = .init(state: .paused)
        case .end: change = .init(state: .ended)
        case .cap(let role): change = .init(cap: role)
        case .members(let people): change = .init(members: people)
        }
        try await api.send(
            .patch, "/api/v1/cooperations/\(cooperation.id.text.pathComponent)", bearer: bearer, body: change)
    }

    func change(_ plant: Action.PlantChange, bearer: String) async throws {
        let id = plant.plant
        switch plant.change {
        case .create(let portfolio):
            let site = fixture.plant(id)
            let request = PlantRequest(
                id: id, place: site?.place, subnets: site?.subnets.filter(\.isListed).map(\.prefix) ?? [])
            try await api.send(
                .post, "/api/v1/portfolios/\(portfolio.text.pathComponent)/plants", bearer: bearer, body: request)
        case .move(let portfolio):
            try await api.send(
                .patch, "/api/v1/plants/\(id.text.pathComponent)", bearer: bearer,
                body: ControlProtocol.PlantChange(portfolio: portfolio)
            )
        case .delete:
            try await api.send(.delete, "/api/v1/plants/\(id.text.pathComponent)", bearer: bearer)
        }
    }

    func change(_ subnet: Action.SubnetChange, bearer: String) async throws {
        let path = "/api/v1/plants/\(subnet.plant.text.pathComponent)/subnets"
        switch subnet.change {
        case .add(let prefix):
            try await api.send(.post, path, bearer: bearer, body: SubnetRequest(prefix: prefix.description))
        case .remove(let prefix):
            try await api.send(.delete, "\(path)/\(prefix.pathComponent)", bearer: bearer)
        case .edit(let before, let after):
            try await api.send(
                .put, "\(path)/\(before.pathComponent)", bearer: bearer, body: SubnetRequest(prefix: after.description))
        }
    }
}

extension Prefix {
    /// In a path a prefix has a dash for its slash.
    fileprivate var pathComponent: String { "\(address)-\(length)" }
}
