import AccessModel
import Addressing
import DeviceModel
import LabProtocol
import LinuxFabric
import PlantDevices

/// The plants of one process as built: a namespace each, with the agent's TUN, and the devices on their addresses.
final class PlantSites: Sendable {
    let fleet: DeviceFleet
    /// The agents' ways into their plants.
    let tuns: [AgentID: TunDevice]

    private init(fleet: DeviceFleet, tuns: [AgentID: TunDevice]) {
        self.fleet = fleet
        self.tuns = tuns
    }

    static func build(_ sites: [SitePlan], pool: Prefix, clock: PlantClockChange?) async throws -> PlantSites {
        let fleet = try DeviceFleet()
        if let clock { fleet.change(clock) }
        var tuns: [AgentID: TunDevice] = [:]
        for site in sites {
            let (namespace, made) = try NetworkNamespace.create(
                at: NetworkNamespace.path(ofNode: "plant/\(site.plant)"), configuration: site.network(pool: pool))
            for (agent, tun) in zip(site.agents, made) { tuns[agent.id] = tun }
            let sockets = try namespace.perform { () throws(LinuxError) in
                var sockets: [Int32] = []
                for device in site.devices { sockets.append(try device.openSocket()) }
                return sockets
            }
            for (device, socket) in zip(site.devices, sockets) {
                try await fleet.add(
                    device.configuration, as: DeviceIdentity(plant: site.plant.text, device: device.name),
                    listener: socket, lan: site.subnets.first { $0.contains(device.address) })
            }
        }
        return PlantSites(fleet: fleet, tuns: tuns)
    }

    func health(of device: String, in plant: PlantID) async throws -> DeviceHealth {
        guard let health = await fleet.health(DeviceIdentity(plant: plant.text, device: device)) else {
            throw RoleFault(description: "there is no device '\(device)' in '\(plant)'")
        }
        return health
    }

    func spoil(_ device: String, in plant: PlantID, with fault: DeviceFault, id: String) async throws {
        let identity = DeviceIdentity(plant: plant.text, device: device)
        guard await fleet.spoil(identity, with: fault, id: id) else {
            throw RoleFault(description: "there is no device '\(device)' in '\(plant)'")
        }
    }
}

extension SitePlan {
    fileprivate func network(pool: Prefix) -> NodeConfiguration {
        let addresses = agents.map(\.lanAddress)
        var configuration = NodeConfiguration.plant(
            subnets: subnets, devices: devices.map(\.address), agent: addresses[0],
            secondAgent: addresses.dropFirst().first, pool: pool, mode: masquerades ? .masquerade : .routed)
        // What these devices send to people goes where the agent's own packets go.
        configuration.rules += devices.filter(\.usesAgentAsGateway).map {
            RoutingRule(from: Prefix(around: $0.address, length: 32), table: .main, priority: 950)
        }
        return configuration
    }
}

extension SitePlanDevice {
    /// Where it listens, for connections or datagrams.
    fileprivate func openSocket() throws(LinuxError) -> Int32 {
        let service = Endpoint(address, configuration.port)
        return configuration.isDatagram
            ? try HandedSocket.datagram(at: service).handOver() : try HandedSocket.listen(at: service).handOver()
    }
}
