import AccessModel
import ControlProtocol
import HTTPTypes

extension Operation {
    /// A change of intent: one transaction, one entry of the audit, applied at the next sync.
    private static func change(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String,
        _ body: (any (Decodable & Sendable).Type)? = nil, status: Int = 200,
        _ answer: any (Decodable & Sendable).Type = ChangeAnswer.self
    ) -> Self {
        .init(
            method: method, path: "/api/v1/" + path, summary: summary, caller: .admin, body: body,
            answers: [status: .json(answer)], problems: [404, 409, 422])
    }

    static let ofAdmins: [Operation] = [
        change(.post, "people", "Creates a person.", NameRequest.self, status: 201),
        change(.patch, "people/{person}", "Renames a person.", RenameRequest.self),
        change(.delete, "people/{person}", "Deletes a person, at once."),
        change(.post, "people/{person}/deactivate", "Takes everything from a person, at once; records stay."),
        change(.post, "people/{person}/reactivate", "Gives it back."),
        change(.post, "organizations", "Creates an organisation.", NameRequest.self, status: 201),
        change(.patch, "organizations/{organization}", "Renames it.", RenameRequest.self),
        change(.delete, "organizations/{organization}", "Deletes an empty one."),
        change(
            .put, "organizations/{organization}/members/{person}", "Makes a member, or changes one.",
            MemberRequest.self),
        change(.delete, "organizations/{organization}/members/{person}", "Removes a member."),
        change(
            .post, "organizations/{organization}/portfolios", "Creates a portfolio.", NameRequest.self, status: 201),
        change(.patch, "portfolios/{portfolio}", "Renames it.", RenameRequest.self),
        change(.delete, "portfolios/{portfolio}", "Deletes an empty one."),
        change(.post, "portfolios/{portfolio}/plants", "Creates a plant.", PlantRequest.self, status: 201),
        change(.patch, "plants/{plant}", "Moves, renames or places a plant.", PlantChange.self),
        change(.delete, "plants/{plant}", "Deletes a plant; its id is never given again."),
        change(
            .post, "plants/{plant}/subnets", "Adds a subnet.", SubnetRequest.self, status: 201, SubnetAnswer.self),
        change(.put, "plants/{plant}/subnets/{subnet}", "Edits a subnet.", SubnetRequest.self, SubnetAnswer.self),
        change(.delete, "plants/{plant}/subnets/{subnet}", "Removes a subnet."),
        change(.put, "plants/{plant}/devices/{address}", "Lists a device, or changes it.", Device.self),
        change(.delete, "plants/{plant}/devices/{address}", "Takes it from the list."),
        change(
            .post, "plants/{plant}/agents", "Provisions an agent; the token enrols it, once.", AgentRequest.self,
            status: 201, AgentProvisioned.self),
        change(.delete, "agents/{agent}", "Unprovisions an agent, at once."),
        change(.post, "grants", "Gives a person access to a place.", GrantRequest.self, status: 201, GrantView.self),
        change(.delete, "grants/{grant}", "Withdraws it."),
        change(.post, "cooperations", "Proposes a cooperation.", CooperationRequest.self, status: 201),
        change(
            .patch, "cooperations/{cooperation}",
            "Accepts, pauses, resumes or ends it, caps it, or names who takes part.",
            CooperationChange.self),
        .init(
            method: .get, path: "/api/v1/organizations/{organization}/audit",
            summary: "The access audit, for admins of the plants' owner.", caller: .admin, query: auditQuery,
            answers: [200: .json(AuditPage.self)]),
    ]

    static let auditQuery: [Parameter] = [
        .init(name: "plant", about: "Only of this one."), .init(name: "person", about: "Only of this one."),
        .init(name: "action", about: "Only this kind of entry."),
        .init(name: "from", about: "Not before.", schema: ["type": "string", "format": "date-time"]),
        .init(name: "to", about: "Before.", schema: ["type": "string", "format": "date-time"]), .limit,
        .init(name: "cursor", about: "`next` of the page before.", schema: ["type": "integer", "minimum": 0]),
    ]
}
