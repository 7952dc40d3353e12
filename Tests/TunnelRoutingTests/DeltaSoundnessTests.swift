import AccessModel
import Addressing
import ControlProtocol
import TestRequirements
import Testing
import Timebase

@testable import TunnelRouting

/// A delta is looked at by itself, a snapshot as a whole: both must come to the same verdict and the same gateway.
@Suite("Gateway: deltas against snapshots")
struct DeltaSoundnessTests {
    @Test("A delta is taken exactly when a gateway that begins would take what it leads to", arguments: 0..<20)
    func agree(seed: Int) {
        var draw = Draw(seed: UInt64(seed))
        var core = GatewayCore()
        var view = ReleasedView()
        var (taken, refused) = (0, 0)
        for step in 0..<200 {
            let delta = Self.delta(base: core.revision, &draw)
            let target = view.applying(delta)
            let number = core.revision + 1
            let before = (core.revision, core.contentHash)
            let outcome = core.apply(
                Revision(number: number, generation: 1, hash: target.contentHash, content: .delta(delta)), at: Self.now)
            var fresh = GatewayCore()
            let whole = fresh.apply(
                Revision(number: number, generation: 1, hash: target.contentHash, content: .snapshot(target)),
                at: Self.now)
            #expect(outcome.problem == whole.problem, "seed \(seed) step \(step): \(delta)")
            guard outcome.outcome == .applied else {
                refused += 1
                #expect((core.revision, core.contentHash) == before, "what is refused changes nothing")
                continue
            }
            taken += 1
            view = target
            #expect(core.keys == fresh.keys && Set(core.addressSlots.keys) == Set(fresh.addressSlots.keys))
            #expect(Set(core.personSlots.keys) == Set(fresh.personSlots.keys))
            #expect(Set(core.agentSlots.keys) == Set(fresh.agentSlots.keys))
        }
        #expect(taken > 20 && refused > 20, "taken \(taken), refused \(refused): both must occur")
    }

    @Test("A delta that names somebody twice is refused, whatever it wants")
    func namesTwice() {
        var core = GatewayCore()
        let entry = PersonEntry(
            person: "anna", publicKey: Rig.key(1), tunnelAddress: IPv4Address(100, 64, 0, 2), routes: [])
        let hash = ReleasedView(people: [entry]).contentHash
        for delta in [
            Revision.Delta(base: 0, people: [entry, entry]),
            Revision.Delta(base: 0, people: [entry], removedPeople: ["anna"]),
        ] {
            let applied = core.apply(
                Revision(number: 1, generation: 1, hash: hash, content: .delta(delta)), at: Self.now)
            #expect(applied.problem == .malformedContent && core.revision == 0)
        }
    }

    private static let now = Moment(nanoseconds: 1_000_000_000)

    /// One to three entries, of few names, keys and addresses, so that they meet.
    private static func delta(base: UInt64, _ draw: inout Draw) -> Revision.Delta {
        var delta = Revision.Delta(base: base)
        let names = ["anna", "ben", "cleo", "dana"].shuffled(using: &draw)
        for name in names.prefix(Int.random(in: 1...3, using: &draw)) {
            if draw.chance(1, in: 5) {
                delta.removedPeople.append(PersonID(name))
            } else {
                delta.people.append(
                    PersonEntry(
                        person: PersonID(name), publicKey: Rig.key(UInt8.random(in: 1...8, using: &draw)),
                        tunnelAddress: IPv4Address(100, 64, 0, UInt8.random(in: 1...7, using: &draw)),
                        routes: draw.chance(1, in: 12)
                            ? [Rig.route("192.168.0.0/16", "a"), Rig.route("192.168.1.0/24", "b")]
                            : [Rig.route("192.168.1.0/24", "a")]))
            }
        }
        if draw.chance(1, in: 2) {
            delta.agents.append(
                AgentEntry(
                    agent: draw.chance(1, in: 2) ? "one" : "other", plant: "a",
                    publicKey: Rig.key(UInt8.random(in: 1...8, using: &draw)),
                    subnets: []))
        }
        return delta
    }
}
