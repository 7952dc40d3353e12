import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import HummingbirdTesting
import TestRequirements
import Testing

@testable import ControlPlane

/// What a test may do to messages, to the clock, and what too many wrong tokens come to.
@Suite struct FaultTests {
    @Test(
        "A lost, late, doubled or overtaken message leaves the gateway with the same tables",
        .covers("R77"), arguments: SyncFault.Message.allCases, SyncFault.Fate.allCases)
    func faults(message: SyncFault.Message, fate: SyncFault.Fate) async throws {
        let seed = Fleet.seed { $0.settings.urgentWaitSeconds = 0.01 }
        try await World.run(seed: seed) { world in
            let gateway = FakeGateway()
            try await world.bringAgentsUp()
            try await world.issue("anna", 1)
            try await gateway.pollOnce(world)
            let fault = SyncFault(message: message, fate: fate, count: 2, seconds: 0.02)
            let added = try await world.call("lab", .post, "sync/faults", fault)
            #expect(try added.decode(SyncFaultPage.self).rows == [fault])
            for round in 1...8 {
                // One revision a round.
                let grant = GrantRequest(person: "anna", place: .plant("park-b"))
                try await world.call("olga", .delete, "grants/anna~plant:park-b")
                if round.isMultiple(of: 2) { try await world.call("olga", .post, "grants", grant) }
                try await world.service.tick()
                try? await gateway.pollOnce(world)
                let total = UInt64(round) * 100
                let peers = PeerReport(
                    incarnation: GatewayIncarnation(id: "first"), peers: [.heard(Fleet.key(1), up: total)])
                try await world.call("gateway", .post, "gateway/peers", peers)
                let flows = FlowReport(
                    incarnation: GatewayIncarnation(id: "first"),
                    flows: [.touch(by: "anna", Fleet.key(1), "park-a", IPv4Address(192, 168, 1, 20), up: total)])
                try await world.call("gateway", .post, "gateway/flows", flows)
            }
            for _ in 0..<3 { try? await gateway.pollOnce(world) }
            let isApplied = await world.service.acknowledged(within: 5)
            #expect(isApplied)
            let held = gateway.view
            #expect(held == (await world.service.state.view))
            #expect(try await world.call("lab", .get, "sync/faults").decode(SyncFaultPage.self).rows.isEmpty)
            // Totals count once, however often they came.
            let audit = try await world.call("olga", .get, "organizations/nordwind/audit?person=anna")
                .decode(AuditPage.self)
            #expect(audit.access.map(\.bytesUp) == [800])
            let sessions = try await world.call("anna", .get, "me/vpn/sessions").decode(SessionPage.self).rows
            #expect(sessions.map(\.bytesUp) == [800])
        }
    }

