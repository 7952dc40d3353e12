/// What the gateway made of a packet, and why; each has a counter.
package enum Verdict: UInt8, Hashable, Sendable, CaseIterable {
    // Forwarded
    case forwarded
    /// An ICMP error about a flow that is open.
    case forwardedError

    // Answered by the gateway itself
    /// An echo request to the gateway's own tunnel address.
    case echoAnswered
    /// A segment of a flow that was cut, answered with a reset.
    case resetAnswered

    // Refused: answered with an ICMP error, unless refusals are silent or too many
    /// No entry in the person's table, whether the range exists or not: 3/13.
    case noPermission
    /// The person's plant for it has no live agent, as the control plane says: 3/0.
    case plantUnreachable
    /// Several plants claim it and nobody owns it: 3/0.
    case noOwner
    /// The table says reachable, but no agent of the plant has been heard lately: 3/0.
    case noLiveAgent
    /// The control plane has not renewed the grants: 3/13.
    case leaseExpired
    /// To another tunnel address: people do not reach each other: 3/13.
    case userToUser
    /// To the gateway itself, and no echo request: 3/13.
    case notAGatewayService
    /// No hop left: 11/0.
    case timeExceeded

    // Dropped, from whomever
    case malformed
    case notIPv4
    case badHeaderChecksum
    /// A later part of a packet whose first part was not forwarded.
    case fragmentWithoutFirst
    /// An ICMP error about no open flow.
    case errorWithoutFlow
    /// ICMP that is neither echo nor error.
    case icmpNotForwarded
    /// The slot has no peer.
    case stalePeer

    // Dropped, from a user
    case spoofedSource
    case flowLimit
    case personFlowLimit

    // Dropped, from an agent
    case sourceOutsidePlant
    /// To an address outside the pool of tunnel addresses.
    case plantToPlant
    case plantToGateway
    /// In the pool, and nobody's.
    case unknownTunnelAddress
    /// The person's table leads elsewhere for that source: a late answer of a plant that is no longer the winner.
    case routedElsewhere
    /// The person opened no such flow.
    case noFlow
    /// A flow that was cut, and no reset is due.
    case afterCut
    /// The flow runs through another agent of the same plant.
    case otherAgent

    package enum Kind: String, Hashable, Sendable {
        case forwarded, answered, refused, dropped
    }

    package var kind: Kind {
        switch self {
        case .forwarded, .forwardedError: .forwarded
        case .echoAnswered, .resetAnswered: .answered
        case .noPermission, .plantUnreachable, .noOwner, .noLiveAgent, .leaseExpired, .userToUser, .notAGatewayService,
            .timeExceeded:
            .refused
        default: .dropped
        }
    }

    /// The name that counters and events show.
    package var name: String { String(describing: self) }
}

/// The fate of one packet, without the packet.
package struct Fate: Hashable, Sendable {
    package var verdict: Verdict
    /// Who gets the packet, which may have been changed in place; `nil` when nobody does.
    package var destination: PeerSlot?
    /// How many bytes from the start of the buffer the packet has now.
    package var byteCount: Int

    package init(_ verdict: Verdict, to destination: PeerSlot? = nil, byteCount: Int = 0) {
        self.verdict = verdict
        self.destination = destination
        self.byteCount = byteCount
    }
}
