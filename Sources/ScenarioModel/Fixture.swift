package import AccessModel
package import Addressing
package import DeviceModel

/// A whole fleet as a fixture file says it, with every default filled in.
///
/// Lists stand in the order of the file; nothing depends on that order.
package struct Fixture: Hashable, Sendable, Codable {
    package var title: String
    package var controlPlane: ControlPlaneOptions
    package var organizations: [Organization]
    package var cooperations: [Cooperation]
    package var grants: [Grant]
    package var laptops: [Laptop]
    /// What time it is for the devices; `nil`: the machine's.
    package var plantClock: PlantClockChange?

    package init(
        title: String, controlPlane: ControlPlaneOptions = .init(), organizations: [Organization] = [],
        cooperations: [Cooperation] = [], grants: [Grant] = [], laptops: [Laptop] = []
    ) {
        self.title = title
        self.controlPlane = controlPlane
        self.organizations = organizations
        self.cooperations = cooperations
        self.grants = grants
        self.laptops = laptops
    }

    /// An organisation with its people and portfolios.
    package struct Organization: Hashable, Sendable, Codable {
        package var id: OrganizationID
        package var members: [Member]
        package var portfolios: [Portfolio]

        package init(id: OrganizationID, members: [Member] = [], portfolios: [Portfolio] = []) {
            self.id = id
            self.members = members
            self.portfolios = portfolios
        }
    }

    /// A person; belongs to exactly one organisation.
    package struct Member: Hashable, Sendable, Codable {
        package var person: PersonID
        package var standing: Standing
        package var jobRole: JobRole

        package init(person: PersonID, standing: Standing = .member, jobRole: JobRole = .none) {
            self.person = person
            self.standing = standing
            self.jobRole = jobRole
        }
    }

    package struct Portfolio: Hashable, Sendable, Codable {
        package var id: PortfolioID
        package var plants: [Plant]

        package init(id: PortfolioID, plants: [Plant] = []) {
            self.id = id
            self.plants = plants
        }
    }

    /// One solar plant: its place, its agent, its local subnets.
    package struct Plant: Hashable, Sendable, Codable {
        package var id: PlantID
        package var place: GeographicPlace?
        package var agent: Agent
        /// A second agent of the same site, in case the first one fails.
        package var secondAgent: Agent?
        package var subnets: [Subnet]
        /// Whether the control plane knows the plant from the start; else it only stands there until a step creates it.
        package var isListed = true
        package var weather = Weather()

        package init(id: PlantID, place: GeographicPlace? = nil, agent: Agent, subnets: [Subnet] = []) {
            self.id = id
            self.place = place
            self.agent = agent
            self.subnets = subnets
        }

        /// Every device, in the order of the subnets.
        package var devices: [Device] { subnets.flatMap(\.devices) }
    }

    /// The Mirox-Agent of a plant.
    package struct Agent: Hashable, Sendable, Codable {
        /// Its address in the internet.
        package var wan: IPv4Address
        /// Its address in the plant's first subnet; `nil` when the plant has none.
        package var lan: IPv4Address?
        package var nat: NAT
        /// Whether somebody else's agent takes this place, with the enrolment token that `up` prints.
        package var isExternal = false

        package init(wan: IPv4Address, lan: IPv4Address?, nat: NAT = .masquerade) {
            self.wan = wan
            self.lan = lan
            self.nat = nat
        }
    }

    /// One of the agents of a plant that may have two.
    package enum AgentPlace: String, Hashable, Sendable, Codable, CaseIterable {
        case first, second
    }

    /// Whether the agent hides tunnel addresses from the devices.
    package enum NAT: String, Hashable, Sendable, Codable, CaseIterable {
        case masquerade, routed
    }

    package struct Subnet: Hashable, Sendable {
        package var prefix: Prefix
        package var devices: [Device]
        /// Whether the control plane knows the subnet from the start; else it only exists at the site.
        package var isListed = true

        package init(prefix: Prefix, devices: [Device] = []) {
            self.prefix = prefix
            self.devices = devices
        }
    }

    /// One plant shared by its owner with a partner organisation.
    package struct Cooperation: Hashable, Sendable, Codable {
        package var id: CooperationID
        package var owner: OrganizationID
        package var partner: OrganizationID
        package var plant: PlantID
        package var cap: JobRole
        package var members: [PersonID]
        package var isAccepted: Bool

        package init(
            id: CooperationID, owner: OrganizationID, partner: OrganizationID, plant: PlantID, cap: JobRole,
            members: [PersonID], isAccepted: Bool
        ) {
            self.id = id
            self.owner = owner
            self.partner = partner
            self.plant = plant
            self.cap = cap
            self.members = members
            self.isAccepted = isAccepted
        }
    }

    package struct Grant: Hashable, Sendable, Codable {
        package var person: PersonID
        package var place: Place
        package var since: Timestamp

        package init(person: PersonID, place: Place, since: Timestamp) {
            self.person = person
            self.place = place
            self.since = since
        }
    }

    package struct Laptop: Hashable, Sendable, Codable {
        package var id: LaptopID
        package var wan: IPv4Address
        /// The network that the laptop stands in; may clash with a plant's.
        package var homeLAN: Prefix?

        package init(id: LaptopID, wan: IPv4Address, homeLAN: Prefix? = nil) {
            self.id = id
            self.wan = wan
            self.homeLAN = homeLAN
        }
    }
}

