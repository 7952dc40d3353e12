import AccessModel
import Addressing
import ControlProtocol

extension GatewayCore {
    /// Sorted, every id, key and tunnel address once, ranges and addresses as they must be.
    func isSound(_ view: ReleasedView) -> Bool {
        let addresses = view.people.map(\.tunnelAddress)
        return view.people.map(\.person).isAscending && view.agents.map(\.agent).isAscending
            && (view.people.map(\.publicKey) + view.agents.map(\.publicKey)).isDistinct && addresses.isDistinct
            && !addresses.contains(configuration.tunnelAddress)
            && view.people.allSatisfy { RouteTable.areInOrder($0.routes) }
    }

    /// Whether the view, which is sound, stays so.
    func isSound(_ changes: ViewChanges) -> Bool {
        let left = Set(changes.oldKeys)
        let given = Set(changes.people.compactMap(\.old?.tunnelAddress))
        let addresses = changes.people.compactMap(\.new?.tunnelAddress)
        return changes.newKeys.isDistinct && changes.newKeys.allSatisfy { !keys.contains($0) || left.contains($0) }
            && addresses.isDistinct && !addresses.contains(configuration.tunnelAddress)
            && addresses.allSatisfy { addressSlots[$0.number] == nil || given.contains($0) }
            && changes.people.allSatisfy { RouteTable.areInOrder($0.new?.routes ?? []) }
    }
}

extension Revision.Delta {
    var namesEachOnce: Bool {
        (people.map(\.person) + removedPeople).isDistinct && (agents.map(\.agent) + removedAgents).isDistinct
    }
}

extension Array where Element: Hashable {
    fileprivate var isDistinct: Bool { Set(self).count == count }
}

extension Array where Element: Comparable {
    fileprivate var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
