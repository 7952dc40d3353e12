package import AccessModel
package import Addressing

/// The gateway's decision about one packet, or about several alike in a row.
package struct DecisionRecord: Codable, Sendable, Hashable {
    package var sequence: UInt64
    package var at: Timestamp
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
    /// Alike packets in a row, this one included.
    package var packets: UInt64
    /// The key of the person's peer under which it came.
    package var key: PublicKey?

    package init(
        sequence: UInt64, at: Timestamp, person: PersonID?, plant: PlantID?, isFromPerson: Bool, source: IPv4Address,
        destination: IPv4Address, transport: UInt8, sourcePort: UInt16, destinationPort: UInt16, verdict: String,
        isForwarded: Bool, revision: UInt64, bytes: Int, packets: UInt64 = 1, key: PublicKey? = nil
    ) {
        self.sequence = sequence
        self.at = at
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

/// Which decisions of the past are wanted; what is `nil` does not matter.
package struct DecisionQuery: Codable, Sendable, Hashable {
    package var person: PersonID?
    /// The address in the plant, whichever way the packet went.
    package var address: IPv4Address?
    package var port: UInt16?
    package var since: Timestamp?
    package var until: Timestamp?
    package var limit: Int

    package init(
        person: PersonID? = nil, address: IPv4Address? = nil, port: UInt16? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, limit: Int = 100
    ) {
        self.person = person
        self.address = address
        self.port = port
        self.since = since
        self.until = until
        self.limit = limit
    }
}

/// The answer: decisions and applied revisions, oldest first.
package struct DecisionHistory: Codable, Sendable, Hashable {
    package var records: [DecisionRecord]
    package var applied: [Applied]
    /// Records too long ago to be known.
    package var forgotten: UInt64

    package struct Applied: Codable, Sendable, Hashable {
        package var revision: UInt64
        package var generation: UInt64
        package var at: Timestamp
        /// A tick or a snapshot: everything that was pending came with it.
        package var isForEveryone: Bool

        package init(revision: UInt64, generation: UInt64, at: Timestamp, isForEveryone: Bool) {
            self.revision = revision
            self.generation = generation
            self.at = at
            self.isForEveryone = isForEveryone
        }
    }

    package init(records: [DecisionRecord], applied: [Applied], forgotten: UInt64) {
        self.records = records
        self.applied = applied
        self.forgotten = forgotten
    }
}
