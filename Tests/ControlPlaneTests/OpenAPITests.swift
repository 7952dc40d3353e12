import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestRequirements
import Testing

@testable import ControlPlane

/// The document and the routes say the same.
@Suite struct OpenAPITests {
    @Test("Every route of the API is in the document, and nothing else is")
    func routes() async throws {
        try await World.run { world in
            let router = ControlPlaneServer.router(of: world.service)
            let routes = Set(
                router.routes.map { route in
                    let parts = route.path.description.split(separator: "/")
                        .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
                    return "\(route.method.rawValue.lowercased()) /\(parts.joined(separator: "/"))"
                }
                .filter { $0.contains(" /api/") || $0.hasSuffix("/metrics") || $0.hasSuffix("/healthz") })
            let documented = OpenAPIDocument.operations.map { "\($0.method.rawValue.lowercased()) \($0.path)" }
            #expect(Set(documented).count == documented.count)
            #expect(routes.subtracting(documented).sorted() == [], "not in the document")
            #expect(Set(documented).subtracting(routes).sorted() == [], "no such route")
        }
    }

    @Test("The document is served, refers only to what it holds, and tells each message as it is written")
    func document() async throws {
        try await World.run { world in
            let answer = try await world.call(nil, .get, "openapi.json")
            #expect(answer.status == 200)
            let text = String(decoding: answer.data, as: UTF8.self)
            let json = try #require(try JSONSerialization.jsonObject(with: answer.data) as? [String: Any])
            #expect(json["openapi"] as? String == "3.1.0")
            let components = try #require(
                (json["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
            for part in text.components(separatedBy: "#/components/schemas/").dropFirst() {
                let name = String(part.prefix { $0 != "\"" })
                #expect(components[name]?["properties"] != nil, "\(name)")
            }
            func expect(_ value: some Encodable, is name: String) throws {
                let written = try JSONSerialization.jsonObject(with: Data(try Store.encode(value).utf8))
                let fields = try #require((written as? [String: Any])?.keys)
                let schema = try #require(components[name])
                let properties = try #require(schema["properties"] as? [String: Any])
                #expect(Set(fields).isSubset(of: properties.keys), "\(name)")
                #expect(Set(try #require(schema["required"] as? [String])).isSubset(of: fields), "\(name)")
            }
            try expect(Problem(code: "x", status: 404, detail: "y"), is: "Problem")
            try expect(await world.service.status, is: "SyncStatus")
            try expect(
                PlantView(
                    id: "p", name: "P", portfolio: "f", organization: "o", place: .init(latitude: 1, longitude: 2),
                    subnets: [], state: .online), is: "PlantView")
            let claim = Claim(plant: "p", subnet: Fleet.range, portfolio: "f", organization: "o")
            let conflict = RouteConflict(group: Fleet.range, role: .loser, rivals: [], rivalCount: 0, shadowed: [])
            try expect(
                RouteRow(claim: claim, status: .conflict, reason: .agentOffline, conflict: conflict, pending: .add),
                is: "RouteRow")
            try expect(conflict, is: "RouteConflict")
            #expect(
                ((components["RouteRow"]?["properties"] as? [String: Any])?["status"] as? [String: Any])?["enum"]
                    as? [String] == ["active", "conflict", "unreachable"])
        }
    }

    @Test("A path that is there under another method says which")
    func methods() async throws {
        try await World.run { world in
            let answer = try await world.call("anna", .delete, "me/vpn/routes")
            #expect(answer.status == 405 && answer.headers[.allow] == "GET")
            #expect(try await world.call("lab", .post, "plants/park-a").headers[.allow] == "DELETE, GET, PATCH")
            #expect(try await world.call("anna", .get, "me/nothing").status == 404)
        }
    }
}
