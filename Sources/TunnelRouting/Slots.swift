/// Names one peer of a gateway core while it is there; re-used after removal.
///
/// Small, so a shell can index an array with it.
package struct PeerSlot: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let index: Int32

    package init(index: Int32) { self.index = index }

    package static func < (left: Self, right: Self) -> Bool { left.index < right.index }

    package var description: String { "peer slot \(index)" }
}

/// Names one plant of a gateway core for as long as the core lives.
package struct PlantSlot: Hashable, Sendable {
    package let index: Int32

    package init(index: Int32) { self.index = index }
}
