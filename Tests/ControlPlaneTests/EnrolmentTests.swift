import AccessModel
import ControlProtocol
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
