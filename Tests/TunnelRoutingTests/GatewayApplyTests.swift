import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

@Suite("Gateway: applying revisions")
struct GatewayApplyTests {
    func delta(_ rig: Rig, base: UInt64, to view: ReleasedView, _ delta: Revision.Delta) -> Revision {
        Revision(number: rig.number + 1, generation: 1, hash: view.contentHash, content: .delta(delta))
    }

    @Test("A delta on the applied base is applied, and again without effect")
    func deltas() {
        var rig = Rig()
        rig.view.people[0].routes = []
        let revision = delta(rig, base: 1, to: rig.view, .init(base: 1, people: [rig.view.people[0]]))
        #expect(rig.apply(revision).acknowledgement.outcome == .applied)
        #expect(rig.core.revision == 2 && rig.core.contentHash == rig.view.contentHash)
        let counts = rig.core.cutFlows
        #expect(rig.apply(revision).outcome == .applied)
        #expect(rig.core.revision == 2 && rig.core.cutFlows == counts)
    }

    @Test("People and agents come and go with deltas")
    func removal() {
        var rig = Rig()
        let ben = rig.slot(2)
        let agent = rig.slot(12)
        var view = rig.view
        view.people.remove(at: 1)
        view.agents.remove(at: 1)
        let cleo = PersonEntry(
            person: "cleo", publicKey: Rig.key(9), tunnelAddress: IPv4Address(100, 64, 0, 9), routes: [])
        view.people.append(cleo)
        let revision = delta(
            rig, base: 1, to: view,
            .init(base: 1, people: [cleo], removedPeople: ["ben"], removedAgents: ["agent-b"]))
        let applied = rig.apply(revision)
        #expect(applied.outcome == .applied)
        #expect(Set(applied.removedPeers) == [ben, agent])
        #expect(applied.addedPeers.map(\.identity) == [.person("cleo")])
    }

    @Test("Gap, unknown base, wrong hash and contradictions want a snapshot and change nothing")
    func refusals() {
        var rig = Rig()
        var view = rig.view
        view.people[0].routes = []
        let hash = view.contentHash
        let good = Revision.Delta(base: 1, people: [view.people[0]])
        let gap = Revision(number: 3, generation: 1, hash: hash, content: .delta(.init(base: 2, people: good.people)))
        let wrong = Revision(number: 2, generation: 1, hash: rig.view.contentHash, content: .delta(good))
        var twice = view
        twice.people[1].publicKey = twice.people[0].publicKey
        let sameKey = Revision(number: 2, generation: 1, hash: twice.contentHash, content: .snapshot(twice))
        var unsorted = view
        unsorted.people.reverse()
        let disorder = Revision(number: 2, generation: 1, hash: unsorted.contentHash, content: .snapshot(unsorted))
        var overlapping = view
        overlapping.people[0].routes = [Rig.route("192.168.0.0/16", "park-a"), Rig.route("192.168.1.0/24", "park-b")]
        let overlap = Revision(number: 2, generation: 1, hash: overlapping.contentHash, content: .snapshot(overlapping))
        let cases: [(Revision, GatewayCore.Problem)] = [
            (gap, .unknownBase), (wrong, .hashMismatch), (sameKey, .malformedContent), (disorder, .malformedContent),
            (overlap, .malformedContent),
        ]
        for (revision, problem) in cases {
            let applied = rig.apply(revision)
            #expect(applied.outcome == .needsSnapshot && applied.problem == problem)
            #expect(
                applied.acknowledgement
                    == Acknowledgement(revision: 1, hash: rig.view.contentHash, outcome: .needsSnapshot))
            #expect(rig.core.view == rig.view)
        }
        let udp = Packets.udp(Endpoint(Rig.anna, 1), Endpoint(Rig.inverter, 1))
        #expect(rig.send(udp, from: 1).verdict == .forwarded)
        rig.view = view
        rig.number = 6
        #expect(rig.publish().outcome == .applied)
    }

    @Test("An older revision is ignored")
    func older() {
        var rig = Rig()
        let old = Revision(number: 1, generation: 1, hash: rig.view.contentHash, content: .snapshot(rig.view))
        rig.view.people.removeFirst()
        rig.publish()
        #expect(rig.apply(old).revision == 2)
        #expect(rig.core.revision == 2 && rig.core.view == rig.view)
    }

    @Test("Equal tables are one table, and a table goes with its last user")
    func sharing() {
        var rig = Rig()
        #expect(rig.core.tableCount == 2)
        rig.view.people[1].routes = rig.view.people[0].routes
        rig.publish()
        #expect(rig.core.tableCount == 1)
        #expect(rig.core.people[0].table === rig.core.people[1].table)
        rig.view.people = []
        rig.publish()
        #expect(rig.core.tableCount == 0)
    }

    @Test("A tunnel address may change hands within one revision")
    func addressSwap() {
        var rig = Rig()
        rig.view.people[0].tunnelAddress = Rig.ben
        rig.view.people[1].tunnelAddress = Rig.anna
        let applied = rig.publish()
        #expect(applied.outcome == .applied && applied.removedPeers.count == 2 && applied.addedPeers.count == 2)
        let device = Endpoint(Rig.inverter, 1)
        #expect(rig.send(Packets.udp(Endpoint(Rig.anna, 1), device), from: 1).verdict == .spoofedSource)
        #expect(rig.send(Packets.udp(Endpoint(Rig.ben, 1), device), from: 1).destination == rig.slot(11))
        #expect(rig.send(Packets.udp(device, Endpoint(Rig.ben, 1)), from: 11).destination == rig.slot(1))
    }
}
