package import AccessModel
package import Addressing
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
package struct SitePlan: Codable, Sendable, Hashable {
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
package struct SitePlanDevice: Codable, Sendable, Hashable {
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
