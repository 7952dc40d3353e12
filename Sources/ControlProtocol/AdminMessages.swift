package import AccessModel
package import Addressing

/// `POST /api/v1/grants`.
package struct GrantRequest: Hashable, Sendable, Codable {
    package var person: PersonID
    package var place: Place
    /// Now, when not said.
    package var since: Timestamp?

    package init(person: PersonID, place: Place, since: Timestamp? = nil) {
        self.person = person
        self.place = place
        self.since = since
    }
}

/// A grant, with the id by which it is deleted.
package struct GrantView: Hashable, Sendable, Codable {
    /// `anna~plant:park-a`.
    package var id: String
    package var person: PersonID
    package var place: Place
    package var since: Timestamp

    package init(person: PersonID, place: Place, since: Timestamp) {
        id = "\(person)~\(place.text)"
        self.person = person
        self.place = place
        self.since = since
    }
}

/// `POST /api/v1/people` and, with the owner in the path, organisations and portfolios.
package struct NameRequest: Hashable, Sendable, Codable {
    package var id: String
    package var name: String?

    package init(id: String, name: String? = nil) {
        self.id = id
        self.name = name
    }
}

/// `PUT /api/v1/organizations/{id}/members/{person}`; what is not said stays, or is the least for a new member.
package struct MemberRequest: Hashable, Sendable, Codable {
    package var standing: Standing?
    package var jobRole: JobRole?

    package init(standing: Standing? = nil, jobRole: JobRole? = nil) {
        self.standing = standing
        self.jobRole = jobRole
    }
}

/// `POST /api/v1/portfolios/{id}/plants`.
package struct PlantRequest: Hashable, Sendable, Codable {
    package var id: PlantID
    package var name: String?
    package var place: GeographicPlace?
    package var subnets: [Prefix]?

    package init(id: PlantID, name: String? = nil, place: GeographicPlace? = nil, subnets: [Prefix]? = nil) {
        self.id = id
        self.name = name
        self.place = place
        self.subnets = subnets
    }
}

/// `PATCH /api/v1/plants/{id}`: moves it to another portfolio of the same organisation, renames it, says where it stands.
package struct PlantChange: Hashable, Sendable, Codable {
    package var portfolio: PortfolioID?
    package var name: String?
    package var place: GeographicPlace?

    package init(portfolio: PortfolioID? = nil, name: String? = nil, place: GeographicPlace? = nil) {
        self.portfolio = portfolio
        self.name = name
        self.place = place
    }
}

/// `POST /api/v1/plants/{id}/subnets`, and `PUT /api/v1/plants/{id}/subnets/{prefix}` to edit one.
///
/// Host bits may be set; they are cleared, and the answer warns.
package struct SubnetRequest: Hashable, Sendable, Codable {
    package var prefix: String

    package init(prefix: String) { self.prefix = prefix }
}

/// The answer to adding or editing a subnet.
package struct SubnetAnswer: Hashable, Sendable, Codable {
    package var prefix: Prefix
    package var warnings: [String]

    package init(prefix: Prefix, warnings: [String] = []) {
        self.prefix = prefix
        self.warnings = warnings
    }
}

/// `POST /api/v1/cooperations`: the owner proposes.
package struct CooperationRequest: Hashable, Sendable, Codable {
    package var id: CooperationID
    package var owner: OrganizationID
    package var partner: OrganizationID
    package var shares: [Place]
    /// `operator` when not said.
    package var cap: JobRole?
    package var members: [PersonID]?

    package init(
        id: CooperationID, owner: OrganizationID, partner: OrganizationID, shares: [Place], cap: JobRole? = nil,
        members: [PersonID]? = nil
    ) {
        self.id = id
        self.owner = owner
        self.partner = partner
        self.shares = shares
        self.cap = cap
        self.members = members
    }
}

/// `PATCH /api/v1/cooperations/{id}`: exactly one of the three.
package struct CooperationChange: Hashable, Sendable, Codable {
    package var state: Cooperation.State?
    package var cap: JobRole?
    package var members: [PersonID]?

    package init(state: Cooperation.State? = nil, cap: JobRole? = nil, members: [PersonID]? = nil) {
        self.state = state
        self.cap = cap
        self.members = members
    }
}

/// `POST /api/v1/plants/{id}/agents`.
package struct AgentRequest: Hashable, Sendable, Codable {
    package var agent: AgentID

    package init(agent: AgentID) { self.agent = agent }
}

/// The answer to provisioning: the token is shown this once and enrols once.
package struct AgentProvisioned: Hashable, Sendable, Codable {
    package var agent: AgentID
    package var plant: PlantID
    package var token: String

    package init(agent: AgentID, plant: PlantID, token: String) {
        self.agent = agent
        self.plant = plant
        self.token = token
    }
}

/// The answer to a change of intent: its generation is applied once `SyncStatus.applied` has reached it.
package struct ChangeAnswer: Hashable, Sendable, Codable {
    package var generation: UInt64

    package init(generation: UInt64) { self.generation = generation }
}