/// What a fixture may say about the control plane and the gateway.
package struct ControlPlaneOptions: Hashable, Sendable, Codable {
    package var syncInterval: Duration = .seconds(10)
    package var defaultWinner: AccessPolicy.DefaultWinner = .earliestGrant
    package var offlineAgent: AccessPolicy.OfflineAgent = .unreachable
    package var refuseWith: Refusal = .icmp
    package var handshakes: Handshakes = .relaxed
    package var pool = AccessPolicy.standardPool
    /// How long grants stay good without an answered poll; `nil`: for ever.
    package var lease: Duration?
    package var keepalive: Duration = .seconds(25)
    /// How often agents report to the control plane.
    package var heartbeat: Duration = .seconds(25)
    package var agentOfflineAfter: Duration = .seconds(75)
    package var sessionOnline: Duration = .seconds(75)
    package var sessionEnd: Duration = .seconds(180)

    package init() {}

    /// How the gateway refuses a packet.
    package enum Refusal: String, Hashable, Sendable, Codable, CaseIterable {
        case icmp, drop
    }

    /// What the gateway makes of many handshakes at once.
    package enum Handshakes: String, Hashable, Sendable, Codable, CaseIterable {
        /// A fleet that starts together is no attack.
        case relaxed
        /// Cookies and limits as the Linux kernel has them.
        case strict
    }
}

extension Fixture {
    /// Leaves the place of a plant's agent to somebody else's.
    package mutating func leaveFree(_ plant: PlantID) {
        for o in organizations.indices {
            for p in organizations[o].portfolios.indices {
                for i in organizations[o].portfolios[p].plants.indices
                where organizations[o].portfolios[p].plants[i].id == plant {
                    organizations[o].portfolios[p].plants[i].agent.isExternal = true
                }
            }
        }
    }

    package var portfolios: [Portfolio] { organizations.flatMap(\.portfolios) }

    package var plants: [Plant] { portfolios.flatMap(\.plants) }

    package var people: [PersonID] { organizations.flatMap { $0.members.map(\.person) } }

    package func plant(_ id: PlantID) -> Plant? { plants.first { $0.id == id } }

    package func laptop(_ id: LaptopID) -> Laptop? { laptops.first { $0.id == id } }

    package func owner(of plant: PlantID) -> Organization? {
        organizations.first { $0.portfolios.contains { $0.plants.contains { $0.id == plant } } }
    }

    /// Who changes permissions there when nobody is named: the first admin, by id, of the place's owner.
    package func admin(of place: Place) -> PersonID? {
        let owner: Organization? =
            switch place {
            case .plant(let id): owner(of: id)
            case .portfolio(let id): organizations.first { $0.portfolios.contains { $0.id == id } }
            case .organization(let id): organizations.first { $0.id == id }
            }
        return owner?.members.filter { $0.standing == .admin }.map(\.person).min()
    }

    /// The plants that are, or lie in, a place.
    package func plants(in place: Place) -> [PlantID] {
        switch place {
        case .plant(let id): [id]
        case .portfolio(let id): portfolios.filter { $0.id == id }.flatMap { $0.plants.map(\.id) }
        case .organization(let id):
            organizations.filter { $0.id == id }.flatMap { $0.portfolios.flatMap { $0.plants.map(\.id) } }
        }
    }

    package func device(_ reference: DeviceReference) -> Device? {
        plant(reference.plant)?.devices.first { $0.name == reference.device }
    }

    /// Every device of any plant that lives at an address, in the order of the plants' ids.
    package func devices(at address: IPv4Address) -> [DeviceReference] {
        plants.flatMap { plant in
            plant.devices.filter { $0.address == address }.map { DeviceReference(plant: plant.id, device: $0.name) }
        }.sorted()
    }
}
