package import AccessModel
package import Addressing

/// `POST /api/v1/agent/enroll`, once per token: repeated with the same key it is answered again, until the agent's first heartbeat
/// and for ten minutes at most.
package struct EnrolmentRequest: Hashable, Sendable, Codable {
    package var token: String
    package var publicKey: PublicKey

    package init(token: String, publicKey: PublicKey) {
        self.token = token
        self.publicKey = publicKey
    }
}

/// What an enrolled agent needs to come up.
package struct Enrolment: Hashable, Sendable, Codable {
    package var agent: AgentID
    package var plant: PlantID
    /// Bearer token for the heartbeat.
    package var bearer: String
    package var gateway: GatewayAddress
    /// Inner addresses to accept from the gateway: the pool of tunnel addresses.
    package var pool: Prefix
    package var keepaliveSeconds: Int
    package var heartbeatSeconds: Int

    package init(
        agent: AgentID, plant: PlantID, bearer: String, gateway: GatewayAddress, pool: Prefix, keepaliveSeconds: Int,
        heartbeatSeconds: Int
    ) {
        self.agent = agent
        self.plant = plant
        self.bearer = bearer
        self.gateway = gateway
        self.pool = pool
        self.keepaliveSeconds = keepaliveSeconds
        self.heartbeatSeconds = heartbeatSeconds
    }
}

/// Where peers find the gateway.
package struct GatewayAddress: Hashable, Sendable, Codable {
    package var publicKey: PublicKey
    package var endpoint: Endpoint

    package init(publicKey: PublicKey, endpoint: Endpoint) {
        self.publicKey = publicKey
        self.endpoint = endpoint
    }
}

/// `POST /api/v1/agent/heartbeat`.
package struct Heartbeat: Hashable, Sendable, Codable {
    package var uptimeSeconds: Double
    package var version: String

    package init(uptimeSeconds: Double, version: String) {
        self.uptimeSeconds = uptimeSeconds
        self.version = version
    }
}
