import AccessModel
import Addressing
import ControlProtocol
import GRDB
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct AuditTests {
    private func flow(
        _ id: UInt64, _ state: FlowRecord.State = .open, up: UInt64 = 0, down: UInt64 = 0, plant: PlantID? = "park-a",
        age: Double = 0
    ) -> FlowRecord {
        FlowRecord(
            id: id, person: "anna", publicKey: Fleet.key(1), plant: plant, device: IPv4Address(192, 168, 1, 20),
            transport: 6, port: 502, source: Endpoint(IPv4Address(203, 0, 113, 50), 4000), firstAge: age, lastAge: 0,
            bytesUp: up, bytesDown: down, packetsUp: up / 10, packetsDown: down / 10, revision: 1, state: state)
    }

    private func page(_ world: World, _ who: String, _ organization: String, _ query: String = "") async throws
        -> AuditPage
    {
        try await world.call(who, .get, "organizations/\(organization)/audit\(query)").decode(AuditPage.self)
    }

    @Test(
        "R81: one row a person, plant, device and service, with first and last touch and volume counted once",
        .covers("R81"))
    func access() async throws {
        try await World.run { world in
            try await world.issue("anna", 1)
            try await world.report([flow(1, up: 100, down: 1000)])
            try await world.report([flow(1, up: 100, down: 1000)])
            world.clock.advance(bySeconds: 10)
            try await world.report([flow(1, .ended, up: 150, down: 2000, age: 10), flow(2, up: 50, down: 500)])
            try await world.report([flow(1, .ended, up: 150, down: 2000, age: 10)])
            let rows = try await page(world, "olga", "nordwind").access
            let row = try #require(rows.first)
            #expect(rows.count == 1)
            #expect([row.bytesUp, row.bytesDown, row.packetsUp, row.packetsDown] == [200, 2500, 20, 250])
            #expect(row.lastTouch.seconds(since: row.firstTouch) == 10)
            #expect(row.device == "inverter-1")
            #expect(row.service == "modbus")
            #expect(row.subnet == Fleet.range)
            #expect(row.place == "Munich, Germany")
            let entries = try await page(world, "olga", "nordwind", "?person=anna&plant=park-a").entries
            #expect(
                entries.map(\.action) == ["access.first-touch", "access.first-touch", "access.ended"]
                    || entries.map(\.action) == ["access.first-touch", "access.ended", "access.first-touch"])
        }
    }

    @Test("R81: what passes after both FINs still counts, and the flow ends once", .covers("R81"))
    func lastAcknowledgements() async throws {
        try await World.run { world in
            try await world.issue("anna", 1)
            try await world.report([flow(1, .ended, up: 150, down: 2000)])
            try await world.report([flow(1, .ended, up: 202, down: 2000)])
            try await world.report([flow(1, .open, up: 100, down: 1000)])
            let row = try #require(try await page(world, "olga", "nordwind").access.first)
            #expect([row.bytesUp, row.bytesDown] == [202, 2000])
            let entries = try await page(world, "olga", "nordwind", "?person=anna&plant=park-a").entries
            #expect(entries.map(\.action).sorted() == ["access.ended", "access.first-touch"])
        }
    }

    @Test("R83: a denied attempt is recorded once, with its plant when it had one", .covers("R83"))
    func denied() async throws {
        try await World.run { world in
            try await world.issue("anna", 1)
            try await world.report([flow(1, .denied, up: 60), flow(2, .denied, up: 60, plant: nil)])
            try await world.report([flow(1, .denied, up: 120)])
            let all = try await world.call("lab", .get, "lab/audit?action=access.denied").decode(AuditPage.self)
            #expect(all.entries.map(\.plant) == ["park-a", nil])
            let row = try #require(try await page(world, "olga", "nordwind").access.first)
            #expect(row.denied == 1)
            #expect(row.bytesUp == 0)
        }
    }

    @Test("R82: only the owner's admins read it; a partner's admin and an operator get 403", .covers("R82"))
    func readers() async throws {
        try await World.run { world in
            for (who, organization, status) in [
                ("olga", "nordwind", 200), ("sven", "suedlicht", 200), ("olga", "suedlicht", 403),
                ("anna", "nordwind", 403), ("sven", "nordwind", 403), ("gateway", "nordwind", 403),
                ("lab", "nordwind", 200), ("olga", "nobody", 404),
            ] {
                let answer = try await world.call(who, .get, "organizations/\(organization)/audit")
                #expect(answer.status == status, "\(who) \(organization)")
            }
            #expect(try await world.call(nil, .get, "organizations/nordwind/audit").status == 401)
            #expect(try await world.call("olga", .get, "lab/audit").status == 403)
        }
    }

    @Test(
        "R84: what people do is in it once, for the organisations that it concerns, oldest first and in pages",
        .covers("R84"))
    func events() async throws {
        try await World.run { world in
            try await world.issue("anna", 1)
            try await world.call("olga", .delete, "grants/anna~plant:park-a")
            try await world.call("sven", .post, "plants/park-b/subnets", SubnetRequest(prefix: "10.6.0.0/24"))
            try await world.call("sven", .post, "plants/park-b/subnets", SubnetRequest(prefix: "10.6.0.0/24"))
            let nordwind = try await page(world, "olga", "nordwind").entries
            #expect(nordwind.map(\.action) == ["certificate.issued", "grant.withdrawn"])
            #expect(nordwind.map(\.by) == ["anna", "olga"])
            let suedlicht = try await page(world, "sven", "suedlicht").entries
            #expect(suedlicht.map(\.action) == ["certificate.issued", "subnet.added"])
            let first = try await page(world, "olga", "nordwind", "?limit=1")
            #expect(first.entries.map(\.action) == ["certificate.issued"])
            let next = try #require(first.next)
            let second = try await page(world, "olga", "nordwind", "?limit=1&cursor=\(next)")
            #expect(second.entries.map(\.action) == ["grant.withdrawn"])
            #expect(second.next == nil)
        }
    }

    @Test("R83: the chain holds, cannot be changed, and shows where somebody forced it", .covers("R83"))
    func chain() async throws {
        let folder = try DatabaseFolder()
        try await World.run(in: folder) { world in
            try await world.issue("anna", 1)
            try await world.call("olga", .delete, "grants/anna~plant:park-a")
            try await world.call("anna", .delete, "me/vpn/certificate")
            func verify() async throws -> AuditVerification {
                try await world.call("lab", .get, "lab/audit/verification").decode()
            }
            #expect(try await verify() == AuditVerification(isIntact: true, entries: 3))
            let intruder = try DatabaseQueue(path: folder.path)
            await #expect(throws: DatabaseError.self) {
                try await intruder.write {
                    try $0.execute(sql: "UPDATE audit SET author = 'nobody' WHERE sequence = 2")
                }
            }
            await #expect(throws: DatabaseError.self) {
                try await intruder.write { try $0.execute(sql: "DELETE FROM audit WHERE sequence = 3") }
            }
            try await intruder.write { database in
                try database.execute(sql: "DROP TRIGGER audit_never_changes")
                try database.execute(sql: "UPDATE audit SET author = 'nobody' WHERE sequence = 2")
            }
            #expect(try await verify() == AuditVerification(isIntact: false, entries: 2, brokenAt: 2))
        }
    }

    @Test("R81: each start of a gateway leaves one gap entry", .covers("R81"))
    func gap() async throws {
        try await World.run { world in
            for incarnation in ["first", "first", "second"] {
                try await world.report([PeerState](), incarnation: incarnation)
            }
            let page = try await world.call("lab", .get, "lab/audit?action=audit.gap").decode(AuditPage.self)
            #expect(page.entries.count == 2)
        }
    }
}
