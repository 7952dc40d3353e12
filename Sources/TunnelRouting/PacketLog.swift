package import AccessModel
package import Addressing
package import Timebase

/// Decisions as they are remembered: alike ones in a row are one record, and the oldest go when there is no room.
///
/// So the gateway can say what it did with a packet at a moment in the past.
package struct PacketLog: Sendable {
    /// Decisions about alike packets, one soon after the other.
    package struct Record: Hashable, Sendable {
        /// The first of them.
        package var decision: Decision
        package var last: Moment
        package var count: UInt64
        package var byteCount: UInt64
    }

    /// Which records are wanted; what is `nil` does not matter.
    package struct Query: Hashable, Sendable {
        package var person: PersonID?
        /// The address in the plant, whichever way the packet went.
        package var address: IPv4Address?
        /// The service's port, whichever way the packet went.
        package var port: UInt16?
        /// Not later than this.
        package var until: Moment?
        package var since: Moment?

        package init(
            person: PersonID? = nil, address: IPv4Address? = nil, port: UInt16? = nil, since: Moment? = nil,
            until: Moment? = nil
        ) {
            self.person = person
            self.address = address
            self.port = port
            self.since = since
            self.until = until
        }
    }

    private struct Kind: Hashable {
        var direction: Decision.Direction
        var verdict: Verdict
        var person: PersonID?
        var plant: PlantID?
        var source: IPv4Address
        var destination: IPv4Address
        var transport: UInt8
        var sourcePort: UInt16
        var destinationPort: UInt16
        var revision: UInt64
    }

    /// A ring: the record numbered `n` lies at `n % limit`.
    private var ring: [Record] = []
    private var nextNumber = 0
    private var newest: [Kind: Int] = [:]
    /// Records that were overwritten.
    package var forgotten: UInt64 { UInt64(max(0, nextNumber - limit)) }

    private let limit: Int
    private let window: Span

    /// - Parameter window: decisions further apart are never one record.
    package init(limit: Int = 8192, window: Span = .milliseconds(50)) {
        self.limit = max(1, limit)
        self.window = window
    }

    package mutating func record(_ decision: Decision) {
        let kind = Kind(
            direction: decision.direction, verdict: decision.verdict, person: decision.person, plant: decision.plant,
            source: decision.source, destination: decision.destination, transport: decision.transport,
            sourcePort: decision.sourcePort, destinationPort: decision.destinationPort, revision: decision.revision)
        if let number = newest[kind], number >= nextNumber - ring.count {
            let index = number % limit
            if decision.moment.since(ring[index].decision.moment) <= window {
                ring[index].last = decision.moment
                ring[index].count += decision.packetCount
                ring[index].byteCount += UInt64(decision.byteCount)
                return
            }
        }
        let record = Record(
            decision: decision, last: decision.moment, count: decision.packetCount,
            byteCount: UInt64(decision.byteCount))
        if ring.count < limit { ring.append(record) } else { ring[nextNumber % limit] = record }
        newest[kind] = nextNumber
        nextNumber += 1
        // Kinds whose record was overwritten would else stay for ever.
        if newest.count > 2 * limit { newest = newest.filter { $0.value >= nextNumber - ring.count } }
    }

    /// The newest records that are wanted, oldest first.
    ///
    /// A decision that was held back, because more alike might come, is recorded behind younger ones: the order here is that of what
    /// happened.
    package func records(_ query: Query, atMost limit: Int) -> [Record] {
        var found: [Record] = []
        var number = nextNumber - 1
        while number >= nextNumber - ring.count {
            let record = ring[number % self.limit]
            number -= 1
            if let until = query.until, record.decision.moment > until { continue }
            if let since = query.since, record.last < since { continue }
            if query.matches(record.decision) { found.append(record) }
        }
        found.sort { ($0.decision.moment, $0.decision.sequence) < ($1.decision.moment, $1.decision.sequence) }
        return found.suffix(limit)
    }
}

extension PacketLog.Query {
    fileprivate func matches(_ decision: Decision) -> Bool {
        let (address, port) =
            decision.direction == .up
            ? (decision.destination, decision.destinationPort) : (decision.source, decision.sourcePort)
        if let person, decision.person != person { return false }
        if let wanted = self.address, address != wanted { return false }
        if let wanted = self.port, port != wanted { return false }
        return true
    }
}
