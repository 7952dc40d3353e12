import AccessModel
import Addressing
import ControlProtocol
import Timebase
import TunnelRouting
import WireGuardProtocol

/// Laptops, gateway and agents with real engines and cores, without sockets: datagrams are handed over in virtual time.
final class World {
    static let gatewayEndpoint = Endpoint(IPv4Address(203, 0, 113, 1), 51_820)
    static let gatewayTunnel = IPv4Address(100, 64, 0, 1)
    static let pool = Prefix(around: IPv4Address(100, 64, 0, 0), length: 10)

    /// One laptop or agent.
    final class Node {
        let name: String
        let engine: Engine
        let peer: PeerHandle
        var core: EdgeCore
        let wan: Endpoint
        /// Packets that came out of the tunnel.
        var inbox: [[UInt8]] = []

        init(_ name: String, _ engine: Engine, _ peer: PeerHandle, _ core: EdgeCore, _ wan: Endpoint) {
            (self.name, self.engine, self.peer, self.core, self.wan) = (name, engine, peer, core, wan)
        }
    }

    var now = Moment(nanoseconds: 1_000_000_000_000)
    var core = GatewayCore()
    var view = ReleasedView()
    private(set) var nodes: [Endpoint: Node] = [:]
    private let gatewayKey: PrivateKey
    let gateway: Engine
    private var handles: [PeerSlot: PeerHandle] = [:]
    private var slots: [PeerHandle: PeerSlot] = [:]
    private var number: UInt64 = 0

    init() throws {
        gatewayKey = try Self.key(200)
        gateway = Engine(
            privateKey: gatewayKey, entropy: Self.entropy(1), wallClock: { WallTime(seconds: 1_800_000_000) })
    }

    struct BadKey: Error {}

    static func key(_ number: UInt8) throws -> PrivateKey {
        guard let key = PrivateKey(bytes: [UInt8](repeating: number, count: 32)) else { throw BadKey() }
        return key
    }

    static func entropy(_ seed: UInt64) -> (UnsafeMutableRawBufferPointer) -> Void {
        var state = seed
        return { buffer in
            for index in buffer.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                buffer[index] = UInt8(truncatingIfNeeded: state >> 40)
            }
        }
    }

    func addNode(_ name: String, key number: UInt8, wan: Endpoint, allowed: [Prefix], keepalive: UInt16?) throws -> Node
    {
        let engine = Engine(
            privateKey: try Self.key(number), entropy: Self.entropy(UInt64(number) + 100),
            wallClock: { [unowned self] in WallTime(seconds: 1_800_000_000 + now.nanoseconds / 1_000_000_000) })
        let peer = try engine.addPeer(
            PeerConfiguration(
                publicKey: gatewayKey.publicKey, endpoint: Self.gatewayEndpoint,
                persistentKeepaliveSeconds: keepalive), at: now)
        let node = Node(name, engine, peer, EdgeCore(allowedIPs: allowed), wan)
        nodes[wan] = node
        flush(node)
        return node
    }

    /// Publishes the view as the next revision.
    @discardableResult
    func publish() throws -> GatewayCore.Applied {
        number += 1
        let applied = core.apply(
            Revision(number: number, generation: number, hash: view.contentHash, content: .snapshot(view)), at: now)
        sendOutbox()
        for slot in applied.removedPeers {
            guard let handle = handles.removeValue(forKey: slot) else { continue }
            slots[handle] = nil
            gateway.removePeer(handle)
        }
        for peer in applied.addedPeers {
            let handle = try gateway.addPeer(
                PeerConfiguration(publicKey: peer.publicKey, mayInitiate: false), at: now)
            handles[peer.slot] = handle
            slots[handle] = peer.slot
        }
        flushGateway()
        return applied
    }

    // MARK: Moving packets

    /// A program at the node sends a packet; everything that follows happens before this returns.
    func send(_ packet: [UInt8], from node: Node) {
        var bytes = packet
        guard bytes.withUnsafeMutableBytes({ node.core.receiveFromHost($0) }) == .passed else { return }
        seal(packet, by: node.engine, to: node.peer) { datagram, _ in receiveAtGateway(datagram, from: node.wan) }
        flush(node)
    }

    /// Sends past the node's own check, as a hostile laptop or agent would.
    func forge(_ packet: [UInt8], from node: Node) {
        seal(packet, by: node.engine, to: node.peer) { datagram, _ in receiveAtGateway(datagram, from: node.wan) }
        flush(node)
    }

    func pass(_ span: Span) {
        let end = now + span
        while now < end {
            now = now + .milliseconds(500)
            gateway.advance(to: now)
            core.advance(to: now)
            sendOutbox()
            flushGateway()
            for node in nodes.values.sorted(by: { $0.wan < $1.wan }) {
                node.engine.advance(to: now)
                flush(node)
            }
        }
    }

    private func seal(
        _ packet: [UInt8], by engine: Engine, to peer: PeerHandle, _ deliver: ([UInt8], Endpoint) -> Void
    ) {
        var buffer = [UInt8](repeating: 0, count: 32) + packet + [UInt8](repeating: 0, count: 32)
        let sealed = buffer.withUnsafeMutableBytes {
            engine.seal($0, packet: 32..<32 + packet.count, to: peer, at: now)
        }
        if case .datagram(let range, let remote, _) = sealed { deliver(Array(buffer[range]), remote) }
    }

    private func receiveAtGateway(_ datagram: [UInt8], from source: Endpoint) {
        var bytes = datagram
        let received = bytes.withUnsafeMutableBytes {
            gateway.receive($0, from: source, to: Self.gatewayEndpoint.address, at: now)
        }
        switch received {
        case .packet(let handle, let range):
            guard let slot = slots[handle] else { break }
            core.setLive(true, agent: slot, at: now)
            var packet = Array(bytes[range])
            let fate = packet.withUnsafeMutableBytes { core.receive($0, from: slot, source: source, at: now) }
            if let destination = fate.destination, let peer = handles[destination] {
                seal(Array(packet.prefix(fate.byteCount)), by: gateway, to: peer, deliver)
            }
        case .keepalive(let handle):
            if let slot = slots[handle] { core.setLive(true, agent: slot, at: now) }
        case .handled, .dropped: break
        }
        flushGateway()
        sendOutbox()
    }

    private func sendOutbox() {
        var packets: [(PeerSlot, [UInt8])] = []
        core.outbox.drain { packets.append(($0, Array($1))) }
        for (slot, packet) in packets {
            if let peer = handles[slot] { seal(packet, by: gateway, to: peer, deliver) }
        }
    }

    private func deliver(_ datagram: [UInt8], to remote: Endpoint) {
        guard let node = nodes[remote] else { return }
        var bytes = datagram
        let received = bytes.withUnsafeMutableBytes {
            node.engine.receive($0, from: Self.gatewayEndpoint, to: node.wan.address, at: now)
        }
        if case .packet(_, let range) = received {
            var packet = Array(bytes[range])
            if packet.withUnsafeMutableBytes({ node.core.receiveFromTunnel($0) }) == .passed {
                node.inbox.append(packet)
            }
        }
        flush(node)
    }

    private func flush(_ node: Node) {
        while let output = node.engine.nextOutput() {
            if case .datagram(let bytes, _, _) = output { receiveAtGateway(bytes, from: node.wan) }
        }
    }

    private func flushGateway() {
        while let output = gateway.nextOutput() {
            if case .datagram(let bytes, let remote, _) = output { deliver(bytes, to: remote) }
        }
    }
}
