package import Addressing

/// What a virtual device is.
package enum DeviceConfiguration: Hashable, Sendable {
    case inverter(InverterConfiguration)
    case datalogger(DataloggerConfiguration)
    case servicePC(ServicePCConfiguration)
}

/// Where a plant stands: all that its sun depends on, besides the time.
package struct PlantSite: Hashable, Sendable {
    /// Degrees, north positive.
    package var latitude: Double
    /// Degrees, east positive.
    package var longitude: Double
    package var ambientCelsius: Double
    /// What the plant's own clocks are ahead of UTC; a device's day of energy begins at its local midnight.
    package var utcOffsetMinutes: Int

    package init(
        latitude: Double, longitude: Double, ambientCelsius: Double = 20, utcOffsetMinutes: Int = 0
    ) {
        self.latitude = latitude
        self.longitude = longitude
        self.ambientCelsius = ambientCelsius
        self.utcOffsetMinutes = utcOffsetMinutes
    }
}

/// A string inverter that speaks SunSpec over Modbus/TCP.
package struct InverterConfiguration: Hashable, Sendable {
    package enum Vendor: String, Hashable, Sendable, CaseIterable {
        case generic
    }

    package var vendor: Vendor
    /// SunSpec models in the order of the chain; the first is the common model, 1.
    package var models: [Int]
    package var ratedPowerWatts: Int
    /// Every other unit is answered with exception 0x0B.
    package var unitIDs: [UInt8]
    /// Length of the common model in registers: 66 with its pad, 65 as SolarEdge and Fronius have it.
    package var commonLength: Int
    package var site: PlantSite
    /// Further connections are reset as soon as they are accepted.
    package var connectionLimit: Int
    /// A connection that sends no request for so long is closed.
    package var idleLimitSeconds: Int

    package static let knownModels = [1, 103, 120, 121, 122, 123, 160]

    package init(
        vendor: Vendor = .generic, models: [Int] = Self.knownModels, ratedPowerWatts: Int, unitIDs: [UInt8] = [1],
        commonLength: Int = 66, site: PlantSite, connectionLimit: Int = 8, idleLimitSeconds: Int = 600
    ) {
        self.vendor = vendor
        self.models = models
        self.ratedPowerWatts = ratedPowerWatts
        self.unitIDs = unitIDs
        self.commonLength = commonLength
        self.site = site
        self.connectionLimit = connectionLimit
        self.idleLimitSeconds = idleLimitSeconds
    }
}

/// A data logger with an HTTP interface and a small status page.
package struct DataloggerConfiguration: Hashable, Sendable {
    package enum Flavour: String, Hashable, Sendable, CaseIterable {
        case froniusSymo = "fronius-symo"
    }

    /// An inverter that the data logger collects from.
    ///
    /// Where the fleet holds an inverter of that name in the same plant, the logger shows what that one produces (so a power
    /// limit written over Modbus is seen here); otherwise it shows what such an inverter would produce.
    package struct Inverter: Hashable, Sendable {
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
    package var idleLimitSeconds: Int

    package init(
        flavour: Flavour = .froniusSymo, inverters: [Inverter], site: PlantSite, connectionLimit: Int = 32,
        idleLimitSeconds: Int = 60
    ) {
        self.flavour = flavour
        self.inverters = inverters
        self.site = site
        self.connectionLimit = connectionLimit
        self.idleLimitSeconds = idleLimitSeconds
    }
}

/// A control-cabinet PC that is reached over SSH.
package struct ServicePCConfiguration: Hashable, Sendable {
    package struct User: Hashable, Sendable {
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
    /// beforehand with ``ServiceHostKey``.
    package var hostKeySeed: [UInt8]
    /// What `ip addr` says of the device's network; nil is a /24 around the address on which it was reached.
    package var network: Prefix?
    package var sessionLimit: Int
    /// A session that does nothing and lets nothing run for so long is closed.
    package var idleLimitSeconds: Int

    package init(
        users: [User], hostKeySeed: [UInt8], network: Prefix? = nil, sessionLimit: Int = 8, idleLimitSeconds: Int = 3600
    ) {
        self.users = users
        self.hostKeySeed = hostKeySeed
        self.network = network
        self.sessionLimit = sessionLimit
        self.idleLimitSeconds = idleLimitSeconds
    }
}
