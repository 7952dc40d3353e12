package import Addressing

/// A person's VPN profile: at most one each.
package struct VPNCertificate: Hashable, Sendable, Codable {
    /// The newest key; after a rotate the gateway learns it at the next sync.
    package var publicKey: PublicKey
    package var tunnelAddress: IPv4Address
    package var issued: Timestamp
    /// When the newest key came; equals `issued` until the first rotate.
    package var keyed: Timestamp
    /// The key that still works while a rotate waits for its sync.
    package var previousKey: PublicKey?

    package init(
        publicKey: PublicKey, tunnelAddress: IPv4Address, issued: Timestamp, keyed: Timestamp? = nil,
        previousKey: PublicKey? = nil
    ) {
        self.publicKey = publicKey
        self.tunnelAddress = tunnelAddress
        self.issued = issued
        self.keyed = keyed ?? issued
        self.previousKey = previousKey
    }
}

/// "Use this park": a person's choice of a plant for one of its subnets.
package struct Pick: Hashable, Sendable, Codable {
    package var plant: PlantID
    package var subnet: Prefix
    /// Greater is newer.
    package var order: UInt64

    package init(plant: PlantID, subnet: Prefix, order: UInt64) {
        self.plant = plant
        self.subnet = subnet
        self.order = order
    }
}
