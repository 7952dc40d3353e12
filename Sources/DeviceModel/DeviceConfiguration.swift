package import Addressing

/// What a virtual device is.
package enum DeviceConfiguration: Hashable, Sendable, Codable {
    case modbus(ModbusConfiguration)
    case datalogger(DataloggerConfiguration)
    case servicePC(ServicePCConfiguration)
    case networkSwitch(NetworkSwitchConfiguration)

    /// Where such a device listens.
    package var port: UInt16 {
        switch self {
        case .modbus(let modbus): modbus.vendor.port
        case .datalogger(let logger): logger.isEncrypted ? 443 : 80
        case .servicePC: 22
        case .networkSwitch: 161
        }
    }

    /// Whether it listens for datagrams rather than for connections.
    package var isDatagram: Bool {
        if case .networkSwitch = self { return true }
        return false
    }
}

/// Where a plant stands: all that its sun depends on, besides the time.
package struct PlantSite: Hashable, Sendable, Codable {
    /// Degrees, north positive.
    package var latitude: Double
    /// Degrees, east positive.
    package var longitude: Double
    package var ambientCelsius: Double
    /// What the plant's own clocks are ahead of UTC; a device's day of energy begins at its local midnight.
    package var utcOffsetMinutes: Int
    /// How much of the sun clouds take at most, 0 to 1; they pass as the seed says.
    package var cloudiness: Double
    package var cloudSeed: UInt64

    package init(
        latitude: Double, longitude: Double, ambientCelsius: Double = 20, utcOffsetMinutes: Int = 0,
        cloudiness: Double = 0, cloudSeed: UInt64 = 0
    ) {
        self.latitude = latitude
        self.longitude = longitude
        self.ambientCelsius = ambientCelsius
        self.utcOffsetMinutes = utcOffsetMinutes
        self.cloudiness = cloudiness
        self.cloudSeed = cloudSeed
    }
}

/// A data logger with a web interface and a small status page.
package struct DataloggerConfiguration: Hashable, Sendable, Codable {
    package enum Flavour: String, Hashable, Sendable, Codable, CaseIterable {
        case froniusSymo = "fronius-symo"
        case froniusGEN24 = "fronius-gen24"
        case solarLog = "solar-log"
        case kostal
    }

    /// An inverter that the data logger collects from.
    ///
    /// Where the fleet holds an inverter of that name in the same plant, the logger shows what that one produces (so a power
    /// limit written over Modbus is seen here); otherwise it shows what such an inverter would produce.
    package struct Inverter: Hashable, Sendable, Codable {
        package var device: String
        package var ratedPowerWatts: Int

        package init(device: String, ratedPowerWatts: Int) {
            self.device = device
            self.ratedPowerWatts = ratedPowerWatts
        }
    }

    package var flavour: Flavour
    /// The first one is `DeviceId=1`, and so on.
    package var inverters: [Inverter]
    package var site: PlantSite
    package var connectionLimit: Int
    package var overLimit: VendorProfile.OverLimit
    package var idleLimitSeconds: Int
    /// HTTPS with a certificate that the device has signed itself.
    package var isEncrypted: Bool
    /// What opens the user `user` of a Kostal.
    package var password: String

    package init(
        flavour: Flavour = .froniusSymo, inverters: [Inverter], site: PlantSite, connectionLimit: Int = 32,
        overLimit: VendorProfile.OverLimit = .reset, idleLimitSeconds: Int = 60, isEncrypted: Bool = false,
        password: String = "plant"
    ) {
        self.flavour = flavour
        self.inverters = inverters
        self.site = site
        self.connectionLimit = connectionLimit
        self.overLimit = overLimit
        self.idleLimitSeconds = idleLimitSeconds
        self.isEncrypted = isEncrypted
        self.password = password
    }
}

/// A control-cabinet PC that is reached over SSH.
package struct ServicePCConfiguration: Hashable, Sendable, Codable {
    package struct User: Hashable, Sendable, Codable {
        package var name: String
        package var password: String?
        /// Lines as in `authorized_keys`: `ssh-ed25519 AAAA… comment`.
        package var publicKeys: [String]

        package init(name: String, password: String? = nil, publicKeys: [String] = []) {
            self.name = name
            self.password = password
            self.publicKeys = publicKeys
        }
    }

    package var users: [User]
    /// The 32 bytes that an Ed25519 host key is made of: the same seed is the same key, so a `known_hosts` can be made
    /// beforehand with `ServiceHostKey`.
    package var hostKeySeed: [UInt8]
    /// What `ip addr` says of the device's network; nil is a /24 around the address on which it was reached.
    package var network: Prefix?
    package var sessionLimit: Int
    package var overLimit: VendorProfile.OverLimit
    /// A session that does nothing and lets nothing run for so long is closed.
    package var idleLimitSeconds: Int

    package init(
        users: [User], hostKeySeed: [UInt8], network: Prefix? = nil, sessionLimit: Int = 8,
        overLimit: VendorProfile.OverLimit = .reset, idleLimitSeconds: Int = 3600
    ) {
        self.users = users
        self.hostKeySeed = hostKeySeed
        self.network = network
        self.sessionLimit = sessionLimit
        self.overLimit = overLimit
        self.idleLimitSeconds = idleLimitSeconds
    }
}

/// A managed switch in the plant's network, which answers SNMP over UDP.
package struct NetworkSwitchConfiguration: Hashable, Sendable, Codable {
    /// Whoever asks must say this word; anything else gets no answer.
    package var community: String
    package var ports: Int

    package init(community: String = "public", ports: Int = 8) {
        self.community = community
        self.ports = ports
    }
}
