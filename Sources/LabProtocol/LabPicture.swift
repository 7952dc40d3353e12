package import AccessModel
package import Addressing
import ControlProtocol

/// A lab at one moment, as its page draws it.
package struct LabPicture: Codable, Sendable {
    package var name: String
    package var fixture: String
    package var laptops: [Laptop]
    package var plants: [Plant]
    package var roles: [Role]
    /// What was made to go wrong, by the name that heals it.
    package var faults: [Fault]
    /// The newest of the gateway's decisions, oldest first.
    package var decisions: [DecisionRecord]
    package var counters: [Counter]

    package struct Laptop: Codable, Sendable {
        package var name: String
        package var person: PersonID
        package var address: IPv4Address
        /// `up`, `idle`, `down`.
        package var tunnel: String
        package var bytes: UInt64
        package var hasProfile: Bool
        package var routes: [LabStatus.Route]

        package init(
            name: String, person: PersonID, address: IPv4Address, tunnel: String, bytes: UInt64, hasProfile: Bool,
            routes: [LabStatus.Route]
        ) {
            self.name = name
            self.person = person
            self.address = address
            self.tunnel = tunnel
            self.bytes = bytes
            self.hasProfile = hasProfile
            self.routes = routes
        }
    }

    package struct Plant: Codable, Sendable {
        package var plant: PlantID
        /// `up`, `down`, `unprovisioned`.
        package var agent: String
        package var subnets: [Prefix]
        package var devices: Int

        package init(plant: PlantID, agent: String, subnets: [Prefix], devices: Int) {
            self.plant = plant
            self.agent = agent
            self.subnets = subnets
            self.devices = devices
        }
    }

    package struct Role: Codable, Sendable {
        package var name: String
        package var isRunning: Bool

        package init(name: String, isRunning: Bool) {
            self.name = name
            self.isRunning = isRunning
        }
    }

    package struct Fault: Codable, Sendable {
        package var id: String
        package var text: String

        package init(id: String, text: String) {
            self.id = id
            self.text = text
        }
    }

    package init(
        name: String, fixture: String, laptops: [Laptop], plants: [Plant], roles: [Role], faults: [Fault],
        decisions: [DecisionRecord], counters: [Counter]
    ) {
        self.name = name
        self.fixture = fixture
        self.laptops = laptops
        self.plants = plants
        self.roles = roles
        self.faults = faults
        self.decisions = decisions
        self.counters = counters
    }
}

/// What the lab page tells the rig to do.
package enum LabOrder: Codable, Sendable {
    /// `provision`, `unprovision`, `start`, `stop`, `hang`.
    case agent(plant: PlantID, change: String)
    /// Cut, or lossy and late, until healed.
    case uplink(plant: PlantID, lossPercent: Double?, delayMilliseconds: Int?, isCut: Bool?)
    case connect(laptop: String)
    case disconnect(laptop: String)
    case issue(laptop: String)
    /// `gateway`, `control-plane`.
    case restart(role: String)
    case heal(fault: String?)
}

/// What the control plane asks its conductor on behalf of the lab page.
package enum LabQuestion: Codable, Sendable {
    case picture(since: UInt64)
    case order(LabOrder)
}

package enum LabAnswer: Codable, Sendable {
    case picture(LabPicture)
    case done
    /// Why not, for people.
    case refusal(String)
}
