import AccessModel
import Addressing
import DeviceModel
import Foundation
import LabProtocol
import ScenarioModel

extension SitePlan {
    /// A plant as the fixture says it, with the tokens that its agents enrol with.
    init(_ plant: Fixture.Plant, seed: UInt64, enrolmentTokens: [AgentID: String]) throws {
        let firstSubnet = plant.subnets.first?.prefix
        let agents = plant.agents.map { id, agent in
            let fallback = firstSubnet.map { IPv4Address(number: $0.address.number + 2) } ?? agent.wan
            return SitePlanAgent(
                id: id, address: agent.wan, lanAddress: agent.lan ?? fallback, enrolmentToken: enrolmentTokens[id])
        }
        self.init(
            plant: plant.id, agents: agents, masquerades: plant.agent.nat == .masquerade,
            subnets: plant.subnets.map(\.prefix),
            devices: try plant.devices.map { try SitePlanDevice($0, in: plant, seed: seed) })
    }
}

extension SitePlanDevice {
    fileprivate init(_ device: Fixture.Device, in plant: Fixture.Plant, seed: UInt64) throws {
        self.init(
            name: device.name, address: device.address,
            configuration: try DeviceConfiguration(device, in: plant, seed: seed),
            usesAgentAsGateway: device.gateway == .agent)
    }
}

extension DeviceConfiguration {
    fileprivate init(_ device: Fixture.Device, in plant: Fixture.Plant, seed: UInt64) throws {
        let site = plant.site(seed: seed)
        func modbus(_ kind: ModbusConfiguration.Kind) -> DeviceConfiguration {
            let models = device.models.isEmpty ? nil : device.models
            return .modbus(ModbusConfiguration(kind: kind, models: models, vendor: device.vendor, site: site))
        }
        switch device.type {
        case .inverter: self = modbus(.inverter(ratedPowerWatts: device.ratedWatts, units: device.units))
        case .meter: self = modbus(.meter(inverters: plant.inverters))
        case .trackerController: self = modbus(.tracker(count: device.units))
        case .weatherStation: self = modbus(.weatherStation)
        case .registers: self = modbus(.dump(device.dump))
        case .datalogger:
            var logger = DataloggerConfiguration(
                flavour: device.flavour, inverters: plant.inverters, site: site, overLimit: device.vendor.overLimit,
                isEncrypted: device.isEncrypted)
            if let password = device.users.first?.password { logger.password = password }
            self = .datalogger(logger)
        case .networkSwitch: self = .networkSwitch(NetworkSwitchConfiguration())
        case .servicePC:
            let users = try device.users.map { user in
                let key = DerivedKey("user \(user.name)", of: device.name, in: plant.id, seed: seed)
                return ServicePCConfiguration.User(
                    name: user.name, password: user.password,
                    publicKeys: user.hasDerivedKey ? [try key.publicText] : [])
            }
            self = .servicePC(
                ServicePCConfiguration(
                    users: users, hostKeySeed: DerivedKey("host", of: device.name, in: plant.id, seed: seed).seed,
                    network: plant.subnets.first { $0.prefix.contains(device.address) }?.prefix,
                    overLimit: device.vendor.overLimit))
        }
    }
}

extension Fixture.Plant {
    fileprivate var inverters: [DataloggerConfiguration.Inverter] {
        devices.filter { $0.type == .inverter }.map { .init(device: $0.name, ratedPowerWatts: $0.ratedWatts) }
    }

    /// Munich, where the fixture names no place; the clouds are the plant's own.
    fileprivate func site(seed: UInt64) -> PlantSite {
        let zone = place?.timeZone.flatMap { TimeZone(identifier: $0) }
        let name = id.text.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return PlantSite(
            latitude: place?.latitude ?? 48.14, longitude: place?.longitude ?? 11.58,
            ambientCelsius: weather.ambientCelsius, utcOffsetMinutes: (zone?.secondsFromGMT() ?? 0) / 60,
            cloudiness: weather.cloudiness, cloudSeed: name)
    }
}
