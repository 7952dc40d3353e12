package import AccessModel
package import Addressing

/// What an invariant was broken by; the world is asked for everything that it knows about it.
package enum Suspect: Hashable, Sendable, Codable {
    case packet(StrayPacket)
    /// The recent connections of a person.
    case sessions(PersonID)
    case connection(ConnectionID)
    /// The tunnel of a laptop.
    case laptop(LaptopID)
}

/// A packet of a person that went where it should not have gone, or was refused where it should have gone.
package struct StrayPacket: Hashable, Sendable, Codable {
    package var person: PersonID
    /// In the plant.
    package var address: IPv4Address
    /// The service's port; `nil` when it is not known, 0 for ICMP.
    package var port: UInt16?
    /// Where it went; `nil`: it was refused.
    package var plant: PlantID?
    /// That was applied when it was decided.
    package var revision: UInt64

    package init(person: PersonID, address: IPv4Address, port: UInt16? = nil, plant: PlantID?, revision: UInt64) {
        self.person = person
        self.address = address
        self.port = port
        self.plant = plant
        self.revision = revision
    }

    package init(_ forwarding: Forwarding) {
        self.init(
            person: forwarding.person, address: forwarding.device, port: forwarding.port, plant: forwarding.plant,
            revision: forwarding.revision)
    }
}
