import AccessModel
package import Addressing
package import ControlProtocol

/// Where each address leads for one person; immutable, so a change is a new table and one changed reference.
package final class RouteTable: Sendable {
    /// Where a range leads.
    package struct Target: Hashable, Sendable {
        /// `nil` when several plants claim the range and nobody owns it.
        package let plant: PlantSlot?
        package let isReachable: Bool

        package init(plant: PlantSlot?, isReachable: Bool) {
            self.plant = plant
            self.isReachable = isReachable
        }
    }

    /// Ascending; range `i` runs from `lowers[i]` to `uppers[i]` and leads to `targets[i]`.
    private let lowers: [UInt32]
    private let uppers: [UInt32]
    private let targets: [Target]

    package static let empty = RouteTable(lowers: [], uppers: [], targets: [])

    private init(lowers: [UInt32], uppers: [UInt32], targets: [Target]) {
        self.lowers = lowers
        self.uppers = uppers
        self.targets = targets
    }

    /// Takes the routes as published.
    ///
    /// - Precondition: they are disjoint and ascending; see `areInOrder`.
    convenience init(_ routes: [RouteEntry], slot: (PlantID) -> PlantSlot) {
        precondition(Self.areInOrder(routes), "routes are disjoint and ascending")
        self.init(
            lowers: routes.map(\.range.lower.number), uppers: routes.map(\.range.upper.number),
            targets: routes.map { Target(plant: $0.plant.map(slot), isReachable: $0.isReachable) })
    }

    /// Whether the ranges are disjoint and ascending.
    package static func areInOrder(_ routes: [RouteEntry]) -> Bool {
        zip(routes, routes.dropFirst()).allSatisfy { $0.range.upper < $1.range.lower }
    }

    package var count: Int { lowers.count }

    /// Where an address leads; `nil` when the table does not know it.
    package func lookup(_ address: IPv4Address) -> Target? {
        var low = 0
        var high = lowers.count
        while low < high {
            let middle = (low + high) / 2
            if lowers[middle] <= address.number { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address.number <= uppers[low - 1] else { return nil }
        return targets[low - 1]
    }
}

/// Keeps one table for all people with equal routes.
struct RouteTableStore {
    private var shared: [[RouteEntry]: (table: RouteTable, users: Int)] = [:]

    var count: Int { shared.count }

    mutating func acquire(_ routes: [RouteEntry], slot: (PlantID) -> PlantSlot) -> RouteTable {
        if let entry = shared[routes] {
            shared[routes] = (entry.table, entry.users + 1)
            return entry.table
        }
        let table = RouteTable(routes, slot: slot)
        shared[routes] = (table, 1)
        return table
    }

    mutating func release(_ routes: [RouteEntry]) {
        guard let entry = shared[routes] else { return }
        shared[routes] = entry.users > 1 ? (entry.table, entry.users - 1) : nil
    }
}
