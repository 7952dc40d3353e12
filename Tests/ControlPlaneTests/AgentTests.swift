import AccessModel
import Addressing
import ControlProtocol
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite struct AgentTests {
    @Test("R7: a row is unreachable until the gateway heard the agent's handshake, then live by itself", .covers("R7"))
    func comesUp() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.issue("anna", 1)
                #expect(try await world.row(of: "anna", "park-a")?.reason == .noAgent)
                let request = EnrolmentRequest(token: "enrol-park-a", publicKey: Fleet.key(101))
                let enrolled = try await world.call(nil, .post, "agent/enroll", request)
                #expect(enrolled.status == 201)
                try await gateway.isCurrent(in: world)
                #expect(gateway.view.agents.map(\.agent) == ["park-a"])
                #expect(gateway.entry(of: "anna")?.routes.allSatisfy { !$0.isReachable } == true)
                #expect(try await world.row(of: "anna", "park-a")?.status == .unreachable)

                try await world.report([.heard(Fleet.key(101), handshake: nil, authenticated: nil)])
                #expect(try await world.row(of: "anna", "park-a")?.status == .unreachable)
                try await world.report([.heard(Fleet.key(101))])
                try await gateway.isCurrent(in: world)
                #expect(try await world.row(of: "anna", "park-a")?.status == .active)
                let agents = try await world.call("lab", .get, "lab/agents").decode(AgentPage.self)
                #expect(agents.rows.map(\.liveness) == [.online, nil])
                #expect(agents.isAcknowledged)
            }
        }
    }

    @Test("An enrolment token works once, a bearer token is needed for the heartbeat", .covers("R6"))
    func enrolsOnce() async throws {
        try await World.run { world in
            let request = EnrolmentRequest(token: "enrol-park-a", publicKey: Fleet.key(101))
            let first = try await world.call(nil, .post, "agent/enroll", request)
            let enrolment = try first.decode(Enrolment.self)
            #expect(enrolment.plant == "park-a")
            #expect(enrolment.pool == Fleet.prefix("100.64.0.0/10"))
            let thief = EnrolmentRequest(token: "enrol-park-a", publicKey: Fleet.key(102))
            #expect(try await world.call(nil, .post, "agent/enroll", thief).status == 401)
            let beat = Heartbeat(uptimeSeconds: 1, version: "1")
            #expect(try await world.call(nil, .post, "agent/heartbeat", beat).status == 401)
            #expect(try await world.call("anna", .post, "agent/heartbeat", beat).status == 403)
            let heard = try await world.call(
                nil, .post, "agent/heartbeat", beat, headers: [.authorization: "Bearer \(enrolment.bearer)"])
            #expect(heard.status == 204)
            #expect(try await world.call(nil, .post, "agent/enroll", request).status == 401)
        }
    }

    @Test("A11: offline after three missed keepalives, back after two, never failing over", .covers("A11"))
    func offlineAndBack() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.report([.heard(Fleet.key(101), handshake: 200, authenticated: 74)])
                #expect(try await world.row(of: "anna", "park-a")?.status == .active)
                try await world.report([.heard(Fleet.key(101), handshake: 200, authenticated: 76)])
                try await gateway.isCurrent(in: world)
                let row = try await world.row(of: "anna", "park-a")
                #expect(row?.status == .unreachable)
                #expect(row?.reason == .agentOffline)
                #expect(try await world.row(of: "anna", "park-b")?.status == .conflict)
                #expect(gateway.plant(for: "anna", at: IPv4Address(192, 168, 1, 20)) == nil)

                try await world.report([.heard(Fleet.key(101))])
                try await gateway.isCurrent(in: world)
                #expect(try await world.row(of: "anna", "park-a")?.status == .unreachable)
                world.clock.advance(bySeconds: 25)
                try await world.report([.heard(Fleet.key(101))])
                try await gateway.isCurrent(in: world)
                #expect(try await world.row(of: "anna", "park-a")?.status == .active)
            }
        }
    }

    @Test("An agent event carries no grant that waits, and no plant but its own", .covers("R76"))
    func agentEventIsScoped() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp([("park-a", 101)])
                try await world.issue("anna", 1)
                try await world.call("olga", .delete, "grants/anna~plant:park-a")
                try await world.call("olga", .post, "plants/park-a/subnets", SubnetRequest(prefix: "10.9.0.0/24"))
                try await world.bringAgentsUp([("park-b", 102)])
                try await gateway.isCurrent(in: world)
                #expect(gateway.plant(for: "anna", at: IPv4Address(192, 168, 1, 20)) == "park-a")
                #expect(gateway.plant(for: "anna", at: IPv4Address(10, 4, 0, 1)) == "park-b")
                #expect(gateway.view.agents.first { $0.agent == "park-a" }?.subnets == [Fleet.range])
                #expect(try await world.row(of: "anna", "park-a")?.pending == .remove)
            }
        }
    }

    @Test("A restarted gateway that has heard nobody yet does not make agents offline at once")
    func gatewayRestart() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                let silent = PeerState.heard(Fleet.key(101), handshake: nil, authenticated: nil)
                try await world.report([silent], incarnation: "second")
                #expect(try await world.row(of: "anna", "park-a")?.status == .active)
                world.clock.advance(bySeconds: 76)
                try await world.report([silent], incarnation: "second")
                try await gateway.isCurrent(in: world)
                #expect(try await world.row(of: "anna", "park-a")?.reason == .agentOffline)
            }
        }
    }

    @Test("A handshake of the peer before does not bring up the agent that replaced it")
    func staleHandshake() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.call("olga", .delete, "agents/park-a")
                let token = try await world.call(
                    "olga", .post, "plants/park-a/agents", AgentRequest(agent: "park-a")
                ).decode(AgentProvisioned.self).token
                world.clock.advance(bySeconds: 10)
                let request = EnrolmentRequest(token: token, publicKey: Fleet.key(101))
                #expect(try await world.call(nil, .post, "agent/enroll", request).status == 201)
                try await world.report([.heard(Fleet.key(101), handshake: 10)])
                #expect(await world.service.state.liveness["park-a"] == nil)
                try await world.report([.heard(Fleet.key(101))])
                #expect(await world.service.state.liveness["park-a"] == .online)
            }
        }
    }
}
