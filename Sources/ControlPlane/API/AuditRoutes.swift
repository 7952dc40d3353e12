import AccessModel
import ControlProtocol
import Hummingbird

/// The access audit of an organisation, for its admins only.
struct AuditRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        group.get("organizations/:organization/audit") { request, context in
            let organization = OrganizationID(try context.name("organization"))
            let caller = try context.caller()
            let intent = await service.state.intent
            try Authority(principal: caller, intent: intent).requireAdmin(of: organization)
            return try await page(request, of: organization)
        }
        group.get("lab/audit") { request, context in
            try context.requireLab()
            return try await page(request, of: nil)
        }
        group.get("lab/audit/verification") { _, context in
            try context.requireLab()
            return try JSON.response(try await service.verifyAudit())
        }
    }

    private func page(_ request: Request, of organization: OrganizationID?) async throws -> Response {
        var filter = Store.AuditFilter(organization: organization)
        filter.plant = request.query("plant").map { PlantID($0) }
        filter.person = request.query("person").map { PersonID($0) }
        filter.action = request.query("action")
        filter.from = try request.moment("from")
        filter.to = try request.moment("to")
        filter.after = try request.number("cursor") ?? 0
        if let limit = try request.number("limit") { filter.limit = Int(min(max(limit, 1), 5000)) }
        return try JSON.response(try await service.auditPage(filter))
    }
}

extension ControlPlaneService {
    func auditPage(_ filter: Store.AuditFilter) throws -> AuditPage { try store.auditPage(filter) }

    func verifyAudit() throws -> AuditVerification { try store.verifyAudit() }
}
