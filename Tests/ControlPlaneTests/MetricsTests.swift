import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestRequirements
import Testing

@testable import ControlPlane

/// What `/metrics` counts is what happened.
@Suite struct MetricsTests {
    private func metrics(_ world: World) async throws -> [String: UInt64] {
        try await world.client.execute(uri: "/metrics", method: .get) { response in
            var values: [String: UInt64] = [:]
            for line in String(buffer: response.body).split(separator: "\n") where !line.hasPrefix("#") {
                let words = line.split(separator: " ")
                values[String(words[0])] = UInt64(words[1])
            }
            return values
        }
    }

    @Test("Gauges say how things stand: people, plants, agents, certificates, what waits, whether the gateway is there")
    func gauges() async throws {
        try await World.run { world in
            var values = try await metrics(world)
            #expect(values["mirox_people"] == 4 && values["mirox_plants"] == 2 && values["mirox_certificates"] == 0)
            #expect(values["mirox_gateway_connected"] == 0 && values["mirox_agents_online"] == 0)
            let generation = values["mirox_generation"] ?? 0
            try await world.withGateway { gateway in
                try await world.bringAgentsUp()
                try await world.issue("anna", 1)
                try await world.call("olga", .delete, "grants/anna~plant:park-a")
                values = try await metrics(world)
                #expect(values["mirox_agents_online"] == 2 && values["mirox_certificates"] == 1)
                #expect(values["mirox_pending_people"] == 1)
                #expect((values["mirox_generation"] ?? 0) >= generation + 2)
                #expect(values["mirox_revision"] == gateway.revision)
                #expect(values["mirox_acknowledged_revision"] == gateway.revision)
                while await !world.service.status.gatewayConnected { await Task.yield() }
                #expect(try await metrics(world)["mirox_gateway_connected"] == 1)
                try await world.sync()
                #expect(try await metrics(world)["mirox_pending_people"] == 0)
            }
            // A revision that nobody takes shows as the difference of the two.
            try await world.call("anna", .delete, "me/vpn/certificate")
            values = try await metrics(world)
            #expect(values["mirox_revision"] == (values["mirox_acknowledged_revision"] ?? 0) + 1)
        }
    }

    @Test("Counters grow by one with each thing that they count, and by nothing else")
    func counters() async throws {
        try await World.run { world in
            let report = PeerReport(incarnation: GatewayIncarnation(id: "first"), peers: [])
            let flows = FlowReport(incarnation: GatewayIncarnation(id: "first"), flows: [])
            let request = EnrolmentRequest(token: "enrol-park-a", publicKey: Fleet.key(101))
            let bearer = try await world.call(nil, .post, "agent/enroll", request).decode(Enrolment.self).bearer
            let steps: [(String, () async throws -> Void)] = [
                ("mirox_ticks_total", { try await world.service.tick() }),
                (
                    "mirox_gateway_polls_total",
                    {
                        try await world.call("gateway", .get, "gateway/revisions?since=0&wait=0")
                    }
                ),
                ("mirox_peer_reports_total", { try await world.call("gateway", .post, "gateway/peers", report) }),
                ("mirox_flow_reports_total", { try await world.call("gateway", .post, "gateway/flows", flows) }),
                (
                    "mirox_agent_heartbeats_total",
                    {
                        try await world.call(
                            nil, .post, "agent/heartbeat", Heartbeat(uptimeSeconds: 1, version: "1"),
                            headers: [.authorization: "Bearer \(bearer)"])
                    }
                ),
            ]
            for (name, step) in steps {
                let before = try await metrics(world)
                try await step()
                let after = try await metrics(world)
                for other in after.keys where other.hasSuffix("_total") && !other.contains("_http_") {
                    #expect((after[other] ?? 0) - (before[other] ?? 0) == (other == name ? 1 : 0), "\(name): \(other)")
                }
            }
            let before = try await metrics(world)
            #expect(try await world.call("anna", .get, "me/nothing").status == 404)
            #expect(try await world.call("anna", .get, "me/vpn").status == 200)
            var after = try await metrics(world)
            #expect(after["mirox_http_problems_total"] == (before["mirox_http_problems_total"] ?? 0) + 1)
            #expect((after["mirox_http_requests_total"] ?? 0) >= (before["mirox_http_requests_total"] ?? 0) + 2)
            let fault = SyncFault(message: .peers, fate: .drop)
            try await world.call("lab", .post, "sync/faults", fault)
            #expect(try await world.call("gateway", .post, "gateway/peers", report).status == 503)
            for _ in 0..<22 { try await world.call("mallory", .get, "me/vpn") }
            after = try await metrics(world)
            #expect(after["mirox_message_faults_total"] == 1)
            #expect(after["mirox_refused_attempts_total"] == 2)
        }
    }

    @Test("Each line is Prometheus text: a help, a type and a value")
    func format() async throws {
        try await World.run { world in
            try await world.client.execute(uri: "/metrics", method: .get) { response in
                #expect(response.headers[.contentType]?.hasPrefix("text/plain") == true)
                let lines = String(buffer: response.body).split(separator: "\n").map(String.init)
                #expect(lines.count.isMultiple(of: 3) && lines.count > 30)
                for index in stride(from: 0, to: lines.count, by: 3) {
                    let name = lines[index + 2].prefix { $0 != " " }
                    #expect(lines[index].hasPrefix("# HELP \(name) "))
                    #expect(["gauge", "counter"].contains { lines[index + 1] == "# TYPE \(name) \($0)" })
                    #expect(name.hasSuffix("_total") == lines[index + 1].hasSuffix("counter"))
                }
            }
        }
    }
}
