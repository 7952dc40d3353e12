package import AccessModel
package import Addressing
package import DeviceModel

/// What another terminal asks of a served lab, one JSON line over the lab's registry socket, answered by one line.
package enum LabRequest: Codable, Sendable {
    case status
    case token(PersonID)
    /// The laptop's own file; from then on the laptop is not connected inside as well when the gateway is exposed.
    case configuration(laptop: String)
    /// Steps of the language, as they stand in a scenario; the answer is an `outcome`.
    case perform(String)
    /// The records about packets of a laptop for a service, now or at a moment in the past.
    case explain(laptop: String, service: Endpoint, at: Timestamp?)
    /// Everything that the control plane was told, as JSON.
    case export
    /// What people did since the lab was ready, as a scenario.
    case record(id: String, title: String)
    /// Go on behind the break.
    case resume
    /// Makes something go wrong; the text is what stands behind `fault:` in a scenario.
    case fault(String)
    /// Puts right what goes by that name, or everything.
    case heal(id: String?)
}

/// The answer to a `LabRequest`.
package enum LabReply: Codable, Sendable {
    case status(LabStatus)
    case text(String)
    /// What was said on the way, and the status to end with.
    case outcome(text: String, status: Int32)
    /// Why not, for people.
    case refusal(String)
}

/// A lab at one moment.
package struct LabStatus: Codable, Sendable, Hashable {
    package var name: String
    package var fixture: String
    package var controlPlane: String
    package var web: String?
    package var exposed: Endpoint?
    package var plants: [Plant]
    package var laptops: [Laptop]
    package var counters: [Counter]

    package struct Plant: Codable, Sendable, Hashable {
        package var plant: PlantID
        package var agent: String
        package var subnets: [Prefix]
        package var devices: [Device]

        package init(plant: PlantID, agent: String, subnets: [Prefix], devices: [Device]) {
            self.plant = plant
            self.agent = agent
            self.subnets = subnets
            self.devices = devices
        }
    }

    package struct Device: Codable, Sendable, Hashable {
        package var name: String
        package var address: IPv4Address
        package var port: UInt16
        package var kind: String
        package var counters: DeviceCounters
        /// What an inverter feeds in.
        package var acWatts: Double?

        package init(
            name: String, address: IPv4Address, port: UInt16, kind: String, counters: DeviceCounters, acWatts: Double?
        ) {
            self.name = name
            self.address = address
            self.port = port
            self.kind = kind
            self.counters = counters
            self.acWatts = acWatts
        }
    }

    package struct Laptop: Codable, Sendable, Hashable {
        package var name: String
        package var tunnel: String
        package var routes: [Route]

        package init(name: String, tunnel: String, routes: [Route]) {
            self.name = name
            self.tunnel = tunnel
            self.routes = routes
        }
    }

    package struct Route: Codable, Sendable, Hashable {
        package var subnet: Prefix
        package var plant: PlantID
        package var status: String

        package init(subnet: Prefix, plant: PlantID, status: String) {
            self.subnet = subnet
            self.plant = plant
            self.status = status
        }
    }

    package init(
        name: String, fixture: String, controlPlane: String, web: String?, exposed: Endpoint?, plants: [Plant],
        laptops: [Laptop], counters: [Counter]
    ) {
        self.name = name
        self.fixture = fixture
        self.controlPlane = controlPlane
        self.web = web
        self.exposed = exposed
        self.plants = plants
        self.laptops = laptops
        self.counters = counters
    }
}
