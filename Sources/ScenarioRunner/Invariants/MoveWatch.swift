import AccessModel
import Addressing
import ScenarioModel

/// Holds *no-silent-move*: what a person reaches at an address changes its plant only for a reason that the scenario gave.
struct MoveWatch: Sendable {
    private struct Way: Hashable {
        var person: PersonID
        var address: IPv4Address
    }

    private var last: [Way: Forwarding] = [:]
    private var moved: [(before: PlantID, forwarding: Forwarding)] = []
    /// Ways for which a reason came since their last packet: a pick, or that the plant lost its agent, its subnet, itself.
    private var excused: Set<Way> = []

    mutating func forwarded(_ forwarding: Forwarding) {
        let way = Way(person: forwarding.person, address: forwarding.device)
        if let before = last[way], before.plant != forwarding.plant, !excused.contains(way) {
            moved.append((before.plant, forwarding))
        }
        if last[way]?.plant != forwarding.plant { excused.remove(way) }
        last[way] = forwarding
    }

    /// Judges the moves whose revisions are known: the old plant may have been lost by then.
    mutating func settle(
        upTo revision: UInt64, permitted: (PersonID, UInt64) -> Set<PlantID>
    ) -> Violation? {
        var violation: Violation?
        moved.removeAll { before, forwarding in
            guard forwarding.revision <= revision else { return false }
            guard violation == nil, permitted(forwarding.person, forwarding.revision).contains(before) else {
                return true
            }
            violation = Violation(
                .noSilentMove,
                "\(forwarding.person)'s packets for \(forwarding.device) went to \(before) and, at revision "
                    + "\(forwarding.revision), to \(forwarding.plant): nobody chose that, and \(before) is still permitted",
                record: forwarding.record, suspect: .packet(StrayPacket(forwarding)))
            return true
        }
        return violation
    }

    mutating func acted(_ action: Action) {
        switch action.verb {
        case .page(let use) where use.mayChange: excuse { $0.person == use.laptop.person }
        case .usePark(let use): excuse { $0.person == use.person && use.subnet.contains($0.address) }
        case .agent(let change) where change.change == .unprovision: excuse(plant: change.plant)
        case .plant(let change): excuse(plant: change.plant)
        case .subnet(let change): excuse(plant: change.plant)
        // A new certificate begins anew: picks and incumbents went with the old one.
        case .revoke(let revocation): excuse { $0.person == revocation.person }
        default: break
        }
    }

    private mutating func excuse(_ isMeant: (Way) -> Bool) { excused.formUnion(last.keys.filter(isMeant)) }

    private mutating func excuse(plant: PlantID) {
        excused.formUnion(last.filter { $0.value.plant == plant }.map(\.key))
    }
}
