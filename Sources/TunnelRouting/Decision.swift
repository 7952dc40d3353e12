package import AccessModel
package import Addressing
package import Timebase

/// What the gateway decided about one packet, or about several that are alike in all but length, for whoever watches.
package struct Decision: Hashable, Sendable {
    package enum Direction: String, Hashable, Sendable, Codable {
        /// From a person's peer.
        case up
        /// From an agent.
        case down
    }

    /// Ascending by one; a gap means that decisions were lost.
    package var sequence: UInt64
    /// Of the first packet.
    package var moment: Moment
    package var packetCount: UInt64 = 1
    package var direction: Direction
    package var verdict: Verdict
    /// Who sent it or would have got it, as far as that was found out.
    package var person: PersonID?
    package var plant: PlantID?
    package var source: IPv4Address
    package var destination: IPv4Address
    package var transport: UInt8
    /// Of an ICMP echo its identifier; 0 where there are no ports.
    package var sourcePort: UInt16
    package var destinationPort: UInt16
    /// Inner bytes of all those packets.
    package var byteCount: Int
    /// The revision that was applied then.
    package var revision: UInt64
    /// The key of the person's peer, of packets that came from one.
    package var publicKey: PublicKey?
}
