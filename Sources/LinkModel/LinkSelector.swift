package import Addressing

/// Which directions a fault touches: from one WAN address to another; `nil` stands for every address.
package struct LinkSelector: Hashable, Sendable, Codable {
    package var from: IPv4Address?
    package var to: IPv4Address?

    package init(from: IPv4Address? = nil, to: IPv4Address? = nil) {
        self.from = from
        self.to = to
    }

    /// Both directions of everything that an address sends and receives.
    package static func uplink(of address: IPv4Address) -> [Self] {
        [Self(from: address), Self(to: address)]
    }

    /// Both directions between two addresses.
    package static func between(_ one: IPv4Address, _ other: IPv4Address) -> [Self] {
        [Self(from: one, to: other), Self(from: other, to: one)]
    }

    package func matches(from: IPv4Address, to: IPv4Address) -> Bool {
        (self.from == nil || self.from == from) && (self.to == nil || self.to == to)
    }
}
