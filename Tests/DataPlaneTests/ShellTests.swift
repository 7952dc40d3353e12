import AccessModel
import Addressing
import ControlProtocol
import Glibc
import LinkModel
import LinuxFabric
import Testing
import Timebase
import TunnelRouting
import WireGuardProtocol

@testable import DataPlane

/// The three shells on real sockets of the loopback device; a socket pair stands for each TUN device.
@Suite("Shells on loopback", .serialized, .timeLimit(.minutes(1)))
struct ShellTests {
    /// A host's side of a TUN device.
    final class Host: Sendable {
        let tun: TunDevice
        private let end: TunDevice

        init() throws {
            var ends: (Int32, Int32) = (-1, -1)
            let result = withUnsafeMutableBytes(of: &ends) { bytes in
                socketpair(
                    AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0,
                    bytes.assumingMemoryBound(to: Int32.self).baseAddress)
            }
            guard result == 0 else { throw LinuxError("making a socket pair", errno) }
            tun = TunDevice(adopting: Descriptor(owning: ends.0), name: "tun0")
            end = TunDevice(adopting: Descriptor(owning: ends.1), name: "host")
        }

        func send(_ packet: [UInt8]) { _ = packet.withUnsafeBytes { end.write($0) } }

        /// The next packet out of the tunnel, waiting at most that long.
        func receive(milliseconds: Int = 5000) -> [UInt8]? {
            guard end.waitUntilReadable(milliseconds: milliseconds) else { return nil }
            var packet = [UInt8](repeating: 0, count: 2048)
            guard let count = packet.withUnsafeMutableBytes({ end.read(into: $0)?.byteCount }) else { return nil }
            return Array(packet.prefix(count))
        }
    }

    static let anna = IPv4Address(100, 64, 0, 5)
    static let device = Endpoint(IPv4Address(192, 168, 1, 20), 502)
    static let lan = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
    static let parks: [(AgentID, PlantID, UInt8, IPv4Address)] = [
        ("agent-a", "park-a", 11, IPv4Address(127, 1, 0, 1)), ("agent-b", "park-b", 12, IPv4Address(127, 1, 0, 2)),
    ]

    static func view(annaTo plant: PlantID?, key: UInt8 = 1) throws -> ReleasedView {
        ReleasedView(
            people: [
                PersonEntry(
                    person: "anna", publicKey: try World.key(key).publicKey, tunnelAddress: anna,
                    routes: plant.map { [RouteEntry(range: lan.range, plant: $0, isReachable: true)] } ?? [])
            ],
            agents: try parks.map { agent, plant, key, _ in
                AgentEntry(agent: agent, plant: plant, publicKey: try World.key(key).publicKey, subnets: [lan])
            })
    }

    static func revision(_ number: UInt64, _ view: ReleasedView) -> Revision {
        Revision(number: number, generation: number, hash: view.contentHash, content: .snapshot(view))
    }

    /// A gateway, two agents and Anna's laptop, running.
    struct Rig {
        var gateway: GatewayShell
        var agents: AgentShell
        var laptops: LaptopShell
        var hosts: [String: Host]
        var address: GatewayAddress

        func host(_ name: String) throws -> Host { try #require(hosts[name]) }

        func stop() async {
            await laptops.stop()
            await agents.stop()
            await gateway.stop()
        }
    }

    func edge(
        _ key: UInt8, _ gateway: GatewayAddress, wan: IPv4Address, allowed: [Prefix], keepalive: UInt16?, _ host: Host
    )
        throws -> EdgeConfiguration
    {
        EdgeConfiguration(
            privateKey: try World.key(key), gateway: gateway, allowedIPs: allowed, keepaliveSeconds: keepalive,
            wan: wan, tun: host.tun)
    }

