package import AccessModel
package import Addressing

/// What an empty control plane is first filled with; a database that holds something ignores it.
package struct Seed: Hashable, Sendable, Codable {
    package var intent: Intent
    package var tokens: [Token]
    package var enrolments: [EnrolmentToken]
    package var gateway: GatewayAddress
    /// The endpoint for the people's files, when it is not the gateway's own.
    package var profileEndpoint: Endpoint?
    package var settings: ControlSettings

    /// A bearer token and whom it stands for.
    package struct Token: Hashable, Sendable, Codable {
        package var secret: String
        package var principal: Principal

        package init(secret: String, principal: Principal) {
            self.secret = secret
            self.principal = principal
        }
    }

    /// A token that lets an agent enrol once.
    package struct EnrolmentToken: Hashable, Sendable, Codable {
        package var secret: String
        package var agent: AgentID

        package init(secret: String, agent: AgentID) {
            self.secret = secret
            self.agent = agent
        }
    }

    package init(
        intent: Intent, tokens: [Token], enrolments: [EnrolmentToken], gateway: GatewayAddress,
        profileEndpoint: Endpoint? = nil, settings: ControlSettings = ControlSettings()
    ) {
        self.intent = intent
        self.tokens = tokens
        self.enrolments = enrolments
        self.gateway = gateway
        self.profileEndpoint = profileEndpoint
        self.settings = settings
    }
}

/// Whom a bearer token stands for.
package enum Principal: Hashable, Sendable, Codable {
    case person(PersonID)
    case agent(AgentID)
    case gateway
    /// The rig itself: drives the sync, and may do what any admin may.
    case lab

    /// `anna`, `agent:park-a`, `gateway`, `lab`: how the audit names it.
    package var name: String {
        switch self {
        case .person(let id): id.text
        case .agent(let id): "agent:\(id)"
        case .gateway: "gateway"
        case .lab: "lab"
        }
    }
}

/// Figures that a fixture may set.
package struct ControlSettings: Hashable, Sendable, Codable {
    /// Seconds between ticks; `nil`: nothing is released before somebody says so.
    package var syncIntervalSeconds: Double?
    package var allowedIPs: [Prefix]
    package var keepaliveSeconds: Int
    package var mtu: Int?
    package var fileName: String
    package var heartbeatSeconds: Int
    /// An agent is offline after so many keepalives missed.
    package var offlineAfterKeepalives: Int
    /// And back after so many heard in a row.
    package var onlineAfterKeepalives: Int
    package var sessionOnlineSeconds: Double
    package var sessionEndSeconds: Double
    /// The grants' lease; `nil`: none.
    package var leaseSeconds: Double?
    /// How long an urgent call waits for the gateway before it answers "pending".
    package var urgentWaitSeconds: Double
    /// How long `sync: { now: true }` waits for it.
    package var syncWaitSeconds: Double

    package init(
        syncIntervalSeconds: Double? = nil, allowedIPs: [Prefix] = standardAllowedIPs, keepaliveSeconds: Int = 25,
        mtu: Int? = nil, fileName: String = "mirox-vpn.conf", heartbeatSeconds: Int = 25,
        offlineAfterKeepalives: Int = 3, onlineAfterKeepalives: Int = 2, sessionOnlineSeconds: Double = 75,
        sessionEndSeconds: Double = 180, leaseSeconds: Double? = nil, urgentWaitSeconds: Double = 1,
        syncWaitSeconds: Double = 5
    ) {
        self.syncIntervalSeconds = syncIntervalSeconds
        self.allowedIPs = allowedIPs
        self.keepaliveSeconds = keepaliveSeconds
        self.mtu = mtu
        self.fileName = fileName
        self.heartbeatSeconds = heartbeatSeconds
        self.offlineAfterKeepalives = offlineAfterKeepalives
        self.onlineAfterKeepalives = onlineAfterKeepalives
        self.sessionOnlineSeconds = sessionOnlineSeconds
        self.sessionEndSeconds = sessionEndSeconds
        self.leaseSeconds = leaseSeconds
        self.urgentWaitSeconds = urgentWaitSeconds
        self.syncWaitSeconds = syncWaitSeconds
    }

    /// Split tunnel: the private ranges, and the gateway's own address, else a stock client throws its ICMP away.
    package static let standardAllowedIPs =
        SubnetRule.privateRanges + [Prefix(around: IPv4Address(100, 64, 0, 1), length: 32)]
}
