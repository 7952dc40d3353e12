package import Addressing

/// Which prefixes a plant's subnet may have.
package enum SubnetRule {
    /// The private ranges of RFC 1918: what a `.conf` sends into the tunnel, and nothing that belongs to the internet.
    package static let privateRanges = [
        Prefix(around: IPv4Address(10, 0, 0, 0), length: 8),
        Prefix(around: IPv4Address(172, 16, 0, 0), length: 12),
        Prefix(around: IPv4Address(192, 168, 0, 0), length: 16),
    ]

    /// Why the prefix is refused; `nil` when it is good.
    package static func refusal(of prefix: Prefix, pool: Prefix) -> String? {
        if prefix.overlaps(pool) { return "\(prefix) overlaps the tunnel addresses \(pool)" }
        if privateRanges.contains(where: { $0.contains(prefix) }) { return nil }
        for (range, name) in special where range.overlaps(prefix) && prefix.length > 0 {
            return "\(prefix) overlaps \(range), which is \(name)"
        }
        return "\(prefix) does not lie in a private range (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)"
    }

    private static let special: [(Prefix, String)] = [
        (Prefix(around: IPv4Address(127, 0, 0, 0), length: 8), "loopback"),
        (Prefix(around: IPv4Address(169, 254, 0, 0), length: 16), "link-local"),
        (Prefix(around: IPv4Address(224, 0, 0, 0), length: 4), "multicast"),
    ]
}
