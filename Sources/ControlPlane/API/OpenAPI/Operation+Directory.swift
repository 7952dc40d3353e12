import AccessModel
import ControlProtocol
import HTTPTypes

extension Operation {
    private static func list<Row: Codable & Hashable & Sendable>(
        _ path: String, of type: Row.Type, _ summary: String, query: [Parameter] = []
    ) -> Self {
        .init(
            method: .get, path: "/api/v1/" + path, summary: summary, caller: .anybody,
            query: query + [.limit, .cursor],
            answers: [200: .tagged(Page<Row>.self)])
    }

    private static func item(_ path: String, _ type: any (Decodable & Sendable).Type, _ summary: String) -> Self {
        .init(
            method: .get, path: "/api/v1/" + path, summary: summary, caller: .anybody, answers: [200: .tagged(type)])
    }

    /// Who and what there is, to read: each caller sees what concerns them.
    static let ofDirectory: [Operation] = [
        list("organizations", of: OrganizationView.self, "Organisations."),
        item("organizations/{organization}", OrganizationView.self, "One organisation."),
        list("organizations/{organization}/members", of: MemberView.self, "Its members."),
        item("organizations/{organization}/members/{person}", MemberView.self, "One member."),
        list("organizations/{organization}/portfolios", of: PortfolioView.self, "Its portfolios."),
        item("portfolios/{portfolio}", PortfolioView.self, "One portfolio."),
        list("portfolios/{portfolio}/plants", of: PlantView.self, "Its plants."),
        list(
            "plants", of: PlantView.self, "Plants, those shared by a cooperation too.",
            query: [
                .init(name: "organization", about: "Only of this one."),
                .init(name: "portfolio", about: "Only of this one."),
                .init(name: "search", about: "Part of the id or the name."),
            ]),
        item("plants/{plant}", PlantView.self, "One plant."),
        list("plants/{plant}/subnets", of: SubnetView.self, "Its subnets."),
        item("plants/{plant}/subnets/{subnet}", SubnetView.self, "One subnet."),
        list("plants/{plant}/devices", of: Device.self, "Its devices."),
        item("plants/{plant}/devices/{address}", Device.self, "One device."),
        list("plants/{plant}/agents", of: AgentRow.self, "Its agents."),
        list("agents", of: AgentRow.self, "Agents."),
        item("agents/{agent}", AgentRow.self, "One agent."),
        list("people", of: PersonView.self, "People."),
        item("people/{person}", PersonView.self, "One person."),
        list(
            "grants", of: GrantView.self, "Grants.",
            query: [.init(name: "person", about: "Only of this one.")]),
        item("grants/{grant}", GrantView.self, "One grant."),
        list("cooperations", of: CooperationView.self, "Cooperations."),
        item("cooperations/{cooperation}", CooperationView.self, "One cooperation."),
    ]
}
