import AccessModel
import Addressing
import ControlProtocol
import Hummingbird

/// Who and what there is, to read: each caller sees what concerns them.
struct DirectoryRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        addOrganizations(to: group)
        addPortfolios(to: group)
        addPlants(to: group)
        addInsidePlants(to: group)
        addPeople(to: group)
        addGrants(to: group)
        addCooperations(to: group)
        addAgents(to: group)
    }

    private func authority(_ context: APIContext) async throws -> Authority {
        Authority(principal: try context.caller(), intent: await service.state.intent)
    }

    // MARK: Organisations

    private func addOrganizations(to group: RouterGroup<APIContext>) {
        group.get("organizations") { request, context in
            let authority = try await authority(context)
            let rows = authority.intent.organizations.filter { authority.sees($0.key) }
                .map { OrganizationView(id: $0.key, name: $0.value.name) }
            return try Paging.response(rows, to: request) { $0.id.text }
        }
        group.get("organizations/:organization") { request, context in
            let authority = try await authority(context)
            let id = OrganizationID(try context.name("organization"))
            try authority.requireSight(of: id)
            let name = authority.intent.organizations[id]?.name ?? id.text
            return try Paging.response(OrganizationView(id: id, name: name), to: request)
        }
        group.get("organizations/:organization/members") { request, context in
            let authority = try await authority(context)
            let id = OrganizationID(try context.name("organization"))
            try authority.requireAdmin(of: id)
            let members = authority.intent.organizations[id]?.members ?? [:]
            let rows = members.map { view(of: $0.value, $0.key, of: id, authority.intent) }
            return try Paging.response(rows, to: request) { $0.person.text }
        }
        group.get("organizations/:organization/members/:person") { request, context in
            let authority = try await authority(context)
            let id = OrganizationID(try context.name("organization"))
            let person = PersonID(try context.name("person"))
            if authority.principal != .person(person) { try authority.requireAdmin(of: id) }
            guard let member = authority.intent.organizations[id]?.members[person] else {
                throw CommandError(.unknownMember, "\(person) is no member of \(id)")
            }
            return try Paging.response(view(of: member, person, of: id, authority.intent), to: request)
        }
    }

    private func view(
        of member: Member, _ person: PersonID, of organization: OrganizationID, _ intent: Intent
    ) -> MemberView {
        MemberView(
            organization: organization, person: person, name: intent.people[person]?.name ?? person.text,
            standing: member.standing, jobRole: member.jobRole, since: member.since)
    }

    // MARK: Portfolios and plants

    private func addPortfolios(to group: RouterGroup<APIContext>) {
        group.get("organizations/:organization/portfolios") { request, context in
            let authority = try await authority(context)
            let id = OrganizationID(try context.name("organization"))
            try authority.requireSight(of: id)
            let rows = authority.intent.portfolios.filter { $0.value.organization == id }
                .map { PortfolioView(id: $0.key, name: $0.value.name, organization: id) }
            return try Paging.response(rows, to: request) { $0.id.text }
        }
        group.get("portfolios/:portfolio") { request, context in
            let authority = try await authority(context)
            let id = PortfolioID(try context.name("portfolio"))
            try authority.requireSight(of: id)
            guard let portfolio = authority.intent.portfolios[id] else {
                throw CommandError(.unknownPortfolio, "there is no portfolio \(id)")
            }
            return try Paging.response(
                PortfolioView(id: id, name: portfolio.name, organization: portfolio.organization), to: request)
        }
        group.get("portfolios/:portfolio/plants") { request, context in
            let authority = try await authority(context)
            let id = PortfolioID(try context.name("portfolio"))
            try authority.requireSight(of: id)
            return try await plants(request, authority) { $0.portfolio == id }
        }
    }

    private func addPlants(to group: RouterGroup<APIContext>) {
        group.get("plants") { request, context in
            let authority = try await authority(context)
            let organization = request.query("organization")
            let portfolio = request.query("portfolio")
            let search = request.query("search")?.lowercased()
            return try await plants(request, authority) { plant in
                (organization == nil || organization == plant.organization.text)
                    && (portfolio == nil || portfolio == plant.portfolio.text)
                    && (search.map { text in
                        [plant.id.text, plant.name].contains { $0.lowercased().contains(text) }
                    } ?? true)
            }
        }
        group.get("plants/:plant") { request, context in
            let authority = try await authority(context)
            let id = PlantID(try context.name("plant"))
            let plant = try authority.requireSight(of: id)
            let states = await service.plantStates
            return try Paging.response(view(of: plant, id, authority.intent, states), to: request)
        }
    }

    private func plants(
        _ request: Request, _ authority: Authority, where isWanted: (PlantView) -> Bool
    ) async throws -> Response {
        let states = await service.plantStates
        let rows = authority.intent.plants.filter { authority.sees($0.key) }
            .map { view(of: $0.value, $0.key, authority.intent, states) }
            .filter(isWanted)
        return try Paging.response(rows, to: request) { $0.id.text }
    }

    private func view(
        of plant: Plant, _ id: PlantID, _ intent: Intent, _ states: [PlantID: PlantState]
    ) -> PlantView {
        PlantView(
            id: id, name: plant.name, portfolio: plant.portfolio,
            organization: intent.owner(of: id) ?? OrganizationID(""), place: plant.place,
            subnets: plant.subnets.map(\.prefix), state: states[id] ?? .noAgent)
    }

    private func addInsidePlants(to group: RouterGroup<APIContext>) {
        group.get("plants/:plant/subnets") { request, context in
            let id = PlantID(try context.name("plant"))
            let plant = try await authority(context).requireSight(of: id)
            let rows = plant.subnets.map {
                SubnetView(plant: id, prefix: $0.prefix, since: $0.since, devices: $0.devices)
            }
            return try Paging.response(rows, to: request) { $0.id }
        }
        group.get("plants/:plant/subnets/:subnet") { request, context in
            let id = PlantID(try context.name("plant"))
            let plant = try await authority(context).requireSight(of: id)
            let prefix = try AdminRoutes.subnet(context)
            guard let subnet = plant[prefix] else { throw CommandError(.unknownSubnet, "\(id) has no \(prefix)") }
            return try Paging.response(
                SubnetView(plant: id, prefix: prefix, since: subnet.since, devices: subnet.devices), to: request)
        }
        group.get("plants/:plant/devices") { request, context in
            let plant = try await authority(context).requireSight(of: PlantID(try context.name("plant")))
            return try Paging.response(plant.subnets.flatMap(\.devices), to: request) { $0.address.description }
        }
        group.get("plants/:plant/devices/:address") { request, context in
            let id = PlantID(try context.name("plant"))
            let plant = try await authority(context).requireSight(of: id)
            guard let address = IPv4Address(try context.name("address")), let device = plant.device(at: address)
            else { throw CommandError(.unknownDevice, "\(id) has no such device") }
            return try Paging.response(device, to: request)
        }
        group.get("plants/:plant/agents") { request, context in
            let id = PlantID(try context.name("plant"))
            _ = try await authority(context).requireSight(of: id)
            let rows = await service.agents.rows.filter { $0.plant == id }
            return try Paging.response(rows, to: request) { $0.agent.text }
        }
    }

    // MARK: People and what they may

    private func addPeople(to group: RouterGroup<APIContext>) {
        group.get("people") { request, context in
            let authority = try await authority(context)
            let rows = authority.intent.people.filter { authority.sees($0.key) }
                .map { view(of: $0.value, $0.key, authority.intent) }
            return try Paging.response(rows, to: request) { $0.id.text }
        }
        group.get("people/:person") { request, context in
            let authority = try await authority(context)
            let id = PersonID(try context.name("person"))
            guard let person = authority.intent.people[id] else {
                throw CommandError(.unknownPerson, "there is no person \(id)")
            }
            guard authority.sees(id) else { throw authority.refusal("no admin of an organisation of \(id)") }
            return try Paging.response(view(of: person, id, authority.intent), to: request)
        }
    }

    private func view(of person: Person, _ id: PersonID, _ intent: Intent) -> PersonView {
        PersonView(
            id: id, name: person.name, isActive: person.isActive, hasCertificate: intent.certificates[id] != nil,
            organizations: intent.organizations.filter { $0.value.members[id] != nil }.keys.sorted())
    }

    private func addGrants(to group: RouterGroup<APIContext>) {
        group.get("grants") { request, context in
            let authority = try await authority(context)
            let person = request.query("person").map { PersonID($0) }
            let held = authority.intent.grants.filter { person == nil || $0.key == person }
            let rows = held.flatMap { person, grants in
                grants.filter { authority.seesGrant(at: $0.place, of: person) }
                    .map { GrantView(person: person, place: $0.place, since: $0.since) }
            }
            return try Paging.response(rows, to: request) { $0.id }
        }
        group.get("grants/:grant") { request, context in
            let authority = try await authority(context)
            let (person, place) = try AdminRoutes.grant(context)
            guard let grant = authority.intent.grants[person]?.first(where: { $0.place == place }) else {
                throw CommandError(.unknownGrant, "\(person) has no grant for \(place.text)")
            }
            guard authority.seesGrant(at: place, of: person) else {
                throw authority.refusal("nobody to whom this grant is shown")
            }
            return try Paging.response(
                GrantView(person: person, place: place, since: grant.since), to: request)
        }
    }

    private func addCooperations(to group: RouterGroup<APIContext>) {
        group.get("cooperations") { request, context in
            let authority = try await authority(context)
            let rows = authority.intent.cooperations.filter { authority.sees($0.value) }
                .map { CooperationView(id: $0.key, $0.value) }
            return try Paging.response(rows, to: request) { $0.id.text }
        }
        group.get("cooperations/:cooperation") { request, context in
            let authority = try await authority(context)
            let id = CooperationID(try context.name("cooperation"))
            guard let cooperation = authority.intent.cooperations[id] else {
                throw CommandError(.unknownCooperation, "there is no cooperation \(id)")
            }
            guard authority.sees(cooperation) else { throw authority.refusal("no part of \(id)") }
            return try Paging.response(CooperationView(id: id, cooperation), to: request)
        }
    }

    private func addAgents(to group: RouterGroup<APIContext>) {
        group.get("agents") { request, context in
            let authority = try await authority(context)
            let rows = await service.agents.rows.filter { authority.sees($0.plant) }
            return try Paging.response(rows, to: request) { $0.agent.text }
        }
        group.get("agents/:agent") { request, context in
            let authority = try await authority(context)
            let id = AgentID(try context.name("agent"))
            guard let row = await service.agents.rows.first(where: { $0.agent == id }) else {
                throw CommandError(.unknownAgent, "there is no agent \(id)")
            }
            guard authority.sees(row.plant) || authority.principal == .agent(id) || authority.principal == .lab else {
                throw authority.refusal("nobody to whom \(id) is shown")
            }
            return try Paging.response(row, to: request)
        }
    }
}

extension ControlPlaneService {
    var plantStates: [PlantID: PlantState] { state.plantStates }
}
