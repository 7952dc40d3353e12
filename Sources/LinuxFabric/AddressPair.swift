package import Addressing

/// Two addresses, in either order: what a partition cuts.
package struct AddressPair: Hashable, Sendable {
    package let one: IPv4Address
    package let other: IPv4Address

    package init(_ one: IPv4Address, _ other: IPv4Address) {
        self.one = min(one, other)
        self.other = max(one, other)
    }
}