    @Test("Faults are the rig's alone, bounded, and heal")
    func bounds() async throws {
        try await World.run { world in
            let fault = SyncFault(message: .peers, fate: .drop)
            #expect(try await world.call("olga", .post, "sync/faults", fault).status == 403)
            for bad in [
                SyncFault(message: .peers, fate: .drop, count: 0), SyncFault(message: .peers, fate: .drop, count: 1001),
                SyncFault(message: .peers, fate: .delay, seconds: 61),
                SyncFault(message: .peers, fate: .delay, seconds: -1),
            ] {
                #expect(try await world.call("lab", .post, "sync/faults", bad).problem == "invalid-body")
            }
            for _ in 0..<100 { try await world.call("lab", .post, "sync/faults", fault) }
            #expect(try await world.call("lab", .post, "sync/faults", fault).problem == "too-many-faults")
            #expect(
                try await world.call("gateway", .post, "gateway/peers", PeerReport.empty).problem == "lost-by-fault")
            #expect(try await world.call("lab", .delete, "sync/faults").status == 204)
            #expect(try await world.call("gateway", .post, "gateway/peers", PeerReport.empty).status == 204)
        }
    }

    @Test("The clock goes forward and stays so over a restart", .covers("A12"))
    func clock() async throws {
        let folder = try DatabaseFolder()
        let clock = TestClock()
        try await World.run(in: folder, clock: clock) { world in
            #expect(try await world.call("olga", .post, "clock", ClockRequest(advance: 1)).status == 403)
            #expect(try await world.call("lab", .post, "clock", ClockRequest(advance: -1)).problem == "invalid-body")
            #expect(try await world.call("lab", .post, "clock", ClockRequest(advance: 1e12)).problem == "invalid-body")
            let answer = try await world.call("lab", .post, "clock", ClockRequest(advance: 180))
            #expect(try answer.decode(ClockAnswer.self).now == clock.now.advanced(bySeconds: 180))
            try await world.issue("anna", 1)
        }
        try await World.run(in: folder, clock: clock) { world in
            let answer = try await world.call("lab", .get, "clock").decode(ClockAnswer.self)
            #expect(answer == ClockAnswer(now: clock.now.advanced(bySeconds: 180), aheadSeconds: 180))
            let issued = try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).certificate?.issued
            #expect(issued == clock.now.advanced(bySeconds: 180))
        }
    }

    @Test("Too many wrong tokens are told to wait; a right one is not")
    func attempts() async throws {
        try await World.run { world in
            for _ in 0..<20 { #expect(try await world.call("mallory", .get, "me/vpn").status == 401) }
            let refused = try await world.call("mallory", .get, "me/vpn")
            #expect(refused.status == 429 && refused.problem == "too-many-attempts")
            #expect(refused.headers[.retryAfter] == "60")
            let enrolment = EnrolmentRequest(token: "guessed", publicKey: Fleet.key(9))
            #expect(try await world.call(nil, .post, "agent/enroll", enrolment).status == 429)
            #expect(try await world.call("anna", .get, "me/vpn").status == 200)
            world.clock.advance(bySeconds: 60)
            #expect(try await world.call("mallory", .get, "me/vpn").status == 401)
        }
    }

    @Test("One key heard in turn from two devices in two places is one warning; roaming is none", .covers("A20"))
    func keySharing() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.issue("anna", 1)
                let home = IPv4Address(198, 51, 100, 7)
                let away = IPv4Address(203, 0, 113, 50)
                func hear(_ address: IPv4Address, handshake: Double) async throws {
                    try await world.report([.heard(Fleet.key(1), handshake: handshake, from: address)])
                    world.clock.advance(bySeconds: 10)
                }
                func warnings() async throws -> Int {
                    try await world.call("lab", .get, "lab/audit?action=session.possible-key-sharing")
                        .decode(AuditPage.self).entries.count
                }
                // One keypair that roams: the handshake stays what it was.
                for (index, address) in [home, away, home, away, home].enumerated() {
                    try await hear(address, handshake: Double(index) * 10)
                }
                #expect(try await warnings() == 0)
                #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).possibleKeySharing == nil)
                world.clock.advance(bySeconds: 120)
                // Two devices, each with a handshake of its own when it is heard.
                for address in [home, away, home] { try await hear(address, handshake: 1) }
                #expect(try await warnings() == 0, "two changes of address are not three")
                for address in [away, home, away] { try await hear(address, handshake: 1) }
                #expect(try await warnings() == 1)
                let overview = try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self)
                #expect(overview.possibleKeySharing != nil)
                // A new key is nobody's yet.
                try await world.call("anna", .delete, "me/vpn/certificate")
                try await world.issue("anna", 2)
                let fresh = try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self)
                #expect(fresh.possibleKeySharing == nil)
            }
        }
    }
}

extension PeerReport {
    fileprivate static let empty = PeerReport(incarnation: GatewayIncarnation(id: "first"), peers: [])
}

extension FlowRecord {
    static func touch(
        by person: PersonID, _ key: PublicKey, _ plant: PlantID?, _ device: IPv4Address, id: UInt64 = 1,
        _ state: State = .open, up: UInt64 = 0, down: UInt64 = 0
    ) -> Self {
        FlowRecord(
            id: id, person: person, publicKey: key, plant: plant, device: device, transport: 6, port: 502,
            source: Endpoint(IPv4Address(203, 0, 113, 50), 4000), firstAge: 0, lastAge: 0, bytesUp: up,
            bytesDown: down, packetsUp: up / 10, packetsDown: down / 10, revision: 1, state: state)
    }
}
