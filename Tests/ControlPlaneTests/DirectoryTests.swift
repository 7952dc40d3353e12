import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import HummingbirdTesting
import TestRequirements
import Testing

@testable import ControlPlane

/// Lists and items of the API.
@Suite struct DirectoryTests {
    @Test("Each list and each item can be read, by those whom it concerns", .covers("R82"))
    func reading() async throws {
        try await World.run { world in
            for (path, reader, stranger) in [
                ("organizations/nordwind", "anna", "sven"), ("organizations/nordwind/members", "olga", "anna"),
                ("organizations/nordwind/members/anna", "anna", "otto"),
                ("organizations/nordwind/portfolios", "anna", "sven"), ("portfolios/sued", "anna", "sven"),
                ("portfolios/sued/plants", "otto", "sven"), ("plants/park-a", "anna", "sven"),
                ("plants/park-a/subnets", "anna", "sven"), ("plants/park-a/subnets/192.168.1.0-24", "anna", "sven"),
                ("plants/park-a/devices", "anna", "sven"), ("plants/park-a/devices/192.168.1.20", "anna", "sven"),
                ("plants/park-a/agents", "anna", "sven"), ("agents/park-a", "olga", "sven"),
                ("people/anna", "olga", "otto"), ("grants/anna~plant:park-a", "olga", "otto"),
                ("cooperations/both", "anna", "gateway"), ("plants/park-b", "anna", "gateway"),
            ] {
                #expect(try await world.call("lab", .get, path).status == 200, "\(path)")
                #expect(try await world.call(reader, .get, path).status == 200, "\(reader) \(path)")
                #expect(try await world.call(stranger, .get, path).status == 403, "\(stranger) \(path)")
                #expect(try await world.call(nil, .get, path).status == 401, "\(path)")
            }
            for (path, problem) in [
                ("organizations/x", "unknown-organization"), ("organizations/nordwind/members/sven", "unknown-member"),
                ("portfolios/x", "unknown-portfolio"), ("plants/x", "unknown-plant"), ("agents/x", "unknown-agent"),
                ("plants/park-a/subnets/10.0.0.0-8", "unknown-subnet"), ("people/x", "unknown-person"),
                ("plants/park-a/devices/10.0.0.1", "unknown-device"), ("cooperations/x", "unknown-cooperation"),
                ("grants/anna~plant:x", "unknown-grant"), ("grants/anna", "unknown-grant"),
            ] {
                let answer = try await world.call("lab", .get, path)
                #expect(answer.status == 404 && answer.problem == problem, "\(path)")
            }
        }
    }

    @Test("A list shows each caller what concerns them")
    func visibility() async throws {
        try await World.run { world in
            func ids<Row: Codable & Hashable & Sendable>(
                _ who: String, _ path: String, _ id: (Row) -> String
            ) async throws -> [String] {
                try await world.call(who, .get, path).decode(Page<Row>.self).rows.map(id)
            }
            #expect(try await ids("lab", "organizations", { (row: OrganizationView) in row.id.text }).count == 2)
            #expect(try await ids("sven", "organizations", { (row: OrganizationView) in row.id.text }) == ["suedlicht"])
            // anna is named by the cooperation; olga administers its partner.
            for who in ["anna", "olga", "lab"] {
                let plants = try await ids(who, "plants") { (row: PlantView) in row.id.text }
                #expect(plants == ["park-a", "park-b"], "\(who)")
            }
            #expect(try await ids("sven", "plants", { (row: PlantView) in row.id.text }) == ["park-b"])
            #expect(try await ids("anna", "people", { (row: PersonView) in row.id.text }) == ["anna"])
            #expect(try await ids("olga", "people", { (row: PersonView) in row.id.text }) == ["anna", "olga", "otto"])
            #expect(try await ids("anna", "grants", { (row: GrantView) in row.id }).count == 2)
            #expect(try await ids("lab", "grants", { (row: GrantView) in row.id }).count == 4)
            #expect(try await ids("olga", "agents", { (row: AgentRow) in row.agent.text }) == ["park-a", "park-b"])
            #expect(try await ids("sven", "cooperations", { (row: CooperationView) in row.id.text }) == ["both"])
            let found = try await ids("lab", "plants?search=PARK%20B") { (row: PlantView) in row.id.text }
            #expect(found == ["park-b"])
        }
    }

