package import AccessModel
package import Addressing
package import Timebase

/// What the gateway decided about one packet, for whoever watches.
package struct Decision: Hashable, Sendable {
    package enum Direction: String, Hashable, Sendable, Codable {
        /// From a person's peer.
        case up
        /// From an agent.
        case down
    }

    /// Ascending by one; a gap means that decisions were lost.
    package var sequence: UInt64
    package var moment: Moment
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
    package var byteCount: Int
    /// The revision that was applied then.
    package var revision: UInt64
}

/// Decisions that nobody took yet, at most `limit` of them; memory is re-used.
struct DecisionBuffer {
    private(set) var decisions: [Decision] = []
    private(set) var lost: UInt64 = 0
    private var sequence: UInt64 = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ make: (UInt64) -> Decision) {
        sequence += 1
        guard decisions.count < limit else {
            lost += 1
            return
        }
        decisions.append(make(sequence))
    }

    mutating func reserve() { decisions.reserveCapacity(limit) }

    mutating func removeAll() { decisions.removeAll(keepingCapacity: true) }
}
