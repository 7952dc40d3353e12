import Addressing
import ControlProtocol
import HTTPTypes
import TestRequirements
import Testing

@testable import ControlPlane

@Suite("A gateway that starts hears where its agents were last")
struct AgentPlaceTests {
    private func heard(_ key: UInt8, at host: UInt8) -> PeerState {
        var peer = PeerState.heard(Fleet.key(key))
        peer.endpoint = Endpoint(IPv4Address(198, 18, 0, host), 51_821)
        return peer
    }

    @Test("the newest place of each present agent, nobody else's, and only for a gateway that has nothing")
    func places() async throws {
        try await World.run { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.report([heard(101, at: 1), heard(102, at: 2)])
                try await world.issue("anna", 1)
                try await world.report([heard(102, at: 3), heard(1, at: 4)])
                let starting = try await world.service.revisions(since: 0, wait: 0)
                let expected = [(101, 1), (102, 3)].map { key, host in
                    AgentPlace(
                        publicKey: Fleet.key(key), endpoint: Endpoint(IPv4Address(198, 18, 0, UInt8(host)), 51_821))
                }
                #expect(Set(starting.agentPlaces ?? []) == Set(expected))
                let revision = await world.service.state.counters.revision
                #expect(try await world.service.revisions(since: revision, wait: 0).agentPlaces == nil)

                try await world.call("olga", .delete, "agents/park-a")
                let later = try await world.service.revisions(since: 0, wait: 0)
                #expect(later.agentPlaces?.map(\.publicKey) == [Fleet.key(102)])
            }
        }
    }

    @Test(
        "both may have been restarted: the places outlive the control plane too, and go with the agent", .covers("R77"))
    func restarted() async throws {
        let folder = try DatabaseFolder()
        try await World.run(in: folder) { world in
            try await world.withGateway { _ in
                try await world.bringAgentsUp()
                try await world.report([heard(101, at: 1), heard(102, at: 2)])
                try await world.report([heard(101, at: 3)])
            }
        }
        try await World.run(in: folder, seed: nil) { world in
            let places = try #require(try await world.service.revisions(since: 0, wait: 0).agentPlaces)
            #expect(Set(places.map(\.endpoint)) == Set([heard(101, at: 3), heard(102, at: 2)].compactMap(\.endpoint)))
            try await world.withGateway { _ in try await world.call("olga", .delete, "agents/park-a") }
            _ = try await world.service.revisions(since: 0, wait: 0)
        }
        #expect(try Store(path: folder.path).agentPlaces().map(\.key) == [Fleet.key(102)])
    }
}
