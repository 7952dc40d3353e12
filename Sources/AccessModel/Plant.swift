package import Addressing

/// A site, with the subnets of its local network.
package struct Plant: Hashable, Sendable, Codable {
    package var name: String
    package var portfolio: PortfolioID
    package var place: GeographicPlace?
    /// Ascending by prefix, each prefix once; they may overlap inside a plant.
    package private(set) var subnets: [Subnet]

    package init(name: String, portfolio: PortfolioID, place: GeographicPlace? = nil, subnets: [Subnet] = []) {
        self.name = name
        self.portfolio = portfolio
        self.place = place
        self.subnets = subnets.sorted { $0.prefix < $1.prefix }
    }

    package subscript(prefix: Prefix) -> Subnet? {
        get { subnets.first { $0.prefix == prefix } }
        set {
            subnets.removeAll { $0.prefix == prefix }
            guard let newValue else { return }
            let index = subnets.firstIndex { newValue.prefix < $0.prefix } ?? subnets.endIndex
            subnets.insert(newValue, at: index)
        }
    }

    /// The device with this address, if the plant lists one.
    package func device(at address: IPv4Address) -> Device? {
        for subnet in subnets where subnet.prefix.contains(address) {
            if let device = subnet.devices.first(where: { $0.address == address }) { return device }
        }
        return nil
    }
}

/// Where a plant stands on the map.
package struct GeographicPlace: Hashable, Sendable, Codable {
    package var latitude: Double
    package var longitude: Double
    package var timeZone: String?

    package init(latitude: Double, longitude: Double, timeZone: String? = nil) {
        self.latitude = latitude
        self.longitude = longitude
        self.timeZone = timeZone
    }
}

/// A prefix owned by a plant, with what is known to answer in it.
package struct Subnet: Hashable, Sendable, Codable {
    package var prefix: Prefix
    package var devices: [Device]
    /// Since when the plant has it.
    package var since: Timestamp

    package init(prefix: Prefix, devices: [Device] = [], since: Timestamp = .beginning) {
        self.prefix = prefix
        self.devices = devices
        self.since = since
    }
}

/// A device's name and address, for the labels of the audit.
package struct Device: Hashable, Sendable, Codable {
    package var name: String
    package var address: IPv4Address
    /// What it is, in the fixture's words: `inverter`, `datalogger`, `service-pc`.
    package var type: String
    package var services: [Service]

    package init(name: String, address: IPv4Address, type: String, services: [Service] = []) {
        self.name = name
        self.address = address
        self.type = type
        self.services = services
    }
}

/// A named service of a device.
package struct Service: Hashable, Sendable, Codable {
    package var name: String
    /// IP protocol number: 6 TCP, 17 UDP.
    package var transport: UInt8
    package var port: UInt16

    package init(name: String, transport: UInt8 = 6, port: UInt16) {
        self.name = name
        self.transport = transport
        self.port = port
    }
}
