package import Addressing

/// The place of a gateway in a served lab that leaves it free: everything that a gateway from elsewhere needs to take it.
///
/// The lab writes it as JSON where its node `gateway` finds it; it holds the gateway's private key.
package struct GatewayPlace: Hashable, Sendable, Codable {
    /// Base64 of 32 bytes, as `wg` takes it.
    package var privateKey: String
    /// Where its peers send datagrams; an address of the node.
    package var endpoint: Endpoint
    /// `http://203.0.113.10:8080`, without a slash at the end.
    package var controlPlane: String
    /// Its bearer token for `/api/v1/gateway`.
    package var token: String
    /// Its own inner address, from which refusals come.
    package var tunnelAddress: IPv4Address
    /// The tunnel addresses of people.
    package var pool: Prefix
    /// False: packets without a route are dropped in silence.
    package var answersRefusals: Bool
    /// How often peers are reported of whom nothing changed.
    package var peerReportSeconds: Double

    package init(
        privateKey: String, endpoint: Endpoint, controlPlane: String, token: String, tunnelAddress: IPv4Address,
        pool: Prefix, answersRefusals: Bool, peerReportSeconds: Double
    ) {
        self.privateKey = privateKey
        self.endpoint = endpoint
        self.controlPlane = controlPlane
        self.token = token
        self.tunnelAddress = tunnelAddress
        self.pool = pool
        self.answersRefusals = answersRefusals
        self.peerReportSeconds = peerReportSeconds
    }

    /// Where it lies inside a lab.
    package static let path = "/run/mirox/gateway.json"
}
