package import Addressing

/// Everything that people have decided: who there is, who may go where, and what each person chose.
///
/// It changes only by `apply(_:at:)`. What the gateway has been told of it is the released view, which may lag behind.
package struct Intent: Hashable, Sendable, Codable {
    package var policy: AccessPolicy
    package var people: [PersonID: Person]
    package var organizations: [OrganizationID: Organization]
    package var portfolios: [PortfolioID: Portfolio]
    package var plants: [PlantID: Plant]
    /// Ids of deleted plants: they are never given again, so that nothing is inherited by name.
    package var retiredPlants: SortedSet<PlantID>
    /// Ids of deleted people, never given again, since the audit still speaks of them; `nil`: nobody was deleted.
    package var retiredPeople: SortedSet<PersonID>?
    /// Each person's grants, ascending by place, each place once.
    package var grants: [PersonID: [Grant]]
    package var cooperations: [CooperationID: Cooperation]
    package var agents: [AgentID: Agent]
    package var certificates: [PersonID: VPNCertificate]
    /// Keys that were revoked or rotated away: never accepted again.
    package var retiredKeys: SortedSet<PublicKey>
    /// The tunnel address given last: the next one is searched behind it, so a returned address rests until the pool went round.
    package var lastTunnelAddress: IPv4Address?
    /// Each person's standing choices, oldest first.
    package var picks: [PersonID: [Pick]]
    /// The order given to the newest pick.
    package var lastPickOrder: UInt64

    package init(
        policy: AccessPolicy = AccessPolicy(), people: [PersonID: Person] = [:],
        organizations: [OrganizationID: Organization] = [:], portfolios: [PortfolioID: Portfolio] = [:],
        plants: [PlantID: Plant] = [:], grants: [PersonID: [Grant]] = [:],
        cooperations: [CooperationID: Cooperation] = [:], agents: [AgentID: Agent] = [:]
    ) {
        self.policy = policy
        self.people = people
        self.organizations = organizations
        self.portfolios = portfolios
        self.plants = plants
        retiredPlants = []
        self.grants = grants.mapValues { $0.sorted { $0.place < $1.place } }
        self.cooperations = cooperations
        self.agents = agents
        certificates = [:]
        retiredKeys = []
        lastTunnelAddress = nil
        picks = [:]
        lastPickOrder = 0
    }

    /// The organisation that owns the plant.
    package func owner(of plant: PlantID) -> OrganizationID? {
        guard let plant = plants[plant] else { return nil }
        return portfolios[plant.portfolio]?.organization
    }

    /// The organisation in which the place lies.
    package func owner(of place: Place) -> OrganizationID? {
        switch place {
        case .organization(let id): organizations[id] == nil ? nil : id
        case .portfolio(let id): portfolios[id]?.organization
        case .plant(let id): owner(of: id)
        }
    }

    /// Whether the plant is, or lies in, the place.
    package func place(_ place: Place, covers plant: PlantID) -> Bool {
        switch place {
        case .organization(let id): owner(of: plant) == id
        case .portfolio(let id): plants[plant]?.portfolio == id
        case .plant(let id): id == plant
        }
    }
}
