package import Addressing

/// A Mirox-Agent: the machine at a plant that dials out to the gateway.
package struct Agent: Hashable, Sendable, Codable {
    package var plant: PlantID
    /// Whether it may enrol and be a peer.
    package var isProvisioned: Bool
    /// Known from the first enrolment on; kept when unprovisioned, so that nobody else takes the key.
    package var publicKey: PublicKey?

    package init(plant: PlantID, isProvisioned: Bool = true, publicKey: PublicKey? = nil) {
        self.plant = plant
        self.isProvisioned = isProvisioned
        self.publicKey = publicKey
    }
}

/// What the gateway last told of an agent's peer; an agent never heard since it was provisioned has none.
package enum AgentLiveness: String, Hashable, Sendable, Codable, CaseIterable {
    case online, offline
}
