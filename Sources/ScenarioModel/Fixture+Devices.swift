package import Addressing
package import DeviceModel

extension Fixture {
    /// A device in a plant's subnet; its name is unique within the plant.
    package struct Device: Hashable, Sendable, Codable {
        package var name: String
        package var address: IPv4Address
        package var type: DeviceType
        package var vendor: VendorProfile
        /// SunSpec model numbers, in the order in which the device shows them; empty: what its type usually shows.
        package var models: [Int]
        package var ratedWatts: Int
        /// How many inverters answer behind the address, or how many trackers the controller has.
        package var units: Int
        /// How the web interface of a data logger looks.
        package var flavour: DataloggerConfiguration.Flavour
        /// HTTPS with a certificate that nobody has signed but the device.
        package var isEncrypted: Bool
        /// What a register dump holds.
        package var dump: [RegisterRun]
        package var users: [User]
        /// Whether the Proxy offers it.
        package var isWebTarget: Bool
        /// Whether it knows a way out of its LAN.
        package var gateway: DeviceGateway

        package init(
            name: String, address: IPv4Address, type: DeviceType, vendor: VendorProfile = VendorProfile(),
            models: [Int] = [], ratedWatts: Int = 10_000, units: Int = 1,
            flavour: DataloggerConfiguration.Flavour = .froniusSymo, isEncrypted: Bool = false,
            dump: [RegisterRun] = [], users: [User] = [], isWebTarget: Bool = false, gateway: DeviceGateway = .none
        ) {
            self.name = name
            self.address = address
            self.type = type
            self.vendor = vendor
            self.models = models
            self.ratedWatts = ratedWatts
            self.units = units
            self.flavour = flavour
            self.isEncrypted = isEncrypted
            self.dump = dump
            self.users = users
            self.isWebTarget = isWebTarget
            self.gateway = gateway
        }

        /// What is spoken to it; of what has no probe of its own, how one sees at least that it is there.
        package var service: ProbeProtocol {
            switch type {
            case .inverter, .meter, .trackerController, .weatherStation, .registers: .modbus
            case .datalogger: .http
            case .servicePC: .ssh
            case .networkSwitch: .snmp
            }
        }

        /// The name of its service, as the audit shows it.
        package var serviceName: String {
            switch type {
            case .datalogger where isEncrypted: "https"
            default: service.rawValue
            }
        }

        /// Where its service listens.
        package var port: UInt16 {
            switch type {
            case .inverter, .meter, .trackerController, .weatherStation, .registers: vendor.port
            case .datalogger: isEncrypted ? 443 : 80
            case .servicePC: 22
            case .networkSwitch: 161
            }
        }

        /// The unit that a Modbus probe asks when nobody says another.
        package var unit: Int { Int(vendor.unitIDs.first ?? 1) }
    }

    package enum DeviceType: String, Hashable, Sendable, Codable, CaseIterable {
        case inverter, meter
        case trackerController = "tracker-controller"
        case weatherStation = "weather-station"
        /// Plays back what was read out of a real device.
        case registers
        case datalogger
        case servicePC = "service-pc"
        case networkSwitch = "network-switch"
    }

    /// What a device sends answers to that are not for its LAN.
    package enum DeviceGateway: String, Hashable, Sendable, Codable, CaseIterable {
        case none, agent
    }

    /// An account on a service PC; the password of the first one of a data logger opens that.
    package struct User: Hashable, Sendable, Codable {
        package var name: String
        package var password: String?
        /// Whether a key pair derived from the seed opens the account as well.
        package var hasDerivedKey: Bool

        package init(name: String, password: String?, hasDerivedKey: Bool = false) {
            self.name = name
            self.password = password
            self.hasDerivedKey = hasDerivedKey
        }
    }

    /// The air over a plant.
    package struct Weather: Hashable, Sendable, Codable {
        package var ambientCelsius = 20.0
        /// How much of the sun clouds take at most, 0 to 1.
        package var cloudiness = 0.0

        package init() {}
    }
}
