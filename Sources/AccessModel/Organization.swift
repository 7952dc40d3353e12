/// A company: it owns portfolios and plants, and has members.
package struct Organization: Hashable, Sendable, Codable {
    package var name: String
    package var members: [PersonID: Member]

    package init(name: String, members: [PersonID: Member] = [:]) {
        self.name = name
        self.members = members
    }
}

/// What a person is in one organisation.
package struct Member: Hashable, Sendable, Codable {
    package var standing: Standing
    package var jobRole: JobRole
    /// Since when the job role has been what it is.
    package var since: Timestamp

    package init(standing: Standing = .member, jobRole: JobRole = .none, since: Timestamp = .beginning) {
        self.standing = standing
        self.jobRole = jobRole
        self.since = since
    }
}

/// Whether a member administers the organisation.
package enum Standing: String, Hashable, Sendable, Codable, CaseIterable {
    case member, admin
}

/// What a member does at plants; only an operator's role includes the VPN.
package enum JobRole: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case none, viewer, `operator`

    package var opensVPN: Bool { self == .operator }

    private var rank: Int {
        switch self {
        case .none: 0
        case .viewer: 1
        case .operator: 2
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// A user of the product; memberships say where.
package struct Person: Hashable, Sendable, Codable {
    package var name: String
    /// A deactivated person keeps every record and reaches nothing.
    package var isActive: Bool

    package init(name: String, isActive: Bool = true) {
        self.name = name
        self.isActive = isActive
    }
}

/// A named set of plants of one organisation.
package struct Portfolio: Hashable, Sendable, Codable {
    package var name: String
    package var organization: OrganizationID

    package init(name: String, organization: OrganizationID) {
        self.name = name
        self.organization = organization
    }
}
