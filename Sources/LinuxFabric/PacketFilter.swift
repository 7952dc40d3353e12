package import Addressing
import CLinux

/// Which pairs of addresses cannot hear each other: a partition.
package enum PacketFilter {
    /// Two addresses, in either order.
    package struct Pair: Hashable, Sendable {
        package let one: IPv4Address
        package let other: IPv4Address

        package init(_ one: IPv4Address, _ other: IPv4Address) {
            self.one = min(one, other)
            self.other = max(one, other)
        }
    }
}

extension NetworkNamespace {
    /// Drops whatever goes between the two addresses of a pair; replaces what was dropped before, an empty set ends it.
    ///
    /// For a namespace that holds both addresses, as the internet does.
    package func drop(_ pairs: Set<PacketFilter.Pair>) throws(LinuxError) {
        let raw = pairs.map { clinux_address_pair(one: $0.one.number, other: $0.other.number) }
        try perform { () throws(LinuxError) in
            _ = try check(clinux_nft_drop_pairs(raw, raw.count), "dropping between addresses")
        }
    }
}
