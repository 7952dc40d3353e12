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
        /// Give the plant's agent an enrolment token: it makes its key, enrols and connects.
        case provision(PlantID, token: String)
        /// Take the agent's key and tunnel away.
        case unprovision(PlantID)
        /// Switch the agent off, or on again with what it enrolled with.
        case stop(PlantID)
        case start(PlantID)
        /// Take the tunnel away and leave the heartbeat.
        case hang(PlantID)
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

/// One plant as built: its agent and its local network.
package struct SitePlan: Sendable, Hashable {
    package var plant: PlantID
    package var agentAddress: IPv4Address
    /// The agent's address in the plant's LAN, from which masqueraded packets come.
    package var agentLANAddress: IPv4Address
    package var masquerades: Bool
    package var subnets: [Prefix]
    package var devices: [SitePlanDevice]
    /// Given at once when the lab starts; `nil` leaves the agent unprovisioned.
    package var enrolmentToken: String?

    package init(
        plant: PlantID, agentAddress: IPv4Address, agentLANAddress: IPv4Address, masquerades: Bool, subnets: [Prefix],
        devices: [SitePlanDevice], enrolmentToken: String?
    ) {
        self.plant = plant
        self.agentAddress = agentAddress
        self.agentLANAddress = agentLANAddress
        self.masquerades = masquerades
        self.subnets = subnets
        self.devices = devices
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
        case plant, agentAddress, agentLANAddress, masquerades, subnets, enrolmentToken, names, addresses, kinds
    }

    /// What many devices of a plant have in common.
    private struct DeviceKind: Codable, Hashable {
        var configuration: DeviceConfiguration
        var usesAgentAsGateway: Bool
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        plant = try container.decode(PlantID.self, forKey: .plant)
        agentAddress = try container.decode(IPv4Address.self, forKey: .agentAddress)
        agentLANAddress = try container.decode(IPv4Address.self, forKey: .agentLANAddress)
        masquerades = try container.decode(Bool.self, forKey: .masquerades)
        subnets = try container.decode([Prefix].self, forKey: .subnets)
        enrolmentToken = try container.decodeIfPresent(String.self, forKey: .enrolmentToken)
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
        try container.encode(agentAddress, forKey: .agentAddress)
        try container.encode(agentLANAddress, forKey: .agentLANAddress)
        try container.encode(masquerades, forKey: .masquerades)
        try container.encode(subnets, forKey: .subnets)
        try container.encodeIfPresent(enrolmentToken, forKey: .enrolmentToken)
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
    package var isProvisioned: Bool
    package var isUp: Bool

    package init(plant: PlantID, isProvisioned: Bool, isUp: Bool) {
        self.plant = plant
        self.isProvisioned = isProvisioned
        self.isUp = isUp
    }
}
