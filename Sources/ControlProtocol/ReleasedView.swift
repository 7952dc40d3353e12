package import AccessModel
package import Addressing

/// Everything the gateway is to know, as last published: people with their tables, agents with their plants.
///
/// Both lists are sorted by id and hold each id once.
package struct ReleasedView: Hashable, Sendable, Codable {
    package var people: [PersonEntry]
    package var agents: [AgentEntry]

    package init(people: [PersonEntry] = [], agents: [AgentEntry] = []) {
        self.people = people
        self.agents = agents
    }
}

/// One person: the key that may connect, the inner address it must use, and where each address leads.
package struct PersonEntry: Hashable, Sendable, Codable {
    package var person: PersonID
    package var publicKey: PublicKey
    /// The only inner source address of this person's packets.
    package var tunnelAddress: IPv4Address
    /// Disjoint, ascending.
    package var routes: [RouteEntry]

    package init(person: PersonID, publicKey: PublicKey, tunnelAddress: IPv4Address, routes: [RouteEntry]) {
        self.person = person
        self.publicKey = publicKey
        self.tunnelAddress = tunnelAddress
        self.routes = routes
    }
}

/// A range of addresses and where it leads.
package struct RouteEntry: Hashable, Sendable, Codable {
    package var range: AddressRange
    /// The plant that owns the range for this person; `nil` when nobody does (policy `none`): answered 3/0.
    package var plant: PlantID?
    /// False when the plant has no live agent: answered 3/0.
    package var isReachable: Bool

    package init(range: AddressRange, plant: PlantID?, isReachable: Bool) {
        self.range = range
        self.plant = plant
        self.isReachable = isReachable
    }
}

/// One agent: its key, its plant, and the inner source addresses it may use.
package struct AgentEntry: Hashable, Sendable, Codable {
    package var agent: AgentID
    package var plant: PlantID
    package var publicKey: PublicKey
    /// Sorted.
    package var subnets: [Prefix]

    package init(agent: AgentID, plant: PlantID, publicKey: PublicKey, subnets: [Prefix]) {
        self.agent = agent
        self.plant = plant
        self.publicKey = publicKey
        self.subnets = subnets
    }
}