    func laptop(_ key: UInt8, _ gateway: GatewayAddress, _ host: Host) throws -> EdgeConfiguration {
        try edge(
            key, gateway, wan: IPv4Address(127, 2, 0, 1),
            allowed: [
                Prefix(around: IPv4Address(192, 168, 0, 0), length: 16),
                Prefix(around: World.gatewayTunnel, length: 32),
            ],
            keepalive: nil, host)
    }

    func start(
        onDecisions: (@Sendable ([Decision]) -> Void)? = nil
    ) async throws -> Rig {
        var configuration = GatewayShellConfiguration(
            privateKey: try World.key(200), wan: Endpoint(IPv4Address(127, 0, 0, 1), 0))
        configuration.onDecisions = onDecisions
        let gateway = try GatewayShell(configuration)
        let address = GatewayAddress(publicKey: gateway.publicKey, endpoint: gateway.wan)
        let acknowledgement = try await gateway.apply(Self.revision(1, Self.view(annaTo: "park-a")))
        #expect(acknowledgement.outcome == .applied)
        let (bell, rope) = AsyncStream.makeStream(of: Void.self)
        var agentConfiguration = AgentShellConfiguration()
        agentConfiguration.port = 0
        agentConfiguration.onEvent = { _, event in
            if case .handshakeCompleted = event { rope.yield() }
        }
        let agents = try AgentShell(agentConfiguration)
        var hosts: [String: Host] = ["anna": try Host()]
        for (agent, plant, key, wan) in Self.parks {
            let host = try Host()
            hosts[plant.text] = host
            try await agents.start(agent, edge(key, address, wan: wan, allowed: [World.pool], keepalive: 25, host))
        }
        var shaken = 0
        for await _ in bell {
            shaken += 1
            if shaken == Self.parks.count { break }
        }
        let laptops = try LaptopShell()
        let rig = Rig(gateway: gateway, agents: agents, laptops: laptops, hosts: hosts, address: address)
        try await laptops.connect("anna", try laptop(1, address, rig.host("anna")))
        // The gateway knows an agent as living with its first packet under the new keys.
        while try await gateway.peers().count(where: { $0.lastAuthenticated != nil }) < 2 {
            try Task.checkCancellation()
            await Task.yield()
        }
        return rig
    }

    @Test("A packet goes from the laptop's device to the plant's and its answer back, over real sockets")
    func path() async throws {
        let rig = try await start()
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let request = Packets.udp(Endpoint(Self.anna, 4000), Self.device)
        for round in 0..<200 {
            laptop.send(request)
            #expect(Packets.sameButHops(plant.receive(), request), "round \(round)")
            let answer = Packets.udp(Self.device, Endpoint(Self.anna, 4000), "answer")
            plant.send(answer)
            #expect(Packets.sameButHops(laptop.receive(), answer))
        }
        #expect(try rig.host("park-b").receive(milliseconds: 0) == nil)
        let counters = try await rig.gateway.counters()
        #expect(counters["verdict.forwarded"] == 400)
        let statistics = try await rig.laptops.statistics("anna")
        #expect(statistics.isUp(within: .seconds(10)) && statistics.gateway.receivedPackets == 200)
        #expect(statistics.wan.address == IPv4Address(127, 2, 0, 1))
        #expect(try await rig.agents.statistics("agent-a").gateway.sentPackets == 200)
        #expect(try await rig.agents.agents() == ["agent-a", "agent-b"])
        let peer = try await rig.gateway.peers().first { $0.endpoint == statistics.wan }
        #expect(peer?.bytesFromPeer == UInt64(200 * request.count))
        #expect(rig.gateway.reports.takeFlows(atMost: 10).first?.device == Self.device.address)
        await rig.stop()
    }

