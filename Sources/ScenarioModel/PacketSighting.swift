package import AccessModel
package import Addressing

/// What the gateway did with a packet, or with several alike in a row; for reports.
package struct PacketSighting: Hashable, Sendable, Codable {
    /// The number of the gateway's decision.
    package var decision: UInt64
    package var at: Timestamp
    package var person: PersonID?
    package var plant: PlantID?
    package var isFromPerson: Bool
    package var source: IPv4Address
    package var destination: IPv4Address
    /// IP protocol number.
    package var transport: UInt8
    /// The service's port, whichever way the packet went; 0 for ICMP.
    package var port: UInt16
    /// The name of the verdict, `forwarded`, `noPermission`.
    package var verdict: String
    package var isForwarded: Bool
    package var revision: UInt64
    package var count: UInt64

    package init(
        decision: UInt64, at: Timestamp, person: PersonID?, plant: PlantID?, isFromPerson: Bool, source: IPv4Address,
        destination: IPv4Address, transport: UInt8, port: UInt16, verdict: String, isForwarded: Bool,
        revision: UInt64, count: UInt64
    ) {
        self.decision = decision
        self.at = at
        self.person = person
        self.plant = plant
        self.isFromPerson = isFromPerson
        self.source = source
        self.destination = destination
        self.transport = transport
        self.port = port
        self.verdict = verdict
        self.isForwarded = isForwarded
        self.revision = revision
        self.count = count
    }
}

/// A person's whole route table at one moment.
package struct RouteTableSighting: Hashable, Sendable, Codable {
    package var person: PersonID
    package var rows: [RouteRow]

    package init(person: PersonID, rows: [RouteRow]) {
        self.person = person
        self.rows = rows
    }
}
