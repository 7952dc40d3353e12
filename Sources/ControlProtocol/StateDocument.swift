package import AccessModel
package import Addressing

/// `GET /api/v1/lab/export`: everything that a control plane was told, as one document to rebuild it from elsewhere.
///
/// It holds no key and no token. What a real control plane exports in this shape, `mirox-rig import` takes.
package struct StateDocument: Hashable, Sendable, Codable {
    /// Always `mirox-rig-state/1`.
    package var format: String
    package var exported: Timestamp
    package var defaultWinner: AccessPolicy.DefaultWinner
    package var offlineAgent: AccessPolicy.OfflineAgent
    package var organizations: [Organization]
    package var cooperations: [Cooperation]
    package var grants: [Grant]
    /// Standing choices, oldest first.
    package var picks: [Choice]
    /// Who has each contested subnet right now, person by person.
    package var owners: [Choice]

    package static let format = "mirox-rig-state/1"

    package init(
        format: String = StateDocument.format, exported: Timestamp, defaultWinner: AccessPolicy.DefaultWinner,
        offlineAgent: AccessPolicy.OfflineAgent, organizations: [Organization], cooperations: [Cooperation] = [],
        grants: [Grant] = [], picks: [Choice] = [], owners: [Choice] = []
    ) {
        self.format = format
        self.exported = exported
        self.defaultWinner = defaultWinner
        self.offlineAgent = offlineAgent
        self.organizations = organizations
        self.cooperations = cooperations
        self.grants = grants
        self.picks = picks
        self.owners = owners
    }

    package struct Organization: Hashable, Sendable, Codable {
        package var id: OrganizationID
        package var members: [Member]
        package var portfolios: [Portfolio]

        package init(id: OrganizationID, members: [Member], portfolios: [Portfolio]) {
            self.id = id
            self.members = members
            self.portfolios = portfolios
        }
    }

    package struct Member: Hashable, Sendable, Codable {
        package var person: PersonID
        package var standing: Standing
        package var jobRole: JobRole
        package var isActive: Bool
        package var hasCertificate: Bool

        package init(
            person: PersonID, standing: Standing, jobRole: JobRole, isActive: Bool = true, hasCertificate: Bool = true
        ) {
            self.person = person
            self.standing = standing
            self.jobRole = jobRole
            self.isActive = isActive
            self.hasCertificate = hasCertificate
        }
    }

    package struct Portfolio: Hashable, Sendable, Codable {
        package var id: PortfolioID
        package var plants: [Plant]

        package init(id: PortfolioID, plants: [Plant]) {
            self.id = id
            self.plants = plants
        }
    }

    package struct Plant: Hashable, Sendable, Codable {
        package var id: PlantID
        package var subnets: [Subnet]
        /// The best of its agents; the gateway's view.
        package var agent: PlantState

        package init(id: PlantID, subnets: [Subnet], agent: PlantState) {
            self.id = id
            self.subnets = subnets
            self.agent = agent
        }
    }

    package struct Subnet: Hashable, Sendable, Codable {
        package var prefix: Prefix
        package var devices: [Device]

        package init(prefix: Prefix, devices: [Device] = []) {
            self.prefix = prefix
            self.devices = devices
        }
    }

    package struct Device: Hashable, Sendable, Codable {
        package var name: String
        package var address: IPv4Address
        /// `inverter`, `datalogger`, `service-pc`, or what the product calls it.
        package var type: String

        package init(name: String, address: IPv4Address, type: String) {
            self.name = name
            self.address = address
            self.type = type
        }
    }

    package struct Cooperation: Hashable, Sendable, Codable {
        package var id: CooperationID
        package var owner: OrganizationID
        package var partner: OrganizationID
        package var shares: [Place]
        package var cap: JobRole
        package var members: [PersonID]
        package var state: AccessModel.Cooperation.State

        package init(
            id: CooperationID, owner: OrganizationID, partner: OrganizationID, shares: [Place], cap: JobRole,
            members: [PersonID], state: AccessModel.Cooperation.State
        ) {
            self.id = id
            self.owner = owner
            self.partner = partner
            self.shares = shares
            self.cap = cap
            self.members = members
            self.state = state
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

    /// A subnet of a plant, for a person.
    package struct Choice: Hashable, Sendable, Codable {
        package var person: PersonID
        package var plant: PlantID
        package var subnet: Prefix

        package init(person: PersonID, plant: PlantID, subnet: Prefix) {
            self.person = person
            self.plant = plant
            self.subnet = subnet
        }
    }
}

/// `GET /api/v1/lab/commands?since=`: what was decided after that entry of the log, oldest first.
package struct CommandPage: Hashable, Sendable, Codable {
    package var rows: [Row]
    /// The newest entry of the log.
    package var newest: UInt64

    package struct Row: Hashable, Sendable, Codable {
        package var sequence: UInt64
        package var at: Timestamp
        package var by: String
        package var command: Command

        package init(sequence: UInt64, at: Timestamp, by: String, command: Command) {
            self.sequence = sequence
            self.at = at
            self.by = by
            self.command = command
        }
    }

    package init(rows: [Row], newest: UInt64) {
        self.rows = rows
        self.newest = newest
    }
}
