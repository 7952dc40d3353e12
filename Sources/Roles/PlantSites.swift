import AccessModel
import Addressing
import DeviceModel
import LabProtocol
import LinuxFabric
import PlantDevices
import Synchronization

/// The plants of one process as built: a namespace each, with a TUN for each agent, and the devices on their addresses.
final class PlantSites: Sendable {
    let fleet: DeviceFleet
    private let pool: Prefix
    private let tuns = Mutex<[AgentID: TunDevice]>([:])

    /// A plant whose network is made, and the sockets of its devices, in their order.
    private struct Network: Sendable {
        var plan: SitePlan
        /// One for each agent, in their order.
        var tuns: [TunDevice]
        var sockets: [Int32]
    }

    /// No plants yet.
    init(pool: Prefix, clock: PlantClockChange?) throws {
        self.pool = pool
        fleet = try DeviceFleet()
        if let clock { fleet.change(clock) }
    }

    /// The agent's way into its plant; `nil` before that stands.
    func tun(of agent: AgentID) -> TunDevice? { tuns.withLock { $0[agent] } }

    /// Builds one plant after the other, and tells of each as soon as it stands and its devices answer.
    func build(_ plans: [SitePlan], standing: (SitePlan) -> Void) async throws {
        for try await network in try networks(of: plans) {
            let plan = network.plan
            tuns.withLock { tuns in
                for (agent, tun) in zip(plan.agents, network.tuns) { tuns[agent.id] = tun }
            }
            try await withThrowingDiscardingTaskGroup { group in
                for (device, socket) in zip(plan.devices, network.sockets) {
                    group.addTask { [fleet] in
                        try await fleet.add(
                            device.configuration, as: DeviceIdentity(plant: plan.plant.text, device: device.name),
                            listener: socket, lan: plan.subnets.first { $0.contains(device.address) })
                    }
                }
            }
            standing(plan)
        }
    }

    /// Makes the networks on a thread of its own: each takes the kernel a millisecond.
    private func networks(of plans: [SitePlan]) throws -> AsyncThrowingStream<Network, any Error> {
        let (networks, continuation) = AsyncThrowingStream<Network, any Error>.makeStream()
        try BlockingCall.start(name: "networks") { [pool] in
            do {
                for plan in plans { continuation.yield(try Self.network(of: plan, pool: pool)) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        return networks
    }

    private static func network(of plan: SitePlan, pool: Prefix) throws -> Network {
        let (namespace, tuns) = try NetworkNamespace.create(
            at: NetworkNamespace.path(ofNode: "plant/\(plan.plant)"), configuration: plan.network(pool: pool))
        let sockets = try namespace.perform { () throws(LinuxError) in
            var sockets: [Int32] = []
            for device in plan.devices { sockets.append(try device.openSocket()) }
            return sockets
        }
        return Network(plan: plan, tuns: tuns, sockets: sockets)
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
