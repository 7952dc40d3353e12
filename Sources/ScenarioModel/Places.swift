package import AccessModel
package import Addressing

/// A user's device with a tunnel of its own, `anna/laptop`.
package struct LaptopID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var person: PersonID
    package var name: String

    package init(person: PersonID, name: String) {
        self.person = person
        self.name = name
    }

    /// Reads `person/name`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(person: PersonID(String(parts[0])), name: String(parts[1]))
    }

    package static func < (left: Self, right: Self) -> Bool { (left.person, left.name) < (right.person, right.name) }

    package var description: String { "\(person)/\(name)" }
}

/// A device by its plant and name.
package struct DeviceReference: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var plant: PlantID
    package var device: String

    package init(plant: PlantID, device: String) {
        self.plant = plant
        self.device = device
    }

    package static func < (left: Self, right: Self) -> Bool { (left.plant, left.device) < (right.plant, right.device) }

    package var description: String { "\(plant)/\(device)" }
}

/// Where a probe or a connection goes.
package struct Target: Hashable, Sendable, Codable {
    package var address: IPv4Address
    /// 0 for ICMP.
    package var port: UInt16
    /// The device that the scenario named; `nil` when it said an address.
    package var device: DeviceReference?
    /// Every device of the fixture that lives at the address, whichever plant it stands in; sorted.
    package var candidates: [DeviceReference]
    /// The Modbus unit that is asked when nobody says another.
    package var unit = 1
    /// Whether HTTP is spoken inside TLS there.
    package var isEncrypted = false

    package init(address: IPv4Address, port: UInt16, device: DeviceReference?, candidates: [DeviceReference]) {
        self.address = address
        self.port = port
        self.device = device
        self.candidates = candidates
    }

    package var endpoint: Endpoint { Endpoint(address, port) }
}

/// What is spoken to a device.
package enum ProbeProtocol: String, Hashable, Sendable, Codable, CaseIterable {
    case icmp, tcp, modbus, http, ssh
    /// Over UDP: one question, one answer.
    case snmp

    /// Whether every answer names the device; a bare TCP accept or an echo cannot.
    package var namesItself: Bool { self != .icmp && self != .tcp }

    /// Whether there is a connection that could stay open.
    package var connects: Bool { self != .icmp && self != .snmp }

    /// The port it is found on; `nil` where it must be said.
    package var port: UInt16? {
        switch self {
        case .icmp: 0
        case .tcp: nil
        case .modbus: 502
        case .http: 80
        case .ssh: 22
        case .snmp: 161
        }
    }
}

extension Place {
    /// The place in a sentence; a plant needs no more than its name.
    package var sentence: String {
        switch self {
        case .plant(let id): id.text
        case .portfolio(let id): "the portfolio \(id)"
        case .organization(let id): "the organization \(id)"
        }
    }
}
