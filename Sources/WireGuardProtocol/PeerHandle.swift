/// Names one peer of one engine, for as long as it is there.
///
/// A handle of a removed peer is harmless: every call with it does nothing or answers `nil`.
package struct PeerHandle: Hashable, Sendable {
    /// A small number, re-used after removal: good as an index into an array beside the engine.
    package let slot: UInt32
    /// Tells the peers apart that had the slot one after the other.
    package let generation: UInt32

    /// Only an engine hands out handles that mean something; tests of other modules make their own.
    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

extension PeerHandle: CustomStringConvertible {
    package var description: String { "peer \(slot).\(generation)" }
}

/// Names the keys of one handshake; ascending within an engine.
package struct KeypairID: Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
