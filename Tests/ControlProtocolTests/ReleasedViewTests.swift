import AccessModel
import Addressing
import ControlProtocol
import Foundation
import Testing

@Suite struct ReleasedViewTests {
    private func key(_ number: UInt8) throws -> PublicKey {
        try #require(PublicKey(bytes: (0..<32).map { UInt8($0) &+ number }))
    }

    private func person(_ id: PersonID, _ number: UInt8, plant: PlantID = "park") throws -> PersonEntry {
        PersonEntry(
            person: id, publicKey: try key(number), tunnelAddress: IPv4Address(100, 64, 0, number),
            routes: [
                RouteEntry(
                    range: AddressRange(IPv4Address(10, 0, 0, 0), IPv4Address(10, 0, 0, 255)), plant: plant,
                    isReachable: true)
            ])
    }

    private func agent(_ id: AgentID, _ number: UInt8) throws -> AgentEntry {
        AgentEntry(
            agent: id, plant: "park", publicKey: try key(number),
            subnets: [Prefix(around: IPv4Address(10, 0, 0, 0), length: 24)])
    }

    @Test("A delta makes of one view the other, whatever came, went or changed")
    func delta() throws {
        let old = ReleasedView(
            people: [try person("anna", 2), try person("bert", 3), try person("cleo", 4)],
            agents: [try agent("one", 10), try agent("two", 11)])
        let new = ReleasedView(
            people: [try person("anna", 2), try person("bert", 3, plant: "hill"), try person("dora", 5)],
            agents: [try agent("three", 12), try agent("two", 11)])
        let delta = old.delta(to: new, base: 7)
        #expect(delta.people.map(\.person) == ["bert", "dora"])
        #expect(delta.removedPeople == ["cleo"])
        #expect(delta.agents.map(\.agent) == ["three"])
        #expect(delta.removedAgents == ["one"])
        #expect(old.applying(delta) == new)
        #expect(old.applying(delta).contentHash == new.contentHash)
        #expect(old.applying(delta).applying(delta) == new)
        #expect(new.delta(to: new, base: 7).isEmpty)
    }

    @Test("Any difference shows in the hash")
    func hash() throws {
        let view = ReleasedView(people: [try person("anna", 2)], agents: [try agent("one", 10)])
        var others: [ReleasedView] = []
        for change in [
            { $0.people[0].publicKey = try key(9) }, { $0.people[0].routes[0].isReachable = false },
            { $0.people[0].routes[0].plant = nil }, { $0.people[0].tunnelAddress = IPv4Address(100, 64, 0, 9) },
            { $0.agents[0].subnets = [] }, { $0.agents[0].plant = "hill" }, { $0.people = [] }, { $0.agents = [] },
        ] as [(inout ReleasedView) throws -> Void] {
            var other = view
            try change(&other)
            others.append(other)
        }
        #expect(Set((others + [view]).map(\.contentHash)).count == others.count + 1)
        #expect(view.contentHash.count == 64)
    }

    @Test("A seed and a revision survive JSON")
    func codable() throws {
        let seed = Seed(
            intent: Intent(people: ["anna": Person(name: "Anna")]),
            tokens: [
                .init(secret: "a", principal: .person("anna")), .init(secret: "b", principal: .agent("one")),
                .init(secret: "c", principal: .gateway), .init(secret: "d", principal: .lab),
            ],
            enrolments: [.init(secret: "e", agent: "one")],
            gateway: GatewayAddress(publicKey: try key(1), endpoint: Endpoint(IPv4Address(203, 0, 113, 1), 51820)))
        #expect(try JSONDecoder().decode(Seed.self, from: JSONEncoder().encode(seed)) == seed)
        let view = ReleasedView(people: [try person("anna", 2)], agents: [try agent("one", 10)])
        let batch = RevisionBatch(
            revisions: [Revision(number: 1, generation: 2, hash: view.contentHash, content: .snapshot(view))],
            leaseSeconds: 30)
        #expect(try JSONDecoder().decode(RevisionBatch.self, from: JSONEncoder().encode(batch)) == batch)
    }

    @Test("A problem names its code")
    func problem() {
        let problem = Problem(code: "not-in-conflict", status: 409)
        #expect(problem.type == "urn:mirox:problem:not-in-conflict")
        #expect(problem.code == "not-in-conflict")
        #expect(problem.title == "not in conflict")
    }
}
