import AccessModel
import Addressing
import ControlProtocol
import Hummingbird

/// What admins decide: each call is one transaction, and waits for the next sync.
struct AdminRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        addPeople(to: group)
        addPlants(to: group)
        addSubnets(to: group)
        addGrants(to: group)
        addCooperations(to: group)
        addAgents(to: group)
    }

    private func schedule(
        _ commands: [Command], by context: APIContext, status: HTTPResponse.Status = .ok, _ check: @escaping Check
    ) async throws -> Response {
        let generation = try await service.schedule(commands, by: context.caller(), check)
        return try JSON.response(ChangeAnswer(generation: generation), status: status)
    }

    private func addPeople(to group: RouterGroup<APIContext>) {
        group.post("people") { request, context in
            let body = try await JSON.decode(NameRequest.self, from: request)
            let command = Command.createPerson(PersonID(body.id), name: body.name ?? body.id)
            return try await schedule([command], by: context, status: .created) { try $0.requireLab() }
        }
        group.patch("people/:person") { request, context in
            let person = PersonID(try context.name("person"))
            let body = try await JSON.decode(RenameRequest.self, from: request)
            return try await schedule([.renamePerson(person, body.name)], by: context) {
                try $0.requireAdmin(ofAnyOrganizationOf: person)
            }
        }
        group.delete("people/:person") { _, context in
            let person = PersonID(try context.name("person"))
            let generation = try await service.delete(person, by: context.caller()) { try $0.requireLab() }
            return try JSON.response(ChangeAnswer(generation: generation))
        }
        group.post("people/:person/deactivate") { _, context in
            let person = PersonID(try context.name("person"))
            let generation = try await service.deactivate(person, by: context.caller()) {
                try $0.requireAdmin(ofAnyOrganizationOf: person)
            }
            return try JSON.response(ChangeAnswer(generation: generation))
        }
        group.post("people/:person/reactivate") { _, context in
            let person = PersonID(try context.name("person"))
            return try await schedule([.reactivatePerson(person)], by: context) {
                try $0.requireAdmin(ofAnyOrganizationOf: person)
            }
        }
        group.post("organizations") { request, context in
            let body = try await JSON.decode(NameRequest.self, from: request)
            let command = Command.createOrganization(OrganizationID(body.id), name: body.name ?? body.id)
            return try await schedule([command], by: context, status: .created) { try $0.requireLab() }
        }
        group.patch("organizations/:organization") { request, context in
            let id = OrganizationID(try context.name("organization"))
            let body = try await JSON.decode(RenameRequest.self, from: request)
            return try await schedule([.renameOrganization(id, body.name)], by: context) {
                try $0.requireAdmin(of: id)
            }
        }
        group.delete("organizations/:organization") { _, context in
            let id = OrganizationID(try context.name("organization"))
            return try await schedule([.deleteOrganization(id)], by: context) { try $0.requireLab() }
        }
        group.put("organizations/:organization/members/:person") { request, context in
            let id = OrganizationID(try context.name("organization"))
            let person = PersonID(try context.name("person"))
            let body = try await JSON.decode(MemberRequest.self, from: request)
            let before = await service.state.intent.organizations[id]?.members[person]
            let command = Command.setMember(
                id, person, standing: body.standing ?? before?.standing ?? .member,
                jobRole: body.jobRole ?? before?.jobRole ?? .none)
            return try await schedule([command], by: context) { try $0.requireAdmin(of: id) }
        }
        group.delete("organizations/:organization/members/:person") { _, context in
            let id = OrganizationID(try context.name("organization"))
            let person = PersonID(try context.name("person"))
            return try await schedule([.removeMember(id, person)], by: context) { try $0.requireAdmin(of: id) }
        }
    }

    private func addPlants(to group: RouterGroup<APIContext>) {
        group.post("organizations/:organization/portfolios") { request, context in
            let organization = OrganizationID(try context.name("organization"))
            let body = try await JSON.decode(NameRequest.self, from: request)
            let command = Command.createPortfolio(
                PortfolioID(body.id), name: body.name ?? body.id, organization: organization)
            return try await schedule([command], by: context, status: .created) {
                try $0.requireAdmin(of: organization)
            }
        }
        group.patch("portfolios/:portfolio") { request, context in
            let id = PortfolioID(try context.name("portfolio"))
            let body = try await JSON.decode(RenameRequest.self, from: request)
            return try await schedule([.renamePortfolio(id, body.name)], by: context) {
                try $0.requireAdmin(ofOwnerOf: .portfolio(id))
            }
        }
        group.delete("portfolios/:portfolio") { _, context in
            let id = PortfolioID(try context.name("portfolio"))
            return try await schedule([.deletePortfolio(id)], by: context) {
                try $0.requireAdmin(ofOwnerOf: .portfolio(id))
            }
        }
        group.post("portfolios/:portfolio/plants") { request, context in
            let portfolio = PortfolioID(try context.name("portfolio"))
            let body = try await JSON.decode(PlantRequest.self, from: request)
            let create = Command.createPlant(
                body.id, name: body.name ?? body.id.text, portfolio: portfolio, place: body.place)
            let subnets = (body.subnets ?? []).map { Command.addSubnet(body.id, $0) }
            return try await schedule([create] + subnets, by: context, status: .created) {
                try $0.requireAdmin(ofOwnerOf: .portfolio(portfolio))
            }
        }
        group.patch("plants/:plant") { request, context in
            let id = PlantID(try context.name("plant"))
            let body = try await JSON.decode(PlantChange.self, from: request)
            let before = await service.state.intent.plants[id]
            var commands = body.portfolio.map { [Command.movePlant(id, to: $0)] } ?? []
            if body.name != nil || body.place != nil {
                let name = body.name ?? before?.name ?? id.text
                commands.append(.describePlant(id, name: name, place: body.place ?? before?.place))
            }
            guard !commands.isEmpty else {
                throw ProblemError(code: "invalid-body", status: 422, detail: "nothing is to change")
            }
            return try await schedule(commands, by: context) { try $0.requireAdmin(ofOwnerOf: .plant(id)) }
        }
        group.delete("plants/:plant") { _, context in
            let id = PlantID(try context.name("plant"))
            return try await schedule([.deletePlant(id)], by: context) { try $0.requireAdmin(ofOwnerOf: .plant(id)) }
        }
        group.put("plants/:plant/devices/:address") { request, context in
            let id = PlantID(try context.name("plant"))
            let device = try await JSON.decode(Device.self, from: request)
            guard device.address.description == (try context.name("address")) else {
                throw ProblemError(code: "invalid-body", status: 422, detail: "the address is not that of the path")
            }
            return try await schedule([.setDevice(id, device)], by: context) {
                try $0.requireAdmin(ofOwnerOf: .plant(id))
            }
        }
        group.delete("plants/:plant/devices/:address") { _, context in
            let id = PlantID(try context.name("plant"))
            guard let address = IPv4Address(try context.name("address")) else {
                throw CommandError(.unknownDevice, "the path names no address")
            }
            return try await schedule([.removeDevice(id, address)], by: context) {
                try $0.requireAdmin(ofOwnerOf: .plant(id))
            }
        }
    }

    private func addSubnets(to group: RouterGroup<APIContext>) {
        group.post("plants/:plant/subnets") { request, context in
            let id = PlantID(try context.name("plant"))
            let answer = try Self.normalized(try await JSON.decode(SubnetRequest.self, from: request))
            _ = try await service.schedule([.addSubnet(id, answer.prefix)], by: context.caller()) {
                try $0.requireAdmin(ofOwnerOf: .plant(id))
            }
            return try JSON.response(answer, status: .created)
        }
        group.put("plants/:plant/subnets/:subnet") { request, context in
            let id = PlantID(try context.name("plant"))
            let before = try Self.subnet(context)
            let answer = try Self.normalized(try await JSON.decode(SubnetRequest.self, from: request))
            let command = Command.changeSubnet(id, from: before, to: answer.prefix)
            _ = try await service.schedule([command], by: context.caller()) {
                try $0.requireAdmin(ofOwnerOf: .plant(id))
            }
            return try JSON.response(answer)
        }
        group.delete("plants/:plant/subnets/:subnet") { _, context in
            let id = PlantID(try context.name("plant"))
            return try await schedule([.removeSubnet(id, try Self.subnet(context))], by: context) {
                try $0.requireAdmin(ofOwnerOf: .plant(id))
            }
        }
    }

    /// In a path a prefix has a dash for its slash: `192.168.1.0-24`.
    static func subnet(_ context: APIContext) throws -> Prefix {
        let name = try context.name("subnet")
        guard let prefix = Prefix(name.split(separator: "-").joined(separator: "/")) else {
            throw CommandError(.unknownSubnet, "'\(name)' is no subnet")
        }
        return prefix
    }

    private static func normalized(_ request: SubnetRequest) throws -> SubnetAnswer {
        guard let prefix = Prefix(normalizing: request.prefix) else {
            throw CommandError(.refusedRange, "'\(request.prefix)' is no IPv4 prefix")
        }
        let isAsWritten = prefix.description == request.prefix
        return SubnetAnswer(
            prefix: prefix, warnings: isAsWritten ? [] : ["\(request.prefix) has host bits: \(prefix) is meant"])
    }

    private func addGrants(to group: RouterGroup<APIContext>) {
        group.post("grants") { request, context in
            let body = try await JSON.decode(GrantRequest.self, from: request)
            let command = Command.grant(body.person, body.place, since: body.since)
            _ = try await service.schedule([command], by: context.caller()) {
                try $0.requireGrantor(of: body.place, to: body.person)
            }
            let grants = await service.state.intent.grants[body.person] ?? []
            guard let grant = grants.first(where: { $0.place == body.place }) else {
                throw CommandError(.unknownGrant, "the grant was withdrawn already")
            }
            return try JSON.response(
                GrantView(person: body.person, place: grant.place, since: grant.since), status: .created)
        }
        group.delete("grants/:grant") { _, context in
            let (person, place) = try Self.grant(context)
            return try await schedule([.withdraw(person, place)], by: context) {
                try $0.requireGrantor(of: place, to: person)
            }
        }
    }

    /// In a path a grant is `anna~plant:park-a`.
    static func grant(_ context: APIContext) throws -> (PersonID, Place) {
        let name = try context.name("grant")
        guard let tilde = name.firstIndex(of: "~"), let place = Place(name[name.index(after: tilde)...]) else {
            throw CommandError(.unknownGrant, "'\(name)' is no grant")
        }
        return (PersonID(String(name[..<tilde])), place)
    }

    private func addCooperations(to group: RouterGroup<APIContext>) {
        group.post("cooperations") { request, context in
            let body = try await JSON.decode(CooperationRequest.self, from: request)
            let command = Command.proposeCooperation(
                body.id, owner: body.owner, partner: body.partner, shares: SortedSet(body.shares),
                cap: body.cap ?? .operator, members: SortedSet(body.members ?? []))
            return try await schedule([command], by: context, status: .created) {
                try $0.requireAdmin(of: body.owner)
            }
        }
        group.patch("cooperations/:cooperation") { request, context in
            let id = CooperationID(try context.name("cooperation"))
            let body = try await JSON.decode(CooperationChange.self, from: request)
            let commands =
                [
                    body.state.map { Command.setCooperationState(id, $0) },
                    body.cap.map { Command.setCooperationCap(id, $0) },
                    body.members.map { Command.setCooperationMembers(id, SortedSet($0)) },
                ].compactMap { $0 }
            guard commands.count == 1 else {
                throw ProblemError(
                    code: "invalid-body", status: 422, detail: "exactly one of state, cap and members")
            }
            return try await schedule(commands, by: context) { try $0.require(body, of: id) }
        }
    }

    private func addAgents(to group: RouterGroup<APIContext>) {
        group.post("plants/:plant/agents") { request, context in
            let plant = PlantID(try context.name("plant"))
            let body = try await JSON.decode(AgentRequest.self, from: request)
            let answer = try await service.provision(body.agent, at: plant, by: context.caller()) {
                try $0.requireAdmin(ofOwnerOf: .plant(plant))
            }
            return try JSON.response(answer, status: .created)
        }
        group.delete("agents/:agent") { _, context in
            let agent = AgentID(try context.name("agent"))
            let generation = try await service.unprovision(agent, by: context.caller()) {
                try $0.requireAdmin(ofOwnerOf: agent)
            }
            return try JSON.response(ChangeAnswer(generation: generation))
        }
    }
}
