import Addressing
import DeviceModel

/// Devices that differ in name and address only are written once.
extension Fixture.Subnet: Codable {
    private enum CodingKeys: CodingKey {
        case prefix, isListed, names, addresses, kinds
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        prefix = try container.decode(Prefix.self, forKey: .prefix)
        isListed = try container.decode(Bool.self, forKey: .isListed)
        let names = try container.decode([String].self, forKey: .names)
        let addresses = try container.decode([IPv4Address].self, forKey: .addresses)
        devices = try container.decode(Repeats<Fixture.Device>.self, forKey: .kinds).list
        guard names.count == devices.count, addresses.count == devices.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .names, in: container, debugDescription: "names, addresses and kinds are not equally many")
        }
        for index in devices.indices {
            devices[index].name = names[index]
            devices[index].address = addresses[index]
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(prefix, forKey: .prefix)
        try container.encode(isListed, forKey: .isListed)
        try container.encode(devices.map(\.name), forKey: .names)
        try container.encode(devices.map(\.address), forKey: .addresses)
        let kinds = devices.map { device in
            var kind = device
            kind.name = ""
            kind.address = prefix.address
            return kind
        }
        try container.encode(Repeats(kinds), forKey: .kinds)
    }
}
