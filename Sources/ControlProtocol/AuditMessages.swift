package import AccessModel
package import Addressing

/// `GET /api/v1/organizations/{id}/audit?plant=&person=&action=&from=&to=&cursor=`.
package struct AuditPage: Hashable, Sendable, Codable {
    /// Who touched what: one row a person, plant, device and service.
    package var access: [AccessRow]
    /// What happened, oldest first.
    package var entries: [AuditEntry]
    /// The cursor of the next page of entries; `nil` at the end.
    package var next: String?

    package init(access: [AccessRow], entries: [AuditEntry], next: String?) {
        self.access = access
        self.entries = entries
        self.next = next
    }
}

/// First and last touch of one service of one device by one person.
package struct AccessRow: Hashable, Sendable, Codable {
    package var person: PersonID
    package var organization: OrganizationID
    package var plant: PlantID
    /// The plant's narrowest subnet around the device when it was first touched.
    package var subnet: Prefix?
    package var address: IPv4Address
    /// The device's name, when the plant lists one there.
    package var device: String?
    /// IP protocol number: 1 ICMP, 6 TCP, 17 UDP.
    package var transport: UInt8
    package var port: UInt16
    package var service: String?
    /// `VPN`, later also `Proxy` and `Direct VPN`.
    package var path: String
    package var firstTouch: Timestamp
    package var lastTouch: Timestamp
    package var bytesUp: UInt64
    package var bytesDown: UInt64
    package var packetsUp: UInt64
    package var packetsDown: UInt64
    /// The newest address that the person came from, and where that is.
    package var source: IPv4Address?
    package var place: String?
    /// Flows refused, in this row's place and service.
    package var denied: UInt64

    package init(
        person: PersonID, organization: OrganizationID, plant: PlantID, subnet: Prefix?, address: IPv4Address,
        device: String?, transport: UInt8, port: UInt16, service: String?, path: String, firstTouch: Timestamp,
        lastTouch: Timestamp, bytesUp: UInt64, bytesDown: UInt64, packetsUp: UInt64, packetsDown: UInt64,
        source: IPv4Address?, place: String?, denied: UInt64
    ) {
        self.person = person
        self.organization = organization
        self.plant = plant
        self.subnet = subnet
        self.address = address
        self.device = device
        self.transport = transport
        self.port = port
        self.service = service
        self.path = path
        self.firstTouch = firstTouch
        self.lastTouch = lastTouch
        self.bytesUp = bytesUp
        self.bytesDown = bytesDown
        self.packetsUp = packetsUp
        self.packetsDown = packetsDown
        self.source = source
        self.place = place
        self.denied = denied
    }
}

/// One link of the audit's chain: something that somebody did, or that happened.
package struct AuditEntry: Hashable, Sendable, Codable {
    /// From 1, without gaps.
    package var sequence: UInt64
    package var at: Timestamp
    /// For example `certificate.revoked`, `conflict.winner-changed`, `access.first-touch`.
    package var action: String
    /// Who did it: a person's id, `agent:ID`, `gateway`, `lab` or `control-plane`.
    package var by: String
    package var person: PersonID?
    package var plant: PlantID?
    /// What else there is to say, by name.
    package var detail: [String: String]
    /// Of this entry and, through it, of all before; 64 hex digits.
    package var hash: String

    package init(
        sequence: UInt64, at: Timestamp, action: String, by: String, person: PersonID?, plant: PlantID?,
        detail: [String: String], hash: String
    ) {
        self.sequence = sequence
        self.at = at
        self.action = action
        self.by = by
        self.person = person
        self.plant = plant
        self.detail = detail
        self.hash = hash
    }
}

/// `GET /api/v1/lab/audit/verification`: whether the chain holds.
package struct AuditVerification: Hashable, Sendable, Codable {
    package var isIntact: Bool
    package var entries: UInt64
    /// The first entry that does not fit.
    package var brokenAt: UInt64?

    package init(isIntact: Bool, entries: UInt64, brokenAt: UInt64? = nil) {
        self.isIntact = isIntact
        self.entries = entries
        self.brokenAt = brokenAt
    }
}
