import AccessModel
import Addressing
import ControlProtocol
import DataPlane
import Glibc
import LinkModel
import LinuxFabric
import Testing
import WireGuardProtocol

/// A laptop, a gateway and a plant in this process, with real devices in real namespaces: the kernel's own TCP between them.
///
/// The device lives in a namespace of its own behind the plant's, so the agent's host routes, and says by ICMP what does not fit.
final class KernelPath {
    static let person = IPv4Address(100, 64, 0, 5)
    static let device = IPv4Address(192, 168, 1, 20)
    static let agent = IPv4Address(192, 168, 1, 1)
    static let lan = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
    static let agentWan = IPv4Address(127, 1, 0, 1)

    let laptop: NetworkNamespace
    let plant: NetworkNamespace
    let deviceHost: NetworkNamespace
    let gateway: GatewayShell
    let agents: AgentShell
    let laptops: LaptopShell

    /// - Parameter agentMTU: of the agent's end of the tunnel: an uplink that carries less than the laptop's.
    init(agentMTU: Int) async throws {
        let (laptop, laptopTuns) = try NetworkNamespace.create(
            at: NetworkNamespace.path(ofNode: "laptop"),
            configuration: .laptop(tunnel: Self.person, allowed: [Self.lan]))
        var site = NodeConfiguration(tuns: [NodeConfiguration.Tun(mtu: agentMTU)])
        site.routes = [Route(World.pool, to: .device("tun0"))]
        let (plant, plantTuns) = try NetworkNamespace.create(
            at: NetworkNamespace.path(ofNode: "plant"), configuration: site)
        let (deviceHost, _) = try NetworkNamespace.create(
            at: NetworkNamespace.path(ofNode: "device"), configuration: NodeConfiguration())
        (self.laptop, self.plant, self.deviceHost) = (laptop, plant, deviceHost)
        try Self.join(plant, deviceHost)

        gateway = try GatewayShell(
            GatewayShellConfiguration(privateKey: World.key(200), wan: Endpoint(IPv4Address(127, 0, 0, 1), 0)))
        let address = GatewayAddress(publicKey: gateway.publicKey, endpoint: gateway.wan)
        let view = ReleasedView(
            people: [
                PersonEntry(
                    person: "anna", publicKey: try World.key(1).publicKey, tunnelAddress: Self.person,
                    routes: [RouteEntry(range: Self.lan.range, plant: "park", isReachable: true)])
            ],
            agents: [
                AgentEntry(agent: "agent", plant: "park", publicKey: try World.key(11).publicKey, subnets: [Self.lan])
            ])
        _ = try await gateway.apply(
            Revision(number: 1, generation: 1, hash: view.contentHash, content: .snapshot(view)))
        var configuration = AgentShellConfiguration()
        configuration.port = 0
        let (bell, rope) = AsyncStream.makeStream(of: Void.self)
        configuration.onEvent = { _, event in if case .handshakeCompleted = event { rope.yield() } }
        agents = try AgentShell(configuration)
        laptops = try LaptopShell()
        try await agents.start(
            "agent",
            EdgeConfiguration(
                privateKey: World.key(11), gateway: address, allowedIPs: [World.pool], keepaliveSeconds: 25,
                wan: Self.agentWan, tun: try #require(plantTuns.first)))
        for await _ in bell { break }
        try await laptops.connect(
            "anna",
            EdgeConfiguration(
                privateKey: World.key(1), gateway: address, allowedIPs: [Self.lan], keepaliveSeconds: nil,
                wan: IPv4Address(127, 2, 0, 1), tun: try #require(laptopTuns.first)))
    }

    private static func join(_ plant: NetworkNamespace, _ deviceHost: NetworkNamespace) throws {
        try plant.apply([.pair(device: "lan0", peer: "eth0", in: deviceHost)])
        try plant.apply([.add(InterfaceAddress(agent, length: 24), device: "lan0"), .up(device: "lan0", mtu: nil)])
        try deviceHost.apply([
            .add(InterfaceAddress(device, length: 24), device: "eth0"), .up(device: "eth0", mtu: nil),
            .route(
                Route(Prefix(around: IPv4Address(0, 0, 0, 0), length: 0), to: .gateway(agent, device: "eth0"))),
        ])
        try plant.perform {
            let file = fopen("/proc/sys/net/ipv4/ip_forward", "we")
            defer { if let file { fclose(file) } }
            #expect(file != nil && fputs("1", file) >= 0)
        }
    }

    /// The same fault in every process of a lab.
    func impair(_ fault: LinkFault) async throws {
        let links = LinkSelector.uplink(of: Self.agentWan)
        try await gateway.inject(fault, id: "uplink", on: links)
        try await agents.inject(fault, id: "uplink", on: links)
    }

    func end() async throws {
        await laptops.stop()
        await agents.stop()
        await gateway.stop()
        for namespace in [laptop, plant, deviceHost] { try namespace.remove() }
    }
}

/// A stream socket with a limit on every wait.
final class Stream: @unchecked Sendable {
    // One thread at a time holds it, and the descriptor never changes.
    let descriptor: Descriptor

    init(_ number: Int32) throws {
        descriptor = Descriptor(owning: try #require(number >= 0 ? number : nil))
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    static func make(_ endpoint: Endpoint, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) throws -> Stream
    {
        let stream = try Stream(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var name = sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: endpoint.port.bigEndian,
            sin_addr: in_addr(s_addr: endpoint.address.number.bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use(stream.descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0, "errno \(errno)")
        return stream
    }

    /// The byte that belongs at a place; its period is no power of two.
    private static func byte(_ place: Int, _ seed: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: (place % 65_521) &* 31 &+ seed)
    }

    /// Sends that many bytes of a pattern; false when the other end is gone.
    func send(_ count: Int, seed: Int) -> Bool {
        let block = (0..<65_521).map { Self.byte($0, seed) }
        var sent = 0
        while sent < count {
            let start = sent % block.count
            let length = min(block.count - start, count - sent)
            let result = block.withUnsafeBytes { write(descriptor.number, $0.baseAddress.map { $0 + start }, length) }
            guard result > 0 else { return false }
            sent += result
        }
        return true
    }

    /// Takes that many bytes and returns how many were those of the pattern, in order.
    func receive(_ count: Int, seed: Int) -> Int {
        let block = (0..<65_521).map { Self.byte($0, seed) }
        var room = [UInt8](repeating: 0, count: 65_536)
        var received = 0
        while received < count {
            let result = read(descriptor.number, &room, min(room.count, count - received))
            guard result > 0 else { return received }
            for offset in 0..<result where room[offset] != block[(received + offset) % block.count] {
                return received + offset
            }
            received += result
        }
        return received
    }
}
