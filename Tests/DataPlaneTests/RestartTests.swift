import AccessModel
import Addressing
import Capture
import ControlProtocol
import Foundation
import LinuxFabric
import Synchronization
import Testing
import Timebase
import WireGuardProtocol

@testable import DataPlane

/// What a gateway does right after a start, and what strangers throw at it, on real sockets.
extension ShellTests {
    /// A gateway on a port of its own choice, at its place again after it was stopped.
    private func gateway(at place: Endpoint, onEvent: (@Sendable (EngineEvent) -> Void)? = nil) throws -> GatewayShell {
        var configuration = GatewayShellConfiguration(privateKey: try World.key(200), wan: place)
        configuration.onEvent = onEvent
        return try GatewayShell(configuration)
    }

    private func batch(places: [AgentPlace]? = nil) throws -> RevisionBatch {
        RevisionBatch(
            revisions: [Self.revision(1, try Self.view(annaTo: "park-a"))], leaseSeconds: nil, agentPlaces: places)
    }

    @Test(
        "a gateway that was started again has its agents back by knocking where they were, long before their timers say so"
    )
    func agentsAreBack() async throws {
        let first = try gateway(at: Endpoint(IPv4Address(127, 0, 0, 1), 0))
        _ = try await first.apply(try batch())
        let (ups, up) = AsyncStream.makeStream(of: AgentID.self)
        var configuration = AgentShellConfiguration()
        configuration.port = 0
        configuration.onEvent = { agent, event in
            if case .handshakeCompleted = event { up.yield(agent) }
        }
        let agents = try AgentShell(configuration)
        let address = GatewayAddress(publicKey: first.publicKey, endpoint: first.wan)
        var hosts: [Host] = []
        for (agent, _, key, wan) in Self.parks {
            let host = try Host()
            hosts.append(host)
            try await agents.start(
                agent, try edge(key, address, wan: wan, allowed: [World.pool], keepalive: 25, host))
        }
        var seen = ups.makeAsyncIterator()
        for _ in Self.parks { _ = await seen.next() }
        let places = try await first.peers().compactMap { peer in
            peer.endpoint.map { AgentPlace(publicKey: peer.publicKey, endpoint: $0) }
        }
        #expect(places.count == 2)
        await first.stop()

        let begin = Moment.now
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let second = try gateway(at: address.endpoint) { event in
            if case .handshakeCompleted(_, _, asInitiator: true) = event { answer.yield() }
        }
        // A place of a person, or of nobody, is no place to knock at.
        let strangers = try [World.key(1), World.key(77)].map {
            AgentPlace(publicKey: $0.publicKey, endpoint: Endpoint(IPv4Address(127, 9, 9, 9), 9))
        }
        _ = try await second.apply(try batch(places: places + strangers))
        var answered = answers.makeAsyncIterator()
        for _ in Self.parks { _ = await answered.next() }
        let span = Moment.now.since(begin)
        print("live: two agents are back \(span.seconds) s after the start of their gateway")
        // Timers alone need 15 s at least.
        #expect(span < .seconds(10))
        #expect(try await second.counters()["gateway.knocks"] == 2)
        #expect(try await second.peers().count { $0.lastHandshake != nil } == 2)
        await agents.stop()
        await second.stop()
        _ = hosts
    }

    @Test("datagrams that are too long are counted and lost, and the gateway goes on")
    func tooLong() async throws {
        let rig = try await start()
        let stranger = try UDPSocket(bind: Endpoint(IPv4Address(127, 3, 0, 1), 0))
        for byteCount in [2_049, 9_000, 65_507] {
            for first in 0...5 as ClosedRange<UInt8> {
                try stranger.send([first] + [UInt8](repeating: 0, count: byteCount - 1), to: rig.address.endpoint)
            }
        }
        try rig.host("anna").send(Packets.udp(Endpoint(Self.anna, 4_000), Self.device))
        let packet = try rig.host("park-a").receive()
        #expect(packet != nil)
        #expect(try await rig.gateway.counters()["wan.truncated"] == 18)
        await rig.stop()
    }

    @Test("a capture holds every packet with its keys, its comment and its way, up to its limit")
    func capture() async throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "capture-\(UInt64.random(in: 0 ... .max)).pcapng"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var blocks = CaptureBlocks()
        blocks.appendSection(application: "test")
        for name in ["gateway:wan", "agent-a:tun0", "anna:tun0"] {
            blocks.appendInterface(CaptureInterface(name: name, note: ""))
        }
        try AppendingFile(path, creating: true).append(blocks.bytes)
        let rig = try await start()
        try await rig.gateway.capture(CapturePlan(path: path, wan: 0, limitBytes: 1 << 20))
        try await rig.agents.capture(CapturePlan(path: path, tunnels: ["agent-a": 1], limitBytes: 1 << 20))
        try await rig.laptops.capture(CapturePlan(path: path, tunnels: ["anna": 2], limitBytes: 1 << 20))
        try await rig.laptops.setCaptureComment("step 7: Änderung")
        try rig.host("anna").send(Packets.udp(Endpoint(Self.anna, 4_000), Self.device, "hello"))
        _ = try rig.host("park-a").receive()
        try await rig.gateway.capture(nil)
        try await rig.agents.capture(nil)
        try await rig.laptops.capture(nil)
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        try rig.host("anna").send(Packets.udp(Endpoint(Self.anna, 4_000), Self.device, "later"))
        _ = try rig.host("park-a").receive()
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(file.count == size)
        let text = String(decoding: file, as: UTF8.self)
        #expect(text.contains("LOCAL_STATIC_PRIVATE_KEY = \(try World.key(200).base64())\n"))
        #expect(text.contains("LOCAL_EPHEMERAL_PRIVATE_KEY = "))
        let secrets = try [1, 11, 12].map { try World.key($0).base64() }
        #expect(!secrets.contains { text.contains($0) })
        // Once at the laptop, with the step; once at the agent.
        #expect(text.components(separatedBy: "hello").count == 3)
        #expect(text.contains("step 7: Änderung"))
        await rig.stop()
    }

    @Test("a capture that is full takes no more and loses by count")
    func captureLimit() throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "capture-\(UInt64.random(in: 0 ... .max)).pcapng"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try AppendingFile(path, creating: true)
        let tap = try CaptureTap(CapturePlan(path: path, tunnels: ["t": 0], limitBytes: 10_000))
        let packet = [UInt8](repeating: 1, count: 1_000)
        for _ in 0..<50 {
            packet.withUnsafeBytes { tap.packet($0, of: "t", .outbound) }
            packet.withUnsafeBytes { tap.packet($0, of: "unknown", .outbound) }
            tap.flush()
        }
        let count = try Data(contentsOf: URL(fileURLWithPath: path)).count
        #expect((8_000...10_000).contains(count))
        #expect(tap.lost == 41)
    }
}
