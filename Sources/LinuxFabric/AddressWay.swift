package import Addressing

/// One direction between addresses, `nil` stands for every address: what a partition cuts.
package struct AddressWay: Hashable, Sendable {
    package let from: IPv4Address?
    package let to: IPv4Address?

    package init(from: IPv4Address?, to: IPv4Address?) {
        self.from = from
        self.to = to
    }

    /// Forth and back.
    package static func between(_ one: IPv4Address, _ other: IPv4Address) -> Set<Self> {
        [Self(from: one, to: other), Self(from: other, to: one)]
    }
}
