package import AccessModel
package import Addressing

/// Something that a scenario does to the world, once.
package struct Action: Hashable, Sendable, Codable {
    package var verb: Verb
    /// Who does it; `nil` for what the rig itself does (agents, sync, faults).
    package var actor: PersonID?

    package init(_ verb: Verb, actor: PersonID? = nil) {
        self.verb = verb
        self.actor = actor
    }

    package enum Verb: Hashable, Sendable, Codable {
        /// Grants; what is granted already stays as it is, and that is no refusal.
        case grant(GrantChange)
        case withdraw(GrantChange)
        /// Makes a key pair on the laptop, issues the certificate, keeps the `.conf` there.
        case issue(LaptopID)
        case rotate(LaptopID)
        case revoke(PersonID)
        /// Brings the laptop's tunnel up with the newest `.conf` that lies on it.
        case connect(LaptopID)
        case disconnect(LaptopID)
        case agent(AgentChange)
        case usePark(UsePark)
        case refresh(PersonID)
        case sync(Sync)
        /// Opens a connection that stays; returns when it is established.
        case open(Opening)
        case close(ConnectionID)
        case fault(Fault)
        /// Takes one fault away, or all when no id is given.
        case heal(FaultID?)
    }

    package struct GrantChange: Hashable, Sendable, Codable {
        package var person: PersonID
        package var places: [Place]

        package init(person: PersonID, places: [Place]) {
            self.person = person
            self.places = places
        }
    }

    package struct AgentChange: Hashable, Sendable, Codable {
        package var plant: PlantID
        package var change: Change

        package enum Change: String, Hashable, Sendable, Codable, CaseIterable {
            /// The control plane knows the agent, the agent process runs and is up when the action returns.
            case provision
            /// The control plane forgets the agent's peer and its process ends.
            case unprovision
            case start, stop
        }

        package init(plant: PlantID, change: Change) {
            self.plant = plant
            self.change = change
        }
    }

    package struct UsePark: Hashable, Sendable, Codable {
        package var person: PersonID
        package var subnet: Prefix
        package var plant: PlantID

        package init(person: PersonID, subnet: Prefix, plant: PlantID) {
            self.person = person
            self.subnet = subnet
            self.plant = plant
        }
    }

    /// What happens to the sync clock; nothing scheduled is applied without one of these.
    package enum Sync: Hashable, Sendable, Codable {
        /// One tick; returns on the gateway's acknowledgement.
        case now
        /// Starts ticks.
        case every(Duration)
        /// Waits for the next of the running ticks to be acknowledged.
        case next
        case pause
    }

    package struct Opening: Hashable, Sendable, Codable {
        package var id: ConnectionID
        package var from: LaptopID
        package var target: Target
        /// One of tcp, modbus, http, ssh.
        package var via: ProbeProtocol
        package var heartbeat: Duration

        package init(id: ConnectionID, from: LaptopID, target: Target, via: ProbeProtocol, heartbeat: Duration) {
            self.id = id
            self.from = from
            self.target = target
            self.via = via
            self.heartbeat = heartbeat
        }
    }

    /// Something that is made to go wrong; heals at the end of the scenario at the latest.
    package struct Fault: Hashable, Sendable, Codable {
        package var id: FaultID?
        package var kind: Kind

        package enum Kind: Hashable, Sendable, Codable {
            case uplink(Uplink)
            /// Ends the process and waits until it is back and ready.
            case restart(Role)
            case kill(Role)
        }

        /// An impairment of a plant's way to the internet, both directions.
        package struct Uplink: Hashable, Sendable, Codable {
            package var plant: PlantID
            /// Part of the packets, 0 to 1.
            package var loss: Double?
            package var delay: Duration?

            package init(plant: PlantID, loss: Double?, delay: Duration?) {
                self.plant = plant
                self.loss = loss
                self.delay = delay
            }
        }

        package init(id: FaultID?, kind: Kind) {
            self.id = id
            self.kind = kind
        }
    }

    /// A process of the lab that can fail.
    package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case controlPlane = "control-plane"
        case gateway
    }
}

package enum ConnectionKind {}
package enum FaultKind {}

package typealias ConnectionID = Identifier<ConnectionKind>
package typealias FaultID = Identifier<FaultKind>
