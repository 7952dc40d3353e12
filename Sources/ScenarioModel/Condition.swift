package import AccessModel
package import Addressing

/// Something that can be looked at and is so or is not so.
package enum Condition: Hashable, Sendable, Codable {
    case reach(Reach)
    case tunnel(Tunnel)
    case route(Route)
    case routes(Routes)
    case connection(Connection)
    case session(Session)
    case audit(Audit)

    /// A fresh attempt from a laptop to a device, and how it must end.
    package struct Reach: Hashable, Sendable, Codable {
        package var from: LaptopID
        package var target: Target
        package var via: ProbeProtocol
        package var outcome: Outcome = .answered
        package var answeredBy: PlantID?
        /// Nobody but `answeredBy` gets a packet of this person for that address while the step runs.
        package var isOnly = false
        /// The address lies in no plant, so there is no target whose health could be asked.
        package var isNowhere = false
        package var read: ModbusRead?
        /// What the registers must spell, read as ASCII.
        package var equals: String?
        /// HTTP.
        package var status: Int?
        package var bodyContains: String?
        /// The command to run over SSH.
        package var run: String?
        package var stdoutContains: String?

        package init(from: LaptopID, target: Target, via: ProbeProtocol) {
            self.from = from
            self.target = target
            self.via = via
        }
    }

    package struct ModbusRead: Hashable, Sendable, Codable {
        package var unit: Int
        /// Zero-based, as on the wire.
        package var register: Int
        package var count: Int

        package init(unit: Int, register: Int, count: Int) {
            self.unit = unit
            self.register = register
            self.count = count
        }
    }

    /// How an attempt ended, read from the packet and not from errno.
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case answered, refused, reset, timeout
        /// ICMP 3/0.
        case noRoute = "no-route"
        /// ICMP 3/13.
        case adminProhibited = "admin-prohibited"
        /// ICMP 3/1.
        case hostUnreachable = "host-unreachable"
    }

    /// The laptop's tunnel as the laptop sees it.
    package struct Tunnel: Hashable, Sendable, Codable {
        package var laptop: LaptopID
        package var state: TunnelState

        package init(laptop: LaptopID, state: TunnelState) {
            self.laptop = laptop
            self.state = state
        }
    }

    package enum TunnelState: String, Hashable, Sendable, Codable, CaseIterable {
        /// A handshake is done and fresh.
        case up
        /// Configured, but there is no fresh handshake and none is being tried.
        case idle
        /// A handshake that was tried just now got no answer.
        case handshakeRefused = "handshake-refused"
        /// Not connected.
        case down
    }

    /// One plant among a person's routes; without a subnet, every row of the plant.
    package struct Route: Hashable, Sendable, Codable {
        package var person: PersonID
        package var plant: PlantID
        package var subnet: Prefix?
        /// `nil` does not matter; `absent` means that there is no such row.
        package var status: RouteStatus?
        package var reason: String?
        package var pending: Pending?
        package var role: ConflictRole?

        package init(person: PersonID, plant: PlantID, subnet: Prefix? = nil, status: RouteStatus? = nil) {
            self.person = person
            self.plant = plant
            self.subnet = subnet
            self.status = status
        }
    }

    package enum RouteStatus: String, Hashable, Sendable, Codable, CaseIterable {
        case active, conflict, unreachable
        /// No such row.
        case absent
    }

    package enum Pending: String, Hashable, Sendable, Codable, CaseIterable {
        case add, remove
    }

    package enum ConflictRole: String, Hashable, Sendable, Codable, CaseIterable {
        case winner, loser
    }

    /// A person's rows as a table.
    package struct Routes: Hashable, Sendable, Codable {
        package var person: PersonID
        package var rows: [Row]
        /// No row but these; else these among others.
        package var isExact: Bool
        package var isOrdered: Bool

        package struct Row: Hashable, Sendable, Codable {
            package var plant: PlantID
            package var subnet: Prefix
            package var status: RouteStatus

            package init(plant: PlantID, subnet: Prefix, status: RouteStatus) {
                self.plant = plant
                self.subnet = subnet
                self.status = status
            }
        }

        package init(person: PersonID, rows: [Row], isExact: Bool, isOrdered: Bool) {
            self.person = person
            self.rows = rows
            self.isExact = isExact
            self.isOrdered = isOrdered
        }
    }

    /// A connection that an `open` step made.
    package struct Connection: Hashable, Sendable, Codable {
        package var id: ConnectionID
        package var state: ConnectionState

        package init(id: ConnectionID, state: ConnectionState) {
            self.id = id
            self.state = state
        }
    }

    package enum ConnectionState: String, Hashable, Sendable, Codable, CaseIterable {
        /// Alive, and its last heartbeat was answered.
        case open
        case reset, closed
        /// Heartbeats get no answer and no end.
        case stalled
    }

    /// The newest session of a person's certificate.
    package struct Session: Hashable, Sendable, Codable {
        package var person: PersonID
        package var isOnline: Bool?
        package var bytesAbove: Int?

        package init(person: PersonID, isOnline: Bool? = nil, bytesAbove: Int? = nil) {
            self.person = person
            self.isOnline = isOnline
            self.bytesAbove = bytesAbove
        }
    }

    /// How many entries of the audit match since the scenario began.
    package struct Audit: Hashable, Sendable, Codable {
        /// The name of the entry, as `certificate.revoked` or `conflict.winner-changed`.
        package var action: String
        package var actor: PersonID?
        package var plant: PlantID?
        /// `nil`: at least one.
        package var count: Int?

        package init(action: String, actor: PersonID? = nil, plant: PlantID? = nil, count: Int? = nil) {
            self.action = action
            self.actor = actor
            self.plant = plant
            self.count = count
        }
    }
}
