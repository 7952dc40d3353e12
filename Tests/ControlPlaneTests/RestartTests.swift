import AccessModel
import Addressing
import ControlProtocol
import Foundation
import GRDB
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct RestartTests {
    @Test(
        "A restart continues from the released view: what waited still waits, and the gateway hears nothing",
        .covers("R77"))
    func continues() async throws {
        let folder = try DatabaseFolder()
        let gateway = FakeGateway()
        try await World.run(in: folder) { world in
            try await world.withGateway(gateway) { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("anna", .put, "me/vpn/routes/park-b~192.168.1.0-24/winner")
                try await world.call(
                    "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(2)))
                try await world.call("olga", .delete, "grants/anna~plant:park-a")
            }
        }
        let before = gateway.revision
        try await World.run(in: folder, seed: nil) { world in
            try await world.withGateway(gateway) { gateway in
                #expect(gateway.revision == before)
                #expect(await world.service.state.view == gateway.view)
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(1))
                let row = try await world.row(of: "anna", "park-a")
                #expect(row?.status == .conflict)
                #expect(row?.pending == .remove)
                #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .rotating)
                try await world.sync()
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(2))
                #expect(try await world.row(of: "anna", "park-a") == nil)
            }
        }
    }

    @Test("Whatever was answered with success is there when the process dies right then", .covers("R77"))
    func crashImages() async throws {
        let folder = try DatabaseFolder()
        var expected: [(Data, Data?, Intent, ReleasedView, UInt64)] = []
        let service = try ControlPlaneService(
            store: Store(path: folder.path), seed: Fleet.seed(), surroundings: TestClock().surroundings)
        let commands: [Command] = [
            .grant("otto", .portfolio("sued"), since: nil), .withdraw("anna", .plant("park-b")),
            .addSubnet("park-b", Fleet.prefix("10.8.0.0/24")), .issueCertificate("anna", Fleet.key(1)),
            .removeMember("nordwind", "otto"), .revokeCertificate("anna"),
        ]
        for (index, command) in commands.enumerated() {
            _ = try await service.schedule([command], by: .lab) { _ in }
            if index % 2 == 1 { try await service.tick() }
            let main = try Data(contentsOf: URL(fileURLWithPath: folder.path))
            let log = try? Data(contentsOf: URL(fileURLWithPath: folder.path + "-wal"))
            let state = await service.state
            expected.append((main, log, state.intent, state.view, state.counters.revision))
        }
        for (main, log, intent, view, revision) in expected {
            let image = try DatabaseFolder()
            try main.write(to: URL(fileURLWithPath: image.path))
            try log?.write(to: URL(fileURLWithPath: image.path + "-wal"))
            let state = try Store(path: image.path).state()
            #expect(state.intent == intent)
            #expect(state.view == view)
            #expect(state.counters.revision == revision)
        }
    }

    @Test("A log longer than a snapshot's reach gives the same intent", .covers("R77"))
    func longLog() async throws {
        let folder = try DatabaseFolder()
        let service = try ControlPlaneService(
            store: Store(path: folder.path), seed: Fleet.seed(), surroundings: TestClock().surroundings)
        for _ in 0..<Int(Store.commandsPerSnapshot) {
            _ = try await service.schedule([.withdraw("anna", .plant("park-b"))], by: .lab) { _ in }
            _ = try await service.schedule([.grant("anna", .plant("park-b"), since: nil)], by: .lab) { _ in }
        }
        _ = try await service.schedule([.withdraw("anna", .plant("park-b"))], by: .lab) { _ in }
        let intent = await service.state.intent
        #expect(try Store(path: folder.path).state().intent == intent)
    }

    @Test("A revoke that the gateway missed is still shown as such after a restart, and goes out first", .covers("R80"))
    func revokeSurvives() async throws {
        let folder = try DatabaseFolder()
        let gateway = FakeGateway()
        try await World.run(in: folder) { world in
            try await world.withGateway(gateway) { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
            }
            #expect(try await world.call("anna", .delete, "me/vpn/certificate").status == 202)
        }
        try await World.run(in: folder, seed: nil) { world in
            #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .revoking)
            try await gateway.pollOnce(world)
            #expect(gateway.entry(of: "anna") == nil)
            #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .none)
        }
    }

    @Test(
        "Tokens, enrolments, sessions and the sync's pace survive; secrets are not in the file", .covers("R11", "R77"))
    func keeps() async throws {
        let folder = try DatabaseFolder()
        try await World.run(in: folder) { world in
            try await world.bringAgentsUp([("park-a", 101)])
            try await world.issue("anna", 1)
            try await world.report([.heard(Fleet.key(1), from: IPv4Address(203, 0, 113, 50), up: 5)])
            try await world.call("lab", .post, "sync", SyncRequest(every: 30))
        }
        try await World.run(in: folder, seed: nil) { world in
            let request = EnrolmentRequest(token: "enrol-park-a", publicKey: Fleet.key(105))
            #expect(try await world.call(nil, .post, "agent/enroll", request).status == 401)
            let sessions = try await world.call("anna", .get, "me/vpn/sessions").decode(SessionPage.self).rows
            #expect(sessions.map(\.bytesUp) == [5])
            let status = try await world.call("lab", .get, "sync/status").decode(SyncStatus.self)
            #expect(status.everySeconds == 30)
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path))
        bytes += (try? Data(contentsOf: URL(fileURLWithPath: folder.path + "-wal"))) ?? Data()
        for secret in ["token-of-anna", "token-of-lab", "enrol-park-a"] {
            #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) is in the database")
        }
    }

    @Test("A file whose released view was tampered with is refused")
    func tampered() async throws {
        let folder = try DatabaseFolder()
        let service = try ControlPlaneService(
            store: Store(path: folder.path), seed: Fleet.seed(), surroundings: TestClock().surroundings)
        let request = EnrolmentRequest(token: "enrol-park-a", publicKey: Fleet.key(101))
        _ = try await service.enrol(request, from: "here")
        let store = try Store(path: folder.path)
        try await store.database.write { try $0.execute(sql: "DELETE FROM released_agent") }
        #expect(throws: StoreError.self) { try store.state() }
    }

    @Test("An empty database without a seed is refused")
    func noSeed() async throws {
        let folder = try DatabaseFolder()
        #expect(throws: StoreError.self) {
            try ControlPlaneService(store: Store(path: folder.path), seed: nil, surroundings: .system)
        }
    }
}
