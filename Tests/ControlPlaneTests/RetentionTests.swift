import AccessModel
import Addressing
import ControlProtocol
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import TestRequirements
import Testing

@testable import ControlPlane

/// What is kept, for how long, and who can prove it afterwards.
@Suite struct RetentionTests {
    @Test(
        "Sessions go after 90 days, the audit after 180; its chain is verified from the cut on", .covers("A28", "R83"))
    func retention() async throws {
        let folder = try DatabaseFolder()
        try await World.run(in: folder) { world in
            try await world.issue("anna", 1)
            try await world.report([.heard(Fleet.key(1), from: IPv4Address(203, 0, 113, 50))])
            try await world.report([
                .touch(by: "anna", Fleet.key(1), "park-a", IPv4Address(192, 168, 1, 20), .ended, up: 10)
            ])
            func sessions() async throws -> Int {
                try await world.call("anna", .get, "me/vpn/sessions").decode(SessionPage.self).rows.count
            }
            func audit() async throws -> AuditPage {
                try await world.call("lab", .get, "lab/audit").decode(AuditPage.self)
            }
            let first = try await audit()
            #expect(try await sessions() == 1 && first.access.count == 1)
            world.clock.advance(bySeconds: 91 * 86_400)
            #expect(try await world.service.retainNow() == 0)
            let stored = try await DatabaseQueue(path: folder.path).read {
                try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM session")
            }
            #expect(stored == 0)
            #expect(try await audit() == first)

            try await world.call("olga", .patch, "portfolios/sued", RenameRequest(name: "South"))
            world.clock.advance(bySeconds: 90 * 86_400)
            let gone = try await world.service.retainNow()
            #expect(gone == first.entries.count)
            let left = try await audit()
            #expect(left.access.isEmpty)
            #expect(left.entries.map(\.action) == ["portfolio.renamed", "audit.retention"])
            #expect(left.entries.first?.sequence == UInt64(first.entries.count) + 1, "numbers go on")
            let verification = try await world.call("lab", .get, "lab/audit/verification")
            #expect(try verification.decode(AuditVerification.self) == AuditVerification(isIntact: true, entries: 2))
            // Nobody else takes anything away.
            await #expect(throws: (any Error).self) {
                try await DatabaseQueue(path: folder.path).write { try $0.execute(sql: "DELETE FROM audit") }
            }
        }
        #expect(try AuditArchive(path: folder.path).verify() == AuditVerification(isIntact: true, entries: 2))
    }

    @Test("mirox-rig audit verifies and prints the chain, and names the entry that was forged", .covers("R83"))
    func commands() async throws {
        let folder = try DatabaseFolder()
        try await World.run(in: folder) { world in
            try await world.issue("anna", 1)
            try await world.call("anna", .delete, "me/vpn/certificate")
        }
        let good = try Self.run("audit", "verify", folder.path)
        #expect(good.status == 0 && good.output.contains("The chain holds: 2 entries."), "\(good)")
        let lines = try Self.run("audit", "export", folder.path).output.split(separator: "\n")
        let entries = try lines.map { try JSONDecoder().decode(AuditEntry.self, from: Data($0.utf8)) }
        #expect(entries.map(\.action) == ["certificate.issued", "certificate.revoked"])

        try await DatabaseQueue(path: folder.path).write { database in
            try database.execute(
                sql: "DROP TRIGGER audit_never_changes; UPDATE audit SET person = 'otto' WHERE sequence = 1")
        }
        let forged = try Self.run("audit", "verify", folder.path)
        #expect(forged.status == 1 && forged.output.contains("broken at entry 1"), "\(forged)")
        let nothing = try Self.run("audit", "verify", "/nowhere")
        #expect(nothing.status == 2 && nothing.output.contains("there is no such file"), "\(nothing)")
    }

    private static func run(_ words: String...) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ControlPlaneProcess.program)
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test("Two agents at a plant are one site: it is up while one of them is, and no conflict", .covers("A27"))
    func twoAgents() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let second = try await world.call("olga", .post, "plants/park-a/agents", AgentRequest(agent: "second"))
                let token = try second.decode(AgentProvisioned.self).token
                try await world.call(
                    nil, .post, "agent/enroll", EnrolmentRequest(token: token, publicKey: Fleet.key(103)))
                try await world.report([.heard(Fleet.key(103))])
                #expect(gateway.view.agents.filter { $0.plant == "park-a" }.count == 2)
                // The first falls silent, the second does not.
                world.clock.advance(bySeconds: 100)
                let alive: [PeerState] = [.heard(Fleet.key(102)), .heard(Fleet.key(103))]
                try await world.report(alive + [.heard(Fleet.key(101), handshake: 100, authenticated: 100)])
                #expect(try await world.row(of: "anna", "park-a")?.status == .active)
                #expect(gateway.plant(for: "anna", at: IPv4Address(192, 168, 1, 20)) == "park-a")
                world.clock.advance(bySeconds: 100)
                try await world.report([.heard(Fleet.key(103), handshake: 100, authenticated: 100)])
                try await gateway.isCurrent(in: world)
                #expect(try await world.row(of: "anna", "park-a")?.reason == .agentOffline)
            }
        }
    }

    @Test(
        "The audit outlives certificate and plant, with the person and the key's fingerprint",
        .covers("R64", "A31", "R83"))
    func survival() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let device = IPv4Address(192, 168, 1, 20)
                try await world.report([.touch(by: "anna", Fleet.key(1), "park-a", device, .ended, up: 70)])
                try await world.call("anna", .delete, "me/vpn/certificate")
                try await world.call("olga", .delete, "plants/park-a")
                try await world.sync()
                let page = try await world.call("olga", .get, "organizations/nordwind/audit?person=anna")
                    .decode(AuditPage.self)
                #expect(page.access.map(\.bytesUp) == [70] && page.access.first?.plant == "park-a")
                let touch = try #require(page.entries.first { $0.action == "access.first-touch" })
                #expect(touch.detail["key"] == AuditDraft.fingerprint(of: Fleet.key(1)))
                #expect(try await world.call("anna", .get, "me/vpn/sessions").decode(SessionPage.self).rows.isEmpty)
            }
        }
    }

    @Test(
        "What is first told of a plant when it is deleted, and gone at the gateway too, is on record by its names",
        .covers("R83"))
    func lateTouch() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("olga", .delete, "plants/park-a")
                try await world.sync()
                let device = IPv4Address(192, 168, 1, 20)
                try await world.report([.touch(by: "anna", Fleet.key(1), "park-a", device, .cut, up: 70)])
                let row = try #require(
                    try await world.call("olga", .get, "organizations/nordwind/audit?person=anna")
                        .decode(AuditPage.self).access.first)
                #expect(row.plant == "park-a" && row.bytesUp == 70)
                #expect(row.device == "inverter-1" && row.service == "modbus" && row.subnet == Fleet.range)
            }
        }
    }
}

extension ControlPlaneService {
    fileprivate func retainNow() throws -> Int { try store.applyRetention(at: now) }
}