    @Test("When apply returns the reset is on its way, the old plant gets nothing more and the new one does")
    func switchWinner() async throws {
        let rig = try await start()
        let (laptop, a, b) = (try rig.host("anna"), try rig.host("park-a"), try rig.host("park-b"))
        let user = Endpoint(Self.anna, 4000)
        laptop.send(Packets.tcp(user, Self.device, .syn, sequence: 10))
        #expect(a.receive() != nil)
        a.send(Packets.tcp(Self.device, user, [.syn, .ack], sequence: 70, acknowledgement: 11))
        #expect(laptop.receive() != nil)
        #expect(try await rig.gateway.apply(Self.revision(2, Self.view(annaTo: "park-b"))).revision == 2)
        let reset = Packets.read(laptop.receive())
        #expect(reset?.flags.contains(.rst) == true && reset?.sequence == 71)
        #expect(Packets.read(a.receive())?.sequence == 11)
        laptop.send(Packets.tcp(user, Self.device, .syn, sequence: 500))
        #expect(b.receive() != nil)
        #expect(a.receive(milliseconds: 0) == nil)
        await rig.stop()
    }

    @Test("A revoked laptop hears the reset under its old keys, and is a stranger afterwards")
    func revoke() async throws {
        let rig = try await start()
        let (laptop, a) = (try rig.host("anna"), try rig.host("park-a"))
        let user = Endpoint(Self.anna, 4000)
        laptop.send(Packets.tcp(user, Self.device, .syn, sequence: 10))
        #expect(a.receive() != nil)
        var view = try Self.view(annaTo: nil)
        view.people = []
        #expect(try await rig.gateway.apply(Self.revision(2, view)).outcome == .applied)
        #expect(Packets.read(laptop.receive())?.flags.contains(.rst) == true)
        #expect(Packets.read(a.receive())?.flags.contains(.rst) == true)
        let before = try await rig.gateway.counters()["engine.unknownIndex"] ?? 0
        laptop.send(Packets.tcp(user, Self.device, .syn, sequence: 11))
        while try await rig.gateway.counters()["engine.unknownIndex"] == before {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(a.receive(milliseconds: 0) == nil)
        #expect(try await rig.gateway.peers().count == 2)
        await rig.stop()
    }

    @Test("A peer that is taken away is reported once more, with all that it moved")
    func lastReport() async throws {
        let rig = try await start()
        let (laptop, a) = (try rig.host("anna"), try rig.host("park-a"))
        let packet = Packets.udp(Endpoint(Self.anna, 4000), Self.device)
        for _ in 0..<3 {
            laptop.send(packet)
            #expect(a.receive() != nil)
        }
        _ = rig.gateway.reports.takePeers()
        let rotated = try Self.revision(2, Self.view(annaTo: "park-a", key: 2))
        #expect(try await rig.gateway.apply(rotated).outcome == .applied)
        let old = try World.key(1).publicKey
        let last = rig.gateway.reports.takePeers().first { $0.publicKey == old }
        #expect(last?.bytesFromPeer == UInt64(3 * packet.count))
        #expect(try await !rig.gateway.peers().contains { $0.publicKey == old })
        await rig.stop()
    }

    @Test("An agent that moves to another WAN address keeps its keys, on the shared socket")
    func agentRoams() async throws {
        let rig = try await start()
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let user = Endpoint(Self.anna, 4000)
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        let taken = IPv4Address(127, 1, 0, 2)
        await #expect(throws: EdgeRefusal.addressInUse(taken)) { try await rig.agents.roam("agent-a", to: taken) }
        try await rig.agents.roam("agent-a", to: IPv4Address(127, 1, 0, 77))
        plant.send(Packets.udp(Self.device, user))
        #expect(laptop.receive() != nil)
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        #expect(try await rig.gateway.peers().contains { $0.endpoint?.address == IPv4Address(127, 1, 0, 77) })
        await rig.stop()
    }

    @Test("A roaming laptop keeps its flow; its new endpoint is reported")
    func roam() async throws {
        let rig = try await start()
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let user = Endpoint(Self.anna, 4000)
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        try await rig.laptops.roam("anna", to: IPv4Address(127, 2, 0, 9))
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        plant.send(Packets.udp(Self.device, user))
        #expect(laptop.receive() != nil)
        let endpoint = try await rig.laptops.statistics("anna").wan
        #expect(endpoint.address == IPv4Address(127, 2, 0, 9))
        #expect(try await rig.gateway.peers().contains { $0.endpoint == endpoint })
        let statistics = try await rig.laptops.statistics("anna")
        #expect(statistics.gateway.receivedPackets == 1)
        await rig.stop()
    }

    @Test("Link faults: a partition stops everything, healing lets it pass, a delay takes its time")
    func faults() async throws {
        let rig = try await start()
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let user = Endpoint(Self.anna, 4000)
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        let uplink = LinkSelector.uplink(of: IPv4Address(127, 1, 0, 1))
        try await rig.gateway.inject(LinkFault(isPartitioned: true), id: "cut", on: uplink)
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive(milliseconds: 100) == nil)
        #expect(try await rig.gateway.counters()["wan.lost.partition"] == 1)
        #expect(try await rig.gateway.heal("cut"))
        try await rig.gateway.inject(LinkFault(delay: .milliseconds(150), duplicate: 1), id: "slow", on: uplink)
        let before = Moment.now
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        #expect(Moment.now.since(before) >= .milliseconds(150))
        // The copy is the same datagram: WireGuard's replay window takes it once.
        #expect(plant.receive(milliseconds: 100) == nil)
        await rig.stop()
    }

