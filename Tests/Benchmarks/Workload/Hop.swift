import AccessModel
import Addressing
import ControlProtocol
import DataPlane
import Glibc
import LinuxFabric
import WireGuardProtocol

/// One hop: a laptop and an agent that are each other's peer, with no gateway between, for programs that `ip netns exec` starts.
enum Hop {
    private static let user = IPv4Address(127, 2, 0, 1)
    private static let plant = IPv4Address(127, 2, 0, 4)
    private static let port: UInt16 = 51_820

    /// - Parameter device: the address that the plant answers at.
    static func serve(device text: String) async throws {
        guard let device = IPv4Address(text) else { throw WorkloadFault(description: "'\(text)' is no address") }
        let (lan, pool) = (Prefix(around: device, length: 24), Prefix(around: IPv4Address(100, 64, 0, 0), length: 10))
        let (userKey, plantKey) = (try Flood.freshKey(), try Flood.freshKey())
        let (userTun, plantTun) = (
            try tun("user", .laptop(tunnel: IPv4Address(100, 64, 0, 5), allowed: [lan])),
            try tun(
                "plant",
                .plant(
                    subnets: [lan], devices: [device], agent: device, pool: pool, mode: .routed,
                    devicesUseAgentAsGateway: true))
        )
        var configuration = AgentShellConfiguration()
        configuration.port = port
        let (agents, laptops) = (try AgentShell(configuration), try LaptopShell())
        // Where the user is, its first datagram says.
        try await agents.start(
            "plant",
            EdgeConfiguration(
                privateKey: plantKey,
                gateway: GatewayAddress(publicKey: userKey.publicKey, endpoint: Endpoint(user, 9)),
                allowedIPs: [pool], keepaliveSeconds: nil, wan: plant, tun: plantTun))
        try await laptops.connect(
            "user",
            EdgeConfiguration(
                privateKey: userKey,
                gateway: GatewayAddress(publicKey: plantKey.publicKey, endpoint: Endpoint(plant, port)),
                allowedIPs: [lan], keepaliveSeconds: 25, wan: user, tun: userTun))
        print("ready")
        fflush(nil)
        try await Task.sleep(for: .seconds(3600))
    }

    private static func tun(_ node: String, _ configuration: NodeConfiguration) throws -> TunDevice {
        let made = try NetworkNamespace.create(
            at: NetworkNamespace.path(ofNode: node), configuration: configuration)
        guard let tun = made.tuns.first else { throw WorkloadFault(description: "no TUN device for \(node)") }
        return tun
    }
}