    @Test("Pages follow one another by cursor, whatever comes and goes between them")
    func paging() async throws {
        try await World.run { world in
            for number in 0..<25 {
                let request = PlantRequest(id: PlantID("plant-\(100 + number)"))
                try await world.call("olga", .post, "portfolios/sued/plants", request)
            }
            var seen: [String] = []
            var cursor = ""
            while true {
                let page = try await world.call("olga", .get, "portfolios/sued/plants?limit=7&cursor=\(cursor)")
                    .decode(Page<PlantView>.self)
                seen += page.rows.map(\.id.text)
                guard let next = page.next else { break }
                // The row of the cursor goes, another comes behind it.
                try await world.call("olga", .delete, "plants/\(next)")
                cursor = next
            }
            #expect(seen == ["park-a"] + (100..<125).map { "plant-\($0)" })
        }
    }

    @Test("A list that has not changed is not sent again", arguments: ["plants", "plants/park-a", "me/vpn/routes"])
    func tags(path: String) async throws {
        try await World.run { world in
            try await world.issue("anna", 1)
            let first = try await world.call("anna", .get, path)
            let tag = try #require(first.headers[.eTag])
            for header in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let again = try await world.call("anna", .get, path, headers: [.ifNoneMatch: header])
                #expect(again.status == 304 && again.data.isEmpty && again.headers[.eTag] == tag, "\(header)")
            }
            #expect(try await world.call("anna", .get, path, headers: [.ifNoneMatch: "\"x\""]).status == 200)
            try await world.call("olga", .post, "plants/park-a/subnets", SubnetRequest(prefix: "10.77.0.0/24"))
            #expect(try await world.call("anna", .get, path, headers: [.ifNoneMatch: tag]).status == 200)
        }
    }

    @Test("Names and places change; what is not empty stays; a deleted id does not come back")
    func changing() async throws {
        try await World.run { world in
            try await world.call("olga", .patch, "organizations/nordwind", RenameRequest(name: "Nordwind AG"))
            try await world.call("olga", .patch, "portfolios/sued", RenameRequest(name: "South"))
            try await world.call("olga", .patch, "people/anna", RenameRequest(name: "Anna A."))
            let place = GeographicPlace(latitude: 48.1, longitude: 11.6)
            try await world.call("olga", .patch, "plants/park-a", PlantChange(name: "Park Alpha", place: place))
            let plant = try await world.call("anna", .get, "plants/park-a").decode(PlantView.self)
            #expect(plant.name == "Park Alpha" && plant.place == place && plant.portfolio == "sued")
            #expect(
                try await world.call("anna", .get, "organizations/nordwind").decode(OrganizationView.self).name
                    == "Nordwind AG")
            #expect(try await world.call("anna", .get, "people/anna").decode(PersonView.self).name == "Anna A.")
            let long = RenameRequest(name: String(repeating: "x", count: 257))
            #expect(try await world.call("olga", .patch, "portfolios/sued", long).problem == "invalid-name")
            #expect(try await world.call("olga", .patch, "plants/park-a", PlantChange()).problem == "invalid-body")

            #expect(try await world.call("lab", .delete, "organizations/nordwind").problem == "not-empty")
            #expect(try await world.call("lab", .post, "organizations", NameRequest(id: "empty")).status == 201)
            #expect(try await world.call("olga", .delete, "organizations/empty").status == 403)
            #expect(try await world.call("lab", .delete, "organizations/empty").status == 200)
            #expect(try await world.call("lab", .get, "organizations/empty").status == 404)
        }
    }

    @Test("A deleted person reaches nothing at once; the audit still speaks of them", .covers("R83", "R84"))
    func deletedPerson() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                #expect(gateway.entry(of: "anna") != nil)
                #expect(try await world.call("olga", .delete, "people/anna").status == 403)
                #expect(try await world.call("lab", .delete, "people/olga").problem == "last-admin")
                #expect(try await world.call("lab", .delete, "people/anna").status == 200)
                #expect(gateway.entry(of: "anna") == nil)
                #expect(try await world.call("anna", .get, "me/vpn").problem == "deactivated")
                let again = try await world.call("lab", .post, "people", NameRequest(id: "anna"))
                #expect(again.problem == "id-retired")
                // Her key is used up.
                let otto = try await world.issue("otto", 1)
                #expect(otto.problem == "key-retired")
                let page = try await world.call("olga", .get, "organizations/nordwind/audit?person=anna")
                    .decode(AuditPage.self)
                #expect(page.entries.map(\.action) == ["certificate.issued", "person.deleted"])
            }
        }
    }
}
