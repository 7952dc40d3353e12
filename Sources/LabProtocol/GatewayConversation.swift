package import AccessModel
package import Addressing
package import ControlProtocol

/// The conductor's conversation with the gateway.
package enum GatewayConversation: Conversation {
    package static let role = RoleName.gateway
    package static let ready = Event.ready

    package struct Configuration: Codable, Sendable {
        /// 32 bytes.
        package var privateKey: [UInt8]
        package var endpoint: Endpoint
        /// A UDP socket on the host, inherited, through which stock clients reach the gateway.
        package var exposedDescriptor: Int32?
        package var controlPlane: Endpoint
        package var bearer: String
        /// The gateway's own inner address, from which refusals come.
        package var tunnelAddress: IPv4Address
        package var pool: Prefix
        /// False: packets without a route are dropped in silence.
        package var answersRefusals: Bool
        /// How often peers are reported of whom nothing changed; no less often than keepalives come.
        package var peerReportSeconds: Double
        package var seed: UInt64

        package init(
            privateKey: [UInt8], endpoint: Endpoint, exposedDescriptor: Int32?, controlPlane: Endpoint, bearer: String,
            tunnelAddress: IPv4Address, pool: Prefix, answersRefusals: Bool, peerReportSeconds: Double, seed: UInt64
        ) {
            self.privateKey = privateKey
            self.endpoint = endpoint
            self.exposedDescriptor = exposedDescriptor
            self.controlPlane = controlPlane
            self.bearer = bearer
            self.tunnelAddress = tunnelAddress
            self.pool = pool
            self.answersRefusals = answersRefusals
            self.peerReportSeconds = peerReportSeconds
            self.seed = seed
        }
    }

    package enum Verb: Codable, Sendable {
        /// Report every packet's decision from now on.
        case watch
        case counters
        case peers
        case impair(NamedLinkFault)
        case heal(id: String)
        /// Answered when every decision made so far has been reported, and the control plane has every peer's and flow's state.
        case flush
    }

    package enum Answer: Codable, Sendable {
        case done
        case counters([Counter])
        case peers([PeerState])
    }

    package enum Event: Codable, Sendable {
        case ready
        case applied(revision: UInt64, generation: UInt64, scope: Revision.Scope)
        case decisions([DecisionRecord])
        /// Somebody whose key is no peer's tried to shake hands.
        case refusedInitiation(PublicKey)
    }
}

/// A named number.
package struct Counter: Codable, Sendable, Hashable {
    package var name: String
    package var value: UInt64

    package init(name: String, value: UInt64) {
        self.name = name
        self.value = value
    }
}

/// The gateway's decision about one packet, or several that are alike in all but length.
package struct DecisionRecord: Codable, Sendable, Hashable {
    package var sequence: UInt64
    package var person: PersonID?
    package var plant: PlantID?
    package var isFromPerson: Bool
    package var source: IPv4Address
    package var destination: IPv4Address
    /// IP protocol number.
    package var transport: UInt8
    package var sourcePort: UInt16
    package var destinationPort: UInt16
    package var verdict: String
    package var isForwarded: Bool
    package var revision: UInt64
    package var bytes: Int
    package var packets: UInt64
    /// The key of the person's peer under which it came.
    package var key: PublicKey?

    package init(
        sequence: UInt64, person: PersonID?, plant: PlantID?, isFromPerson: Bool, source: IPv4Address,
        destination: IPv4Address, transport: UInt8, sourcePort: UInt16, destinationPort: UInt16, verdict: String,
        isForwarded: Bool, revision: UInt64, bytes: Int, packets: UInt64 = 1, key: PublicKey? = nil
    ) {
        self.sequence = sequence
        self.person = person
        self.plant = plant
        self.isFromPerson = isFromPerson
        self.source = source
        self.destination = destination
        self.transport = transport
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.verdict = verdict
        self.isForwarded = isForwarded
        self.revision = revision
        self.bytes = bytes
        self.packets = packets
        self.key = key
    }
}
