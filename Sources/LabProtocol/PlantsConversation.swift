package import AccessModel
package import Addressing
package import Capture
package import DeviceModel

/// The conductor's conversation with the process that holds the plants: agents and devices.
package enum PlantsConversation: Conversation {
    package static let role = RoleName.plants
    package static let ready = Event.ready

    package struct Configuration: Codable, Sendable {
        package var plants: [SitePlan]
        package var controlPlane: Endpoint
        /// UDP port of every agent, each on its own WAN address.
        package var agentPort: UInt16
        /// Inner addresses that the agents accept: people's tunnel addresses and the gateway's own.
        package var pool: Prefix
        package var seed: UInt64
        /// A folder that keeps the agents' keys; `nil`: they go with the lab.
        package var keyFolder: String?
        /// What time it is for the devices; nil: the machine's.
        package var clock: PlantClockChange?
        /// From the first packet on.
        package var capture: CapturePlan?

        package init(
            plants: [SitePlan], controlPlane: Endpoint, agentPort: UInt16, pool: Prefix, seed: UInt64,
            keyFolder: String? = nil
        ) {
            self.keyFolder = keyFolder
            self.plants = plants
            self.controlPlane = controlPlane
            self.agentPort = agentPort
            self.pool = pool
            self.seed = seed
        }
    }

    package enum Verb: Codable, Sendable {
        /// Capture from now on, all tunnels with new handshakes, or no more.
        case capture(CapturePlan?)
        /// What stands beside every captured packet from now on.
        case captureComment(String)
        /// Give an agent of the plant an enrolment token: it makes its key, enrols and connects.
        case provision(PlantID, AgentID, token: String)
        /// Take the agent's key and tunnel away.
        case unprovision(PlantID, AgentID)
        /// Switch the agent off, or on again with what it enrolled with.
        case stop(PlantID, AgentID)
        case start(PlantID, AgentID)
        /// Take the tunnel away and leave the heartbeat.
        case hang(PlantID, AgentID)
        case impair(NamedLinkFault)
        case heal(id: String)
        case health(PlantID, device: String)
        /// What is wrong with a device, under a name; several add up.
        case spoil(PlantID, device: String, DeviceFault, id: String)
        /// Puts right what goes by that name.
        case mend(id: String)
        /// The time by which all devices live.
        case clock(PlantClockChange)
        case agents
    }

    package enum Answer: Codable, Sendable {
        case done
        case health(DeviceHealth)
        case agents([AgentState])
    }

    package enum Event: Codable, Sendable {
        case ready
        /// The agent's tunnel to the gateway came up.
        case up(PlantID)
    }
}

/// One plant as built: its agents and its local network.
package struct SitePlan: Sendable, Hashable {
    package var plant: PlantID
    /// One or two.
    package var agents: [SitePlanAgent]
    package var masquerades: Bool
    package var subnets: [Prefix]
    package var devices: [SitePlanDevice]

    package init(
        plant: PlantID, agents: [SitePlanAgent], masquerades: Bool, subnets: [Prefix], devices: [SitePlanDevice]
    ) {
        self.plant = plant
        self.agents = agents
        self.masquerades = masquerades
        self.subnets = subnets
        self.devices = devices
    }
}

/// One agent of a plant.
package struct SitePlanAgent: Codable, Sendable, Hashable {
    package var id: AgentID
    /// Its address in the internet.
    package var address: IPv4Address
    /// Its address in the plant's LAN, from which masqueraded packets come.
    package var lanAddress: IPv4Address
    /// Given at once when the lab starts; `nil` leaves the agent unprovisioned.
    package var enrolmentToken: String?

    package init(id: AgentID, address: IPv4Address, lanAddress: IPv4Address, enrolmentToken: String?) {
        self.id = id
        self.address = address
        self.lanAddress = lanAddress
        self.enrolmentToken = enrolmentToken
    }
}

/// One device of a plant, at its local address.
package struct SitePlanDevice: Sendable, Hashable {
    package var name: String
    package var address: IPv4Address
    package var configuration: DeviceConfiguration
    /// Whether it sends through the agent what is not for its LAN.
    package var usesAgentAsGateway: Bool

    package init(
        name: String, address: IPv4Address, configuration: DeviceConfiguration, usesAgentAsGateway: Bool = false
    ) {
        self.name = name
        self.address = address
        self.configuration = configuration
        self.usesAgentAsGateway = usesAgentAsGateway
    }
}

extension SitePlan: Codable {
    private enum CodingKeys: CodingKey {
        case plant, agents, masquerades, subnets, names, addresses, kinds
    }

    /// What many devices of a plant have in common.
    private struct DeviceKind: Codable, Hashable {
        var configuration: DeviceConfiguration
        var usesAgentAsGateway: Bool
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        plant = try container.decode(PlantID.self, forKey: .plant)
        agents = try container.decode([SitePlanAgent].self, forKey: .agents)
        masquerades = try container.decode(Bool.self, forKey: .masquerades)
        subnets = try container.decode([Prefix].self, forKey: .subnets)
        let names = try container.decode([String].self, forKey: .names)
        let addresses = try container.decode([IPv4Address].self, forKey: .addresses)
        let kinds = try container.decode(Repeats<DeviceKind>.self, forKey: .kinds).list
        guard names.count == addresses.count, names.count == kinds.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .names, in: container, debugDescription: "names, addresses and kinds are not equally many")
        }
        devices = names.indices.map { index in
            SitePlanDevice(
                name: names[index], address: addresses[index], configuration: kinds[index].configuration,
                usesAgentAsGateway: kinds[index].usesAgentAsGateway)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(plant, forKey: .plant)
        try container.encode(agents, forKey: .agents)
        try container.encode(masquerades, forKey: .masquerades)
        try container.encode(subnets, forKey: .subnets)
        try container.encode(devices.map(\.name), forKey: .names)
        try container.encode(devices.map(\.address), forKey: .addresses)
        let kinds = devices.map {
            DeviceKind(configuration: $0.configuration, usesAgentAsGateway: $0.usesAgentAsGateway)
        }
        try container.encode(Repeats(kinds), forKey: .kinds)
    }
}

/// One agent as its own process sees it.
package struct AgentState: Codable, Sendable, Hashable {
    package var plant: PlantID
    package var agent: AgentID
    package var isProvisioned: Bool
    package var isUp: Bool

    package init(plant: PlantID, agent: AgentID, isProvisioned: Bool, isUp: Bool) {
        self.plant = plant
        self.agent = agent
        self.isProvisioned = isProvisioned
        self.isUp = isUp
    }
}
