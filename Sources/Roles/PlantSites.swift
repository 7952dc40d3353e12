import AccessModel
import Addressing
import LabProtocol
import LinuxFabric
import PlantDevices

/// The plants of one process as built: a namespace each, with the agent's TUN, and the devices on their addresses.
final class PlantSites: Sendable {
    let fleet: DeviceFleet
    /// The agents' ways into their plants.
    let tuns: [PlantID: TunDevice]

    private init(fleet: DeviceFleet, tuns: [PlantID: TunDevice]) {
        self.fleet = fleet
        self.tuns = tuns
    }

    static func build(_ sites: [SitePlan], pool: Prefix) async throws -> PlantSites {
        let fleet = try DeviceFleet()
        var tuns: [PlantID: TunDevice] = [:]
        for site in sites {
            let (namespace, made) = try NetworkNamespace.create(
                at: NetworkNamespace.path(ofNode: "plant/\(site.plant)"), configuration: site.network(pool: pool))
            tuns[site.plant] = made.first
            let listeners = try namespace.perform { () throws(LinuxError) in
                var listeners: [Int32] = []
                for device in site.devices {
                    listeners.append(try HandedSocket.listen(at: device.service).handOver())
                }
                return listeners
            }
            for (device, listener) in zip(site.devices, listeners) {
                try await fleet.add(
                    device.configuration(in: site), as: DeviceIdentity(plant: site.plant.text, device: device.name),
                    listener: listener)
            }
        }
        return PlantSites(fleet: fleet, tuns: tuns)
    }

    func vitals(of device: String, in plant: PlantID) async -> DeviceVitals? {
        let identity = DeviceIdentity(plant: plant.text, device: device)
        guard let health = await fleet.health(identity) else { return nil }
        return DeviceVitals(
            isAlive: health.isServing, connections: UInt64(health.counters.connections),
            requests: UInt64(health.counters.requests))
    }
}

extension SitePlan {
    fileprivate func network(pool: Prefix) -> NodeConfiguration {
        .plant(
            subnets: subnets, devices: devices.map(\.address), agent: agentLANAddress, pool: pool,
            mode: masquerades ? .masquerade : .routed)
    }

    fileprivate var sun: PlantSite { PlantSite(latitude: latitude, longitude: longitude) }
}

extension SitePlanDevice {
    /// Where it listens.
    fileprivate var service: Endpoint {
        switch role {
        case .inverter: Endpoint(address, 502)
        case .datalogger: Endpoint(address, 80)
        case .servicePC: Endpoint(address, 22)
        }
    }

    fileprivate func configuration(in site: SitePlan) -> DeviceConfiguration {
        switch role {
        case .inverter(let ratedWatts):
            return .inverter(InverterConfiguration(ratedPowerWatts: Int(ratedWatts), site: site.sun))
        case .datalogger:
            let inverters = site.devices.compactMap { device -> DataloggerConfiguration.Inverter? in
                guard case .inverter(let watts) = device.role else { return nil }
                return DataloggerConfiguration.Inverter(device: device.name, ratedPowerWatts: Int(watts))
            }
            return .datalogger(DataloggerConfiguration(inverters: inverters, site: site.sun))
        case .servicePC(let users, let hostKeySeed):
            let accounts = users.map { user in
                ServicePCConfiguration.User(
                    name: user.name, password: user.password, publicKeys: user.publicKey.map { [$0] } ?? [])
            }
            return .servicePC(
                ServicePCConfiguration(
                    users: accounts, hostKeySeed: hostKeySeed,
                    network: site.subnets.first { $0.contains(address) }))
        }
    }
}
