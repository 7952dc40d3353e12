package import AccessModel
package import Addressing

/// Which gateway process is speaking; a start writes one `audit.gap`.
package struct GatewayIncarnation: Hashable, Sendable, Codable {
    package var id: String

    package init(id: String) { self.id = id }
}

/// `POST /api/v1/gateway/peers`: what changed at the gateway's peers, at once, and all of them every 5 s.
package struct PeerReport: Hashable, Sendable, Codable {
    package var incarnation: GatewayIncarnation
    package var peers: [PeerState]

    package init(incarnation: GatewayIncarnation, peers: [PeerState]) {
        self.incarnation = incarnation
        self.peers = peers
    }
}

/// One peer as the gateway sees it.
///
/// Ages are seconds before the report was made, so that no clocks need to agree.
package struct PeerState: Hashable, Sendable, Codable {
    package var publicKey: PublicKey
    package var endpoint: Endpoint?
    package var lastHandshakeAge: Double?
    /// Since the last authenticated data or keepalive packet.
    package var lastAuthenticatedAge: Double?
    /// Inner IP bytes.
    package var bytesFromPeer: UInt64
    package var bytesToPeer: UInt64

    package init(
        publicKey: PublicKey, endpoint: Endpoint?, lastHandshakeAge: Double?, lastAuthenticatedAge: Double?,
        bytesFromPeer: UInt64, bytesToPeer: UInt64
    ) {
        self.publicKey = publicKey
        self.endpoint = endpoint
        self.lastHandshakeAge = lastHandshakeAge
        self.lastAuthenticatedAge = lastAuthenticatedAge
        self.bytesFromPeer = bytesFromPeer
        self.bytesToPeer = bytesToPeer
    }
}

/// `POST /api/v1/gateway/flows`: first touch at once, volume every second while it grows, the end at once.
package struct FlowReport: Hashable, Sendable, Codable {
    package var incarnation: GatewayIncarnation
    package var flows: [FlowRecord]

    package init(incarnation: GatewayIncarnation, flows: [FlowRecord]) {
        self.incarnation = incarnation
        self.flows = flows
    }
}

/// One flow of one person to one device's service.
///
/// Counters are totals since the flow began; a later record replaces an earlier one.
package struct FlowRecord: Hashable, Sendable, Codable {
    /// Unique within the incarnation.
    package var id: UInt64
    package var person: PersonID
    package var publicKey: PublicKey
    /// `nil` when the attempt was denied before it had a plant.
    package var plant: PlantID?
    package var device: IPv4Address
    /// IP protocol number: 1 ICMP, 6 TCP, 17 UDP.
    package var transport: UInt8
    /// The service's port, 0 for ICMP.
    package var port: UInt16
    package var source: Endpoint?
    /// Seconds before the report was made.
    package var firstAge: Double
    package var lastAge: Double
    package var bytesUp: UInt64
    package var bytesDown: UInt64
    package var packetsUp: UInt64
    package var packetsDown: UInt64
    package var revision: UInt64
    package var state: State

    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case open, ended, cut, denied
    }

    package init(
        id: UInt64, person: PersonID, publicKey: PublicKey, plant: PlantID?, device: IPv4Address, transport: UInt8,
        port: UInt16, source: Endpoint?, firstAge: Double, lastAge: Double, bytesUp: UInt64, bytesDown: UInt64,
        packetsUp: UInt64, packetsDown: UInt64, revision: UInt64, state: State
    ) {
        self.id = id
        self.person = person
        self.publicKey = publicKey
        self.plant = plant
        self.device = device
        self.transport = transport
        self.port = port
        self.source = source
        self.firstAge = firstAge
        self.lastAge = lastAge
        self.bytesUp = bytesUp
        self.bytesDown = bytesDown
        self.packetsUp = packetsUp
        self.packetsDown = packetsDown
        self.revision = revision
        self.state = state
    }
}
