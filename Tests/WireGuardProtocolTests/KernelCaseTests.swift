import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

/// Cases of the kernel's own selftest that need no kernel, in virtual time; CASES.md says where the others are.
struct KernelCaseTests {
    /// An echo request and its reply, 84 bytes each as `ping` sends them.
    private func ping(_ pair: Pair) {
        let (before, back) = (pair.hub.packets.count, pair.anna.packets.count)
        pair.world.send(innerPacket(1, byteCount: 84), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        for packet in pair.hub.packets[before...] {
            pair.world.send(packet, from: pair.hub, to: pair.toAnna)
            pair.world.deliver()
        }
        #expect(pair.anna.packets.count == back + 1)
    }

    @Test("after ten pings both sides count to the byte", arguments: [(false, 1428), (true, 1460)])
    func counters(isForced: Bool, sent: UInt64) throws {
        let pair = try Pair()
        // A handshake before the data costs a keepalive.
        if isForced { pair.connect() }
        for _ in 0..<10 { ping(pair) }
        #expect(pair.statisticsAtAnna()?.wireReceivedBytes == 1372)
        #expect(pair.statisticsAtAnna()?.wireSentBytes == sent)
        #expect(pair.statisticsAtHub()?.wireSentBytes == 1372)
        #expect(pair.statisticsAtHub()?.wireReceivedBytes == sent)
        #expect(pair.statisticsAtHub()?.lastHandshake != nil)
    }

    @Test("packets of a jumbo interface pass whole", arguments: [1420, 9_000, 34_736])
    func jumbo(mtu: Int) throws {
        var configuration = EngineConfiguration()
        configuration.mtuBytes = mtu
        let pair = try Pair(configuration: configuration)
        pair.connect()
        for byteCount in [20, mtu - 17, mtu - 1, mtu] {
            pair.world.send(innerPacket(3, byteCount: byteCount), from: pair.anna, to: pair.toHub)
            pair.world.deliver()
            #expect(pair.hub.packets.last == innerPacket(3, byteCount: byteCount))
            #expect(pair.world.sent.last?.bytes.count ?? 0 <= mtu + 32)
        }
    }

    @Test("a changed private key shakes hands at once, and the old one is a stranger")
    func changedPrivateKey() throws {
        let pair = try Pair()
        pair.connect()
        ping(pair)
        let renewed = pair.world.add(try Party(pair.anna.place, seed: 44))
        pair.world.parties.removeAll { $0 === pair.anna }
        let toHub = try renewed.engine.addPeer(pair.hub.configuration(), at: pair.world.now)
        let toRenewed = try pair.hub.engine.addPeer(renewed.configuration(mayInitiate: false), at: pair.world.now)
        pair.hub.engine.removePeer(pair.toAnna)
        pair.world.send(innerPacket(7), from: renewed, to: toHub)
        pair.world.deliver()
        #expect(pair.hub.packets.last == innerPacket(7))
        #expect(pair.hub.engine.peers == [toRenewed])
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        let late = pair.world.wire.removeLast()
        #expect(pair.world.receive(late, at: pair.hub) == .dropped(.unknownPeer))
    }

    @Test("a tunnel runs through another tunnel")
    func tunnelInTunnel() throws {
        let outer = try Pair()
        let inner = try Pair()
        /// A datagram of the inner tunnel as a packet of the outer one, its header's length right and the rest of no matter.
        func wrapped(_ datagram: WireDatagram) -> [UInt8] {
            innerPacket(0, byteCount: 28)[..<28] + datagram.bytes
        }
        func carry() {
            inner.world.drain(inner.anna)
            inner.world.drain(inner.hub)
            while !inner.world.wire.isEmpty {
                let datagram = inner.world.wire.removeFirst()
                let isUp = datagram.destination == inner.hub.place
                var packet = wrapped(datagram)
                packet[2] = UInt8(packet.count >> 8)
                packet[3] = UInt8(packet.count & 255)
                let (from, to) = isUp ? (outer.anna, outer.toHub) : (outer.hub, outer.toAnna)
                outer.world.send(packet, from: from, to: to)
                outer.world.deliver()
                let arrived = (isUp ? outer.hub : outer.anna).packets.removeLast()
                #expect(arrived == packet)
                let out = WireDatagram(
                    bytes: Array(arrived[28...]), source: datagram.source, destination: datagram.destination)
                inner.world.receive(out, at: isUp ? inner.hub : inner.anna)
            }
        }
        for number in 0..<10 as Range<UInt8> {
            inner.world.send(innerPacket(number, byteCount: 1_340), from: inner.anna, to: inner.toHub)
            carry()
            inner.world.send(innerPacket(number), from: inner.hub, to: inner.toAnna)
            carry()
        }
        #expect(inner.hub.packets == (0..<10 as Range<UInt8>).map { innerPacket($0, byteCount: 1_340) })
        #expect(inner.anna.packets == (0..<10 as Range<UInt8>).map { innerPacket($0) })
    }

    @Test("a keepalive of one second keeps the way through a NAT that forgets after two; without it the way is lost")
    func translation() throws {
        for (keepalive, isReached) in [(1, true), (nil, false)] as [(UInt16?, Bool)] {
            let pair = try Pair(keepalive: keepalive)
            let forgets = MomentBox()
            pair.world.passes = { datagram in
                if datagram.source == pair.anna.place {
                    forgets.moment = pair.world.now + .seconds(2)
                    return true
                }
                return pair.world.now < forgets.moment
            }
            pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
            pair.world.deliver()
            pair.world.run(for: .seconds(5))
            pair.world.send(innerPacket(2), from: pair.hub, to: pair.toAnna)
            pair.world.deliver()
            #expect(pair.anna.packets.contains(innerPacket(2)) == isReached)
        }
    }

    private final class MomentBox {
        var moment = Moment(nanoseconds: 0)
    }

    // MARK: Sticky, but not too sticky

    /// The hub with a second address, hit by anna's next packet.
    private func hitSecondAddress(_ pair: Pair, _ address: IPv4Address) {
        pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
        var datagram = pair.world.wire.removeLast()
        datagram.destination.address = address
        pair.world.receive(datagram, at: pair.hub)
    }

    @Test("each authentic datagram chooses the source of the next answers; nothing else does")
    func stickyFollows() throws {
        let pair = try Pair()
        pair.connect()
        for last in [2, 3, 2] as [UInt8] {
            let address = IPv4Address(203, 0, 113, last)
            hitSecondAddress(pair, address)
            #expect(pair.statisticsAtHub()?.localAddress == address)
            pair.world.send(innerPacket(2), from: pair.hub, to: pair.toAnna)
            #expect(pair.world.wire.removeLast().source.address == address)
        }
        pair.world.send(innerPacket(3), from: pair.anna, to: pair.toHub)
        var forged = pair.world.wire.removeLast()
        forged.destination.address = IPv4Address(203, 0, 113, 9)
        forged.bytes[20] ^= 1
        pair.world.receive(forged, at: pair.hub)
        #expect(pair.statisticsAtHub()?.localAddress == IPv4Address(203, 0, 113, 2))
    }

    @Test("an initiation is answered from the address that it hit, at once")
    func stickyResponse() throws {
        let pair = try Pair()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        var initiation = pair.world.wire.removeFirst()
        initiation.destination.address = IPv4Address(203, 0, 113, 7)
        pair.world.receive(initiation, at: pair.hub)
        #expect(pair.world.wire.last?.source == Endpoint(IPv4Address(203, 0, 113, 7), pair.hub.place.port))
    }

    @Test("an address that went away is let go of when nothing is heard for 15 s, and at every repetition")
    func stickyLetsGo() throws {
        let pair = try Pair()
        pair.connect()
        #expect(pair.statisticsAtAnna()?.localAddress == pair.anna.place.address)
        pair.world.passes = { _ in false }
        pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
        pair.world.run(for: .seconds(16))
        #expect(pair.statisticsAtAnna()?.localAddress == nil)
        pair.world.passes = { _ in true }
        pair.world.run(for: .seconds(6))
        #expect(pair.statisticsAtAnna()?.localAddress == pair.anna.place.address)
    }

    @Test("another endpoint is reached from whatever address leads there")
    func stickyEndpoint() throws {
        let pair = try Pair()
        pair.connect()
        pair.anna.engine.setEndpoint(Endpoint(IPv4Address(203, 0, 113, 20), 51_820), of: pair.toHub)
        #expect(pair.statisticsAtAnna()?.localAddress == nil)
        #expect(pair.statisticsAtAnna()?.hasUsableKeypair == true)
    }

    // MARK: Keys

    @Test("32 zero bytes as preshared key are no preshared key")
    func zeroedPresharedKey() throws {
        let zeroed = try #require(PresharedKey(bytes: [UInt8](repeating: 0, count: 32)))
        let pair = try Pair()
        pair.anna.engine.removePeer(pair.toHub)
        let toHub = try pair.anna.engine.addPeer(pair.hub.configuration(psk: zeroed), at: pair.world.now)
        pair.anna.engine.forceHandshake(toHub, at: pair.world.now)
        pair.world.deliver()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
    }

    @Test("a private key is clamped, and read back so")
    func clampedKey() throws {
        let rest = String(repeating: "A", count: 41)
        // The first byte, 0xFC, loses its three lowest bits; the last, 0x0F, gets 0x40.
        let key = try #require(PrivateKey(base64: "/" + rest + "8="))
        #expect(key.base64() == "+" + rest.dropLast() + "E8=")
        let full = try #require(PrivateKey(bytes: [UInt8](repeating: 0xFF, count: 32)))
        #expect(Base64.decode(full.base64().utf8) == [0xF8] + [UInt8](repeating: 0xFF, count: 30) + [0x7F])
        #expect(PrivateKey(base64: key.base64()) == key)
        let zeroed = try #require(PrivateKey(bytes: [UInt8](repeating: 0, count: 32)))
        #expect(zeroed.base64() != String(repeating: "A", count: 43) + "=")
        #expect(PrivateKey(bytes: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(PrivateKey(bytes: [UInt8](repeating: 1, count: 33)) == nil)
    }

    @Test("a key of low order is no peer, with keepalive and endpoint, and nothing is ever sent to it")
    func lowOrderPeer() throws {
        let world = TestWorld()
        let party = world.add(try Party(Endpoint(IPv4Address(203, 0, 113, 1), 51_820), seed: 3))
        for point in HandshakeTests.lowOrderPoints {
            let key = try #require(PublicKey(bytes: bytes(point)))
            #expect(throws: PeerRefusal.lowOrderKey) {
                try party.engine.addPeer(
                    PeerConfiguration(
                        publicKey: key, endpoint: Endpoint(IPv4Address(127, 0, 0, 1), 1111),
                        persistentKeepaliveSeconds: 1), at: world.now)
            }
        }
        world.run(for: .seconds(20))
        #expect(world.sent.isEmpty)
        #expect(party.engine.peers.isEmpty)
    }
}
