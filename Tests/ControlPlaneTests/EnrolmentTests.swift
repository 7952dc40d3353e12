import AccessModel
import ControlProtocol
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite("A fleet that enrols all at once")
struct EnrolmentTests {
    private static func request(_ token: String, _ key: UInt8) -> EnrolmentRequest {
        EnrolmentRequest(token: token, publicKey: Fleet.key(key))
    }

    @Test("Those who come together are stored together: one revision; a refusal is one agent's alone", .covers("R6"))
    func together() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                let before = await world.service.state.counters.revision
                let outcomes = await world.service.enrolTogether([
                    Self.request("enrol-park-a", 101), Self.request("enrol-park-a", 103),
                    Self.request("no-such-token", 104), Self.request("enrol-park-b", 102),
                ])
                #expect(outcomes.map { try? $0.get().plant } == ["park-a", nil, nil, "park-b"])
                #expect(await world.service.state.counters.revision == before + 1)
                #expect(gateway.revision == before + 1)
                #expect(gateway.view.agents.map(\.publicKey) == [Fleet.key(101), Fleet.key(102)])
                for outcome in [outcomes[1], outcomes[2]] {
                    #expect(throws: ProblemError.self) { try outcome.get() }
                }
                for outcome in [outcomes[0], outcomes[3]] {
                    let principal = await world.service.principal(of: try outcome.get().bearer)
                    #expect(principal == .agent(try outcome.get().agent))
                }
            }
        }
    }

    @Test("A key that is taken refuses one agent, whose token still enrols it with another", .covers("R6"))
    func refusedOne() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                let outcomes = await world.service.enrolTogether([
                    Self.request("enrol-park-a", 101), Self.request("enrol-park-b", 101),
                ])
                #expect(outcomes.map { try? $0.get().plant } == ["park-a", nil])
                #expect(gateway.view.agents.map(\.agent) == ["park-a"])
                let again = await world.service.enrolTogether([Self.request("enrol-park-b", 102)])
                #expect(again.map { try? $0.get().plant } == ["park-b"])
            }
        }
    }

    @Test("An agent that lost its answer asks again with the same key, and nothing is released anew", .covers("R6"))
    func repeated() async throws {
        try await World.run { world in
            try await world.withGateway { gateway in
                let outcomes = await world.service.enrolTogether([
                    Self.request("enrol-park-a", 101), Self.request("enrol-park-a", 101),
                ])
                let later = await world.service.enrolTogether([Self.request("enrol-park-a", 101)])
                let bearers = Set((outcomes + later).compactMap { try? $0.get().bearer })
                #expect(bearers.count == 3)
                for bearer in bearers { #expect(await world.service.principal(of: bearer) == .agent("park-a")) }
                #expect(await world.service.state.counters.revision == gateway.revision)
                #expect(gateway.view.agents.map(\.publicKey) == [Fleet.key(101)])
                let audit = try await world.call("lab", .get, "lab/audit?action=agent.enrolled").decode(AuditPage.self)
                #expect(audit.entries.count == 1)
            }
        }
    }

    @Test("A used token enrols no other key, and nobody after the first heartbeat or ten minutes", .covers("R6"))
    func spent() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                let service = world.service
                let first = await service.enrolTogether([
                    Self.request("enrol-park-a", 101), Self.request("enrol-park-b", 102),
                ])
                #expect(first.count { (try? $0.get()) != nil } == 2)
                let stranger = await service.enrolTogether([Self.request("enrol-park-a", 103)])
                #expect(throws: ProblemError.self) { try stranger[0].get() }
                await service.receive(Heartbeat(uptimeSeconds: 1, version: "1"), of: "park-a")
                world.clock.advance(bySeconds: 599)
                let again = await service.enrolTogether([
                    Self.request("enrol-park-a", 101), Self.request("enrol-park-b", 102),
                ])
                #expect(again.map { (try? $0.get()) != nil } == [false, true])
                world.clock.advance(bySeconds: 2)
                let late = await service.enrolTogether([Self.request("enrol-park-b", 102)])
                #expect(throws: ProblemError.self) { try late[0].get() }
            }
        }
    }
}

extension ControlPlaneService {
    /// All are there before the service does anything else.
    fileprivate func enrolTogether(_ requests: [EnrolmentRequest]) async -> [Result<Enrolment, any Error>] {
        let tasks = requests.map { request in Task { try await enrol(request, from: "198.18.0.1") } }
        var outcomes: [Result<Enrolment, any Error>] = []
        for task in tasks { outcomes.append(await task.result) }
        return outcomes
    }
}
