import AccessModel
import Addressing
import ControlProtocol
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct WinnerTests {
    private let device = IPv4Address(192, 168, 1, 20)
    private let parkA = "me/vpn/routes/park-a~192.168.1.0-24/winner"
    private let parkB = "me/vpn/routes/park-b~192.168.1.0-24/winner"

    @Test("R48: one person's choice is nobody else's", .covers("R48"))
    func perPerson() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.issue("otto", 2)
                let before = gateway.entry(of: "otto")
                try await world.call("anna", .put, parkB)
                #expect(gateway.plant(for: "anna", at: device) == "park-b")
                #expect(gateway.entry(of: "otto") == before)
            }
        }
    }

    @Test(
        "A34: 409 without a rival or without an agent, 404 for what is no row; the winner's own row is pinned",
        .covers("A34"))
    func refusals() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp([("park-a", 101)])
                #expect(try await world.call("anna", .put, parkA).problem == "no-certificate")
                try await world.issue("anna", 1)
                #expect(try await world.call("anna", .put, parkA).problem == "not-in-conflict")
                #expect(try await world.call("anna", .put, parkB).problem == "no-agent")
                let unknown = "me/vpn/routes/park-c~192.168.1.0-24/winner"
                #expect(try await world.call("anna", .put, unknown).status == 404)
                #expect(try await world.call("anna", .put, "me/vpn/routes/x/winner").status == 404)
                try await world.bringAgentsUp([("park-b", 102)])
                #expect(try await world.call("anna", .put, parkA).status == 200)
                let changed = try await world.call("lab", .get, "lab/audit?action=conflict.winner-changed")
                #expect(try changed.decode(AuditPage.self).entries.isEmpty)
                let pinned = try await world.call("lab", .get, "lab/audit?action=conflict.winner-pinned")
                #expect(try pinned.decode(AuditPage.self).entries.count == 1)
            }
        }
    }

    @Test("A35: a choice made on rows that have changed since is refused", .covers("A35"))
    func ifMatch() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let tag = try #require(try await world.call("anna", .get, "me/vpn/routes").headers[.eTag])
                let first = try await world.call("anna", .put, parkB, headers: [.ifMatch: tag])
                #expect(first.status == 200)
                let second = try await world.call("anna", .put, parkA, headers: [.ifMatch: tag])
                #expect(second.status == 412)
                let unchanged = try await world.call("anna", .get, "me/vpn/routes", headers: [.ifNoneMatch: tag])
                #expect(unchanged.status == 200)
                let newTag = try #require(unchanged.headers[.eTag])
                let same = try await world.call("anna", .get, "me/vpn/routes", headers: [.ifNoneMatch: newTag])
                #expect(same.status == 304)
            }
        }
    }

    @Test(
        "A10: a choice goes with the permission, when the loss is applied and not before, and does not come back",
        .covers("A10"))
    func pickGoes() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("anna", .put, parkB)
                try await world.call("sven", .delete, "grants/anna~plant:park-b")
                #expect(await world.service.state.intent.picks["anna"]?.count == 1)
                try await world.sync()
                #expect(await world.service.state.intent.picks["anna"] == nil)
                #expect(gateway.plant(for: "anna", at: device) == "park-a")
                try await world.call("sven", .post, "grants", GrantRequest(person: "anna", place: .plant("park-b")))
                try await world.sync()
                #expect(gateway.plant(for: "anna", at: device) == "park-a")
                #expect(try await world.row(of: "anna", "park-b")?.status == .conflict)
                let discarded = try await world.call("lab", .get, "lab/audit?action=conflict.pick-discarded")
                #expect(try discarded.decode(AuditPage.self).entries.count == 1)
            }
        }
    }

    @Test(
        "A8: a chosen park whose agent is unprovisioned gives way, and does not take the range back by itself",
        .covers("A8"))
    func unprovisionedWinner() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("anna", .put, parkB)
                #expect(try await world.call("sven", .delete, "agents/park-b").status == 200)
                #expect(gateway.plant(for: "anna", at: device) == "park-a")
                #expect(try await world.row(of: "anna", "park-b")?.reason == .noAgent)
                #expect(try await world.row(of: "anna", "park-a")?.conflict == nil)
                let provisioned = try await world.call(
                    "sven", .post, "plants/park-b/agents", AgentRequest(agent: "park-b"))
                let token = try provisioned.decode(AgentProvisioned.self).token
                let request = EnrolmentRequest(token: token, publicKey: Fleet.key(103))
                #expect(try await world.call(nil, .post, "agent/enroll", request).status == 201)
                try await world.report([.heard(Fleet.key(103))])
                try await gateway.isCurrent(in: world)
                #expect(gateway.plant(for: "anna", at: device) == "park-a")
                #expect(try await world.row(of: "anna", "park-b")?.status == .conflict)
            }
        }
    }
}