    @Test("Agents are replaced at run time; a stopped one answers nothing, a taken WAN address is refused")
    func agents() async throws {
        let rig = try await start()
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let user = Endpoint(Self.anna, 4000)
        let configuration = try edge(
            11, rig.address, wan: IPv4Address(127, 1, 0, 1), allowed: [World.pool], keepalive: 25, plant)
        await #expect(throws: EdgeRefusal.alreadyThere("agent-a")) {
            try await rig.agents.start("agent-a", configuration)
        }
        await #expect(throws: EdgeRefusal.addressInUse(IPv4Address(127, 1, 0, 1))) {
            try await rig.agents.start("agent-c", configuration)
        }
        try await rig.agents.stop("agent-a")
        await #expect(throws: EdgeRefusal.unknown("agent-a")) { try await rig.agents.statistics("agent-a") }
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive(milliseconds: 50) == nil)
        try await rig.agents.replace("agent-a", configuration)
        while try await !rig.agents.statistics("agent-a").isUp(within: .seconds(5)) {
            try Task.checkCancellation()
            await Task.yield()
        }
        laptop.send(Packets.udp(user, Self.device))
        #expect(plant.receive() != nil)
        #expect(try await rig.agents.forceHandshake("agent-a"))
        await rig.stop()
    }

    @Test("Decisions are told in batches while watched")
    func decisions() async throws {
        let (stream, rope) = AsyncStream.makeStream(of: [Decision].self)
        let rig = try await start(onDecisions: { rope.yield($0) })
        try await rig.gateway.setWatched(true)
        let laptop = try rig.host("anna")
        laptop.send(Packets.udp(Endpoint(Self.anna, 1), Self.device))
        laptop.send(Packets.udp(Endpoint(Self.anna, 1), Endpoint(IPv4Address(192, 168, 9, 9), 1)))
        var verdicts: [Verdict] = []
        for await decisions in stream {
            verdicts += decisions.map(\.verdict)
            if verdicts.count == 2 { break }
        }
        #expect(verdicts == [.forwarded, .noPermission])
        #expect(Packets.read(laptop.receive())?.code == 13)
        await rig.stop()
    }

    @Test("When stop returns the ports are free again")
    func stop() async throws {
        for _ in 0..<3 {
            let rig = try await start()
            let (wan, port) = (rig.gateway.wan, rig.agents.port)
            await rig.stop()
            #expect(try UDPSocket(bind: wan).local == wan)
            #expect(try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), port)).local.port == port)
        }
    }
}
