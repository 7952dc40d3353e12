import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct SyncTests {
    private let device = IPv4Address(192, 168, 1, 20)

    @Test(
        "The earliest grant has the range until the person picks the other park, and then at once",
        .covers("R43", "R44", "R45", "R46", "A2"))
    func conflictPick() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                let issued = try await world.issue("anna", 1)
                #expect(issued.status == 201)
                #expect(try issued.decode(CertificateIssued.self).pending == false)
                let rows = try await world.rows(of: "anna")
                #expect(rows.map(\.plant) == ["park-a", "park-b", "park-b"])
                #expect(rows.map(\.status) == [.active, .conflict, .active])
                #expect(gateway.plant(for: "anna", at: device) == "park-a")

                let route = RouteID(plant: "park-b", subnet: Fleet.range)
                let picked = try await world.call("anna", .put, "me/vpn/routes/\(route)/winner")
                #expect(picked.status == 200)
                #expect(gateway.plant(for: "anna", at: device) == "park-b")
                #expect(try picked.decode(WinnerAnswer.self).row.status == .active)
                #expect(try await world.row(of: "anna", "park-a")?.status == .conflict)
            }
        }
    }

    @Test("A withdrawn permission works until the tick and is gone with it", .covers("R28", "R29", "R76"))
    func withdrawWaits() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let withdrawn = try await world.call("olga", .delete, "grants/anna~plant:park-a")
                #expect(withdrawn.status == 200)
                let waiting = try await world.row(of: "anna", "park-a")
                #expect(waiting?.status == .active)
                #expect(waiting?.pending == .remove)
                #expect(gateway.plant(for: "anna", at: device) == "park-a")
                #expect(try await world.sync().status == 200)
                #expect(try await world.row(of: "anna", "park-a") == nil)
                #expect(gateway.plant(for: "anna", at: device) == "park-b")
            }
        }
    }

    @Test("A loss and a re-grant between two ticks change nothing, not even for who comes next", .covers("R30"))
    func lossAndRegrant() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let before = gateway.revision
                let rows = try await world.rows(of: "anna")
                let since = await world.service.state.released("anna").claims
                try await world.call("olga", .delete, "grants/anna~plant:park-a")
                world.clock.advance(bySeconds: 5)
                try await world.call("olga", .post, "grants", GrantRequest(person: "anna", place: .plant("park-a")))
                #expect(try await world.sync().status == 200)
                #expect(gateway.revision == before)
                #expect(try await world.rows(of: "anna") == rows)
                #expect(await world.service.state.released("anna").claims == since)
            }
        }
    }

    @Test("An urgent push of one person does not release what waits for another", .covers("A13", "R76"))
    func urgentIsScoped() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.issue("otto", 2)
                try await world.call("olga", .delete, "grants/anna~plant:park-a")
                try await world.call("olga", .delete, "grants/otto~plant:park-b")
                let before = gateway.entry(of: "anna")
                let refreshed = try await world.call("otto", .post, "me/vpn/routes/refresh")
                #expect(try refreshed.decode(RefreshAnswer.self).changed)
                #expect(gateway.entry(of: "anna") == before)
                #expect(try await world.row(of: "anna", "park-a")?.pending == .remove)
                #expect(try await world.row(of: "otto", "park-b") == nil)
                let status = try await world.call("lab", .get, "sync/status").decode(SyncStatus.self)
                #expect(status.pendingPeople == ["anna"])
            }
        }
    }

    @Test("A winner switch leaves a waiting key alone; the tick and Refresh bring it", .covers("R50", "R58", "A18"))
    func pickKeepsKey() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let rotated = try await world.call(
                    "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(2)))
                #expect(rotated.status == 201)
                #expect(try rotated.decode(CertificateIssued.self).pending)
                try await world.call("anna", .put, "me/vpn/routes/park-b~192.168.1.0-24/winner")
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(1))
                #expect(gateway.plant(for: "anna", at: device) == "park-b")
                let overview = try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self)
                #expect(overview.state == .rotating)
                #expect(overview.certificate?.publicKey == Fleet.key(2))
                try await world.sync()
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(2))
                #expect(gateway.plant(for: "anna", at: device) == "park-b")

                try await world.call(
                    "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(3)))
                try await world.call("anna", .post, "me/vpn/routes/refresh")
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(3))
                #expect(try await world.call("anna", .get, "me/vpn").decode(VPNOverview.self).state == .issued)
            }
        }
    }

    @Test("A17: of two rotations before a sync only the last key ever becomes valid", .covers("A17"))
    func rotateTwice() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.issue("anna", 1)
                for key in [2, 3] as [UInt8] {
                    try await world.call(
                        "anna", .post, "me/vpn/certificate/rotate", CertificateRequest(publicKey: Fleet.key(key)))
                    #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(1))
                }
                try await world.sync()
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(3))
                #expect(try await world.issue("otto", 2).problem == "key-retired")
            }
        }
    }

    @Test("A33: Refresh with nothing to do says so and changes no counter", .covers("A33"))
    func refreshNothing() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                var before = try await world.call("lab", .get, "sync/status").decode(SyncStatus.self)
                let answer = try await world.call("anna", .post, "me/vpn/routes/refresh")
                #expect(answer.status == 200)
                #expect(try answer.decode(RefreshAnswer.self).changed == false)
                let after = try await world.call("lab", .get, "sync/status").decode(SyncStatus.self)
                // Between two polls the gateway is not there for a moment.
                before.gatewayConnected = after.gatewayConnected
                #expect(after == before)
            }
        }
    }

    @Test("A new permission waits as an unreachable row and is live after the tick", .covers("R27", "R36", "R76"))
    func grantWaits() async throws {
        let seed = Fleet.seed { $0.intent.grants["anna"] = nil }
        try await World.run(seed: seed) { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                #expect(try await world.rows(of: "anna").isEmpty)
                #expect(gateway.entry(of: "anna")?.routes == [])
                let granted = try await world.call(
                    "olga", .post, "grants", GrantRequest(person: "anna", place: .plant("park-a")))
                #expect(granted.status == 201)
                let waiting = try await world.row(of: "anna", "park-a")
                #expect(waiting?.status == .unreachable)
                #expect(waiting?.reason == .notApplied)
                #expect(waiting?.pending == .add)
                #expect(gateway.entry(of: "anna")?.routes == [])
                try await world.sync()
                #expect(try await world.row(of: "anna", "park-a")?.status == .active)
                #expect(try await world.row(of: "anna", "park-a")?.pending == nil)
            }
        }
    }

    @Test("Refresh brings a new subnet together with the agent's right to answer from it", .covers("R39", "R27"))
    func refreshNewSubnet() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let added = try await world.call(
                    "olga", .post, "plants/park-a/subnets", SubnetRequest(prefix: "10.7.0.5/24"))
                #expect(try added.decode(SubnetAnswer.self).prefix == Fleet.prefix("10.7.0.0/24"))
                #expect(try added.decode(SubnetAnswer.self).warnings.count == 1)
                try await world.call("anna", .post, "me/vpn/routes/refresh")
                #expect(gateway.plant(for: "anna", at: IPv4Address(10, 7, 0, 9)) == "park-a")
                let agent = gateway.view.agents.first { $0.agent == "park-a" }
                #expect(agent?.subnets == [Fleet.prefix("10.7.0.0/24"), Fleet.range])
            }
        }
    }

    @Test("Ticks come by themselves at the interval, and not while paused", .covers("A12"))
    func ticks() async throws {
        try await World.run { world in
            let service = world.service
            let ticking = Task { await service.runTicks() }
            defer { ticking.cancel() }
            let before = try await world.call("lab", .get, "sync/status").decode(SyncStatus.self).ticks
            let every = try await world.call("lab", .post, "sync", SyncRequest(every: 0.05))
            #expect(every.status == 200)
            let came = await service.ticks(beyond: before + 1, within: 5)
            #expect(came)
            try await world.call("lab", .post, "sync", SyncRequest(pause: true))
            let paused = try await world.call("lab", .get, "sync/status").decode(SyncStatus.self)
            #expect(paused.everySeconds == nil)
            let tickedOn = await service.ticks(beyond: paused.ticks, within: 0.2)
            #expect(!tickedOn)
        }
    }

    @Test("A sync without a gateway says so, and is published all the same", .covers("R84"))
    func syncWithoutGateway() async throws {
        try await World.run { world in
            let answer = try await world.sync()
            #expect(answer.status == 504)
            #expect(answer.problem == "gateway-unreachable")
            let actions = try await world.call("lab", .get, "lab/audit?action=sync.failed").decode(AuditPage.self)
            #expect(actions.entries.count == 1)
        }
    }

    @Test("A gateway that lost its state gets the released view, and not what waits", .covers("R77"))
    func snapshotIsReleasedView() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("olga", .delete, "grants/anna~plant:park-a")
                let restarted = FakeGateway()
                try await restarted.pollOnce(world)
                #expect(restarted.view == gateway.view)
                #expect(restarted.revision == gateway.revision)
                let acknowledgement = Acknowledgement(
                    revision: gateway.revision, hash: "else", outcome: .needsSnapshot)
                try await world.call("gateway", .post, "gateway/acks", acknowledgement)
                let batch = try await world.call(
                    "gateway", .get, "gateway/revisions?since=\(gateway.revision)&wait=1"
                ).decode(RevisionBatch.self)
                #expect(batch.revisions.first?.content == .snapshot(gateway.view) || gateway.snapshots == 2)
            }
        }
    }

    @Test("A gateway that is a little behind gets deltas, one that is far behind a snapshot", .covers("R77"))
    func deltas() async throws {
        try await World.run { world in
            let gateway = FakeGateway()
            try await gateway.pollOnce(world)
            #expect(gateway.snapshots == 1)
            try await world.bringAgentsUp()
            try await world.issue("anna", 1)
            try await gateway.pollOnce(world)
            #expect(gateway.snapshots == 1)
            #expect(gateway.view == (await world.service.state.view))
            for _ in 0..<ControlState.mostRecent / 2 + 1 {
                for plant in ["park-b", "park-a"] {
                    try await world.service.commitPick(route: RouteID("\(plant)~192.168.1.0-24"), for: "anna")
                }
            }
            try await gateway.pollOnce(world)
            #expect(gateway.snapshots == 2)
        }
    }

    @Test(
        "A deactivated person is cut off at once and keeps the certificate; back again it waits for the tick",
        .covers("R30"))
    func deactivation() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                #expect(try await world.call("olga", .post, "people/anna/deactivate").status == 200)
                #expect(gateway.entry(of: "anna") == nil)
                #expect(try await world.call("anna", .get, "me/vpn").problem == "deactivated")
                #expect(try await world.call("olga", .post, "people/anna/reactivate").status == 200)
                #expect(gateway.entry(of: "anna") == nil)
                try await world.sync()
                #expect(gateway.entry(of: "anna")?.publicKey == Fleet.key(1))
            }
        }
    }
}

extension ControlPlaneService {
    func ticks(beyond count: UInt64, within seconds: Double) async -> Bool {
        await wait(seconds) { self.state.counters.ticks > count }
    }

    /// A pick without the wait for a gateway.
    func commitPick(route: RouteID?, for person: PersonID) throws {
        guard let route else { return }
        try commit { state, now in
            try state.apply(.pick(person, route), by: person.text, at: now)
            try state.release(person, takingNewKey: false, at: now)
        }
    }
}
