package import AccessModel
package import Addressing

/// One page of a list; rows ascend by id.
package struct Page<Row: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
    package var rows: [Row]
    /// The `cursor` of the next page; `nil` at the end.
    package var next: String?

    package init(rows: [Row], next: String? = nil) {
        self.rows = rows
        self.next = next
    }
}

/// `GET /api/v1/organizations`.
package struct OrganizationView: Hashable, Sendable, Codable {
    package var id: OrganizationID
    package var name: String

    package init(id: OrganizationID, name: String) {
        self.id = id
        self.name = name
    }
}

/// `GET /api/v1/organizations/{id}/members`.
package struct MemberView: Hashable, Sendable, Codable {
    package var organization: OrganizationID
    package var person: PersonID
    package var name: String
    package var standing: Standing
    package var jobRole: JobRole
    package var since: Timestamp

    package init(
        organization: OrganizationID, person: PersonID, name: String, standing: Standing, jobRole: JobRole,
        since: Timestamp
    ) {
        self.organization = organization
        self.person = person
        self.name = name
        self.standing = standing
        self.jobRole = jobRole
        self.since = since
    }
}

/// `GET /api/v1/people`.
package struct PersonView: Hashable, Sendable, Codable {
    package var id: PersonID
    package var name: String
    package var isActive: Bool
    package var hasCertificate: Bool
    /// The person's memberships, ascending.
    package var organizations: [OrganizationID]

    package init(
        id: PersonID, name: String, isActive: Bool, hasCertificate: Bool, organizations: [OrganizationID]
    ) {
        self.id = id
        self.name = name
        self.isActive = isActive
        self.hasCertificate = hasCertificate
        self.organizations = organizations
    }
}

/// `GET /api/v1/organizations/{id}/portfolios`.
package struct PortfolioView: Hashable, Sendable, Codable {
    package var id: PortfolioID
    package var name: String
    package var organization: OrganizationID

    package init(id: PortfolioID, name: String, organization: OrganizationID) {
        self.id = id
        self.name = name
        self.organization = organization
    }
}

/// `GET /api/v1/plants`.
package struct PlantView: Hashable, Sendable, Codable {
    package var id: PlantID
    package var name: String
    package var portfolio: PortfolioID
    package var organization: OrganizationID
    package var place: GeographicPlace?
    package var subnets: [Prefix]
    /// The best of its agents, as the gateway sees them.
    package var state: PlantState

    package init(
        id: PlantID, name: String, portfolio: PortfolioID, organization: OrganizationID, place: GeographicPlace?,
        subnets: [Prefix], state: PlantState
    ) {
        self.id = id
        self.name = name
        self.portfolio = portfolio
        self.organization = organization
        self.place = place
        self.subnets = subnets
        self.state = state
    }
}

/// `GET /api/v1/plants/{id}/subnets`.
package struct SubnetView: Hashable, Sendable, Codable {
    package var plant: PlantID
    package var prefix: Prefix
    package var since: Timestamp
    package var devices: [Device]

    package init(plant: PlantID, prefix: Prefix, since: Timestamp, devices: [Device]) {
        self.plant = plant
        self.prefix = prefix
        self.since = since
        self.devices = devices
    }

    /// As in a path: `192.168.1.0-24`.
    package var id: String { "\(prefix.address)-\(prefix.length)" }
}

/// `GET /api/v1/cooperations`.
package struct CooperationView: Hashable, Sendable, Codable {
    package var id: CooperationID
    package var owner: OrganizationID
    package var partner: OrganizationID
    package var shares: [Place]
    package var cap: JobRole
    package var members: [PersonID]
    package var state: Cooperation.State
    package var since: Timestamp

    package init(id: CooperationID, _ cooperation: Cooperation) {
        self.id = id
        owner = cooperation.owner
        partner = cooperation.partner
        shares = cooperation.shares.sorted
        cap = cooperation.cap
        members = cooperation.members.sorted
        state = cooperation.state
        since = cooperation.since
    }
}

/// `PATCH /api/v1/people/{id}`, `organizations/{id}` and `portfolios/{id}`.
package struct RenameRequest: Hashable, Sendable, Codable {
    package var name: String

    package init(name: String) { self.name = name }
}
