package import Addressing
package import Capture
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
        /// From the first packet on.
        package var capture: CapturePlan?
        /// Under load the gateway behaves as the Linux kernel does.
        package var isStrict = false
        /// After how long without an authenticated packet an agent counts as dead, so that a second one takes its plant.
        package var agentSilenceSeconds = 75.0

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
        /// Capture from now on, or no more.
        case capture(CapturePlan?)
        /// What stands beside every captured packet from now on.
        case captureComment(String)
        /// Report every packet's decision from now on.
        case watch
        case counters
        /// What was decided about packets, newest last, from the gateway's bounded log.
        case records(DecisionQuery)
        case peers
        case impair(NamedLinkFault)
        case heal(id: String)
        /// Answered when every decision made so far has been reported, and the control plane has every peer's and flow's state.
        case flush
    }

    package enum Answer: Codable, Sendable {
        case done
        case counters([Counter])
        case records(DecisionHistory)
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
