import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import Hummingbird

/// What a person does on the VPN tab.
struct PersonRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        let vpn = group.group("me/vpn")
        vpn.get { _, context in try JSON.response(try await service.overview(of: context.person())) }
        vpn.post("certificate") { request, context in
            let person = try context.person()
            let body = try await JSON.decode(KeyBody.self, from: request)
            let delivery = try await service.issue(
                try body.key, to: person, idempotencyKey: Self.idempotencyKey(of: request))
            return Self.response(delivery)
        }
        vpn.post("certificate/rotate") { request, context in
            let person = try context.person()
            let body = try await JSON.decode(KeyBody.self, from: request)
            let delivery = try await service.rotate(
                to: try body.key, for: person, idempotencyKey: Self.idempotencyKey(of: request))
            return Self.response(delivery)
        }
        vpn.delete("certificate") { _, context in
            guard let pending = try await service.revoke(context.person()) else {
                return Response(status: .noContent)
            }
            return try JSON.response(pending, status: .accepted)
        }
        vpn.get("routes") { request, context in try await routes(request, of: context.person()) }
        vpn.post("routes/refresh") { _, context in
            let answer = try await service.refresh(context.person())
            return try JSON.response(answer, status: answer.pending ? .accepted : .ok)
        }
        vpn.put("routes/:route/winner") { request, context in
            let person = try context.person()
            let name = try context.name("route")
            guard let route = RouteID(name) else {
                throw CommandError(.unknownRoute, "'\(name)' is no route")
            }
            let answer = try await service.pick(route, for: person, ifMatch: request.headers[.ifMatch])
            return try JSON.response(answer, status: answer.pending ? .accepted : .ok)
        }
        vpn.get("sessions") { _, context in
            try JSON.response(SessionPage(rows: try await service.sessions(of: context.person())))
        }
    }

    /// The key is checked as a key after the body was read as JSON: a bad one has its own problem.
    private struct KeyBody: Codable {
        var publicKey: String

        var key: PublicKey {
            get throws {
                guard let key = PublicKey(publicKey) else {
                    throw CommandError(.invalidKey, "the public key is not 32 bytes of base64")
                }
                return key
            }
        }
    }

    private static func idempotencyKey(of request: Request) throws -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw ProblemError(code: "invalid-header", status: 400, detail: "Idempotency-Key: 1 to 255 bytes")
        }
        return key
    }

    private static func response(_ delivery: Delivery) -> Response {
        JSON.response(text: delivery.body, status: HTTPResponse.Status(code: delivery.status))
    }

    // MARK: Routes

    /// Rows on a page when nobody says.
    private static let defaultLimit = 1000

    private func routes(_ request: Request, of person: PersonID) async throws -> Response {
        let all = await service.rows(of: person)
        let tag = EntityTag.of(all)
        if Paging.matches(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: [.eTag: tag])
        }
        let rows = try Self.filter(all, by: request)
        var start = 0
        if let cursor = request.query("cursor") {
            guard let index = rows.firstIndex(where: { $0.id.description == cursor }) else {
                throw ProblemError(
                    code: "cursor-gone", status: 409, detail: "the row of the cursor is gone: begin again")
            }
            start = index + 1
        }
        let limit = try request.number("limit").map { Int(clamping: max(1, $0)) } ?? Self.defaultLimit
        let page = rows.dropFirst(start).prefix(limit)
        let next = start + page.count < rows.count ? page.last?.id.description : nil
        var response = try JSON.response(RoutePage(rows: Array(page), next: next))
        response.headers[.eTag] = tag
        return response
    }

    private static func filter(_ rows: [RouteRow], by request: Request) throws -> [RouteRow] {
        var rows = rows
        if let id = request.query("organization") { rows.removeAll { $0.organization.text != id } }
        if let id = request.query("portfolio") { rows.removeAll { $0.portfolio.text != id } }
        if let id = request.query("plant") { rows.removeAll { $0.plant.text != id } }
        if let text = request.query("status") {
            guard let status = RouteStatus(rawValue: text) else {
                throw ProblemError(code: "invalid-query", status: 400, detail: "'\(text)' is no status")
            }
            rows.removeAll { $0.status != status }
        }
        if let text = request.query("search")?.lowercased() {
            rows.removeAll { row in
                ![row.subnet.description, row.plant.text, row.portfolio.text, row.organization.text]
                    .contains { $0.lowercased().contains(text) }
            }
        }
        return rows
    }
}
