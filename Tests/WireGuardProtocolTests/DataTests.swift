import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

struct DataTests {
    @Test("a datagram counts once, in whatever order they come")
    func replay() throws {
        let pair = try Pair()
        pair.connect()
        for number in 0..<20 as Range<UInt8> { pair.world.send(innerPacket(number), from: pair.anna, to: pair.toHub) }
        let datagrams = pair.world.wire
        pair.world.wire = []
        for datagram in datagrams.reversed() {
            #expect(pair.world.receive(datagram, at: pair.hub) == .packet(pair.toAnna, 16..<80))
        }
        for datagram in datagrams {
            #expect(pair.world.receive(datagram, at: pair.hub) == .dropped(.replayedCounter))
        }
        #expect(pair.hub.engine.count(of: .replayedCounter) == 20)
        #expect(pair.statisticsAtHub()?.receivedPackets == 20)
    }

    @Test("a touched byte anywhere in a data message loses it, and the true one is still taken")
    func touchedBytes() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        let datagram = pair.world.wire.removeFirst()
        for index in datagram.bytes.indices {
            var touched = datagram
            touched.bytes[index] ^= 0x40
            guard case .dropped = pair.world.receive(touched, at: pair.hub) else {
                Issue.record("byte \(index) was not noticed")
                continue
            }
        }
        #expect(pair.world.receive(datagram, at: pair.hub) == .packet(pair.toAnna, 16..<80))
    }

    @Test("datagrams that cannot be of WireGuard are dropped by name")
    func malformed() throws {
        let pair = try Pair()
        pair.connect()
        func fate(_ bytes: [UInt8]) -> Received {
            pair.world.receive(
                WireDatagram(bytes: bytes, source: pair.anna.place, destination: pair.hub.place), at: pair.hub)
        }
        for count in 0..<32 { #expect(fate([UInt8](repeating: 4, count: count)) == .dropped(.tooShort)) }
        for (type, right) in [(1, 148), (2, 92), (3, 64)] as [(UInt8, Int)] {
            for count in [32, right - 1, right + 1, 65_535] {
                let bytes = [type, 0, 0, 0] + [UInt8](repeating: 0, count: count - 4)
                #expect(fate(bytes) == .dropped(.wrongLength), "type \(type), \(count) bytes")
            }
        }
        for head in [[0, 0, 0, 0], [5, 0, 0, 0], [1, 0, 0, 1], [4, 1, 0, 0], [255, 255, 255, 255]] as [[UInt8]] {
            #expect(fate(head + [UInt8](repeating: 0, count: 144)) == .dropped(.unknownType))
        }
        for count in [32, 33, 1500, 65_535] {
            #expect(fate([4, 0, 0, 0] + [UInt8](repeating: 0xAB, count: count - 4)) == .dropped(.unknownIndex))
        }
        #expect(fate([1, 0, 0, 0] + [UInt8](repeating: 0, count: 144)) == .dropped(.badMac1))
        #expect(fate([2, 0, 0, 0] + [UInt8](repeating: 0, count: 88)) == .dropped(.badMac1))
        #expect(fate([3, 0, 0, 0] + [UInt8](repeating: 0, count: 60)) == .dropped(.unknownIndex))
    }

    @Test("bytes of chance never make anything but a drop", arguments: 0..<5)
    func chance(seed: UInt64) throws {
        let pair = try Pair()
        pair.connect()
        let index = try #require(pair.world.sent.last).bytes[4..<8]
        let chance = SeededEntropy(seed: seed)
        for _ in 0..<500 {
            var bytes = chance.bytes(32 + Int(chance.next() % 200))
            bytes.replaceSubrange(0..<4, with: [UInt8(chance.next() % 5), 0, 0, 0])
            if chance.next() % 2 == 0 { bytes.replaceSubrange(4..<8, with: index) }
            let datagram = WireDatagram(bytes: bytes, source: pair.anna.place, destination: pair.hub.place)
            guard case .dropped = pair.world.receive(datagram, at: pair.hub) else {
                Issue.record("seed \(seed): \(bytes)")
                continue
            }
        }
        #expect(pair.world.wire.isEmpty)
    }

    @Test(
        "padding goes to a multiple of 16, but never past the MTU",
        arguments: [
            (1, 16), (16, 16), (17, 32), (1279, 1280), (1280, 1280), (1297, 1299), (1299, 1299), (1300, 1315),
            // Longer than the MTU: the last piece of 1103 bytes counts.
            (5000, 5001), (2598, 2598), (34_816, 34_830),
        ])
    func padding(byteCount: Int, padded: Int) throws {
        var configuration = EngineConfiguration()
        configuration.mtuBytes = 1299
        let pair = try Pair(configuration: configuration)
        pair.connect()
        let packet = [UInt8](repeating: 0x45, count: byteCount)
        guard case .datagram(let range, _, _) = pair.world.send(packet, from: pair.anna, to: pair.toHub) else {
            Issue.record("not sealed")
            return
        }
        #expect(range.lowerBound == 0)
        #expect(range.count == padded + 32)
    }

    @Test("sealing touches nothing outside the datagram, wherever it lies in the buffer", arguments: [16, 17, 40])
    func inPlace(offset: Int) throws {
        let pair = try Pair()
        pair.connect()
        let packet = innerPacket(7, byteCount: 61)
        var buffer = [UInt8](repeating: 0xEE, count: offset + packet.count + 40)
        buffer.replaceSubrange(offset..<offset + packet.count, with: packet)
        let sealed = buffer.withUnsafeMutableBytes {
            pair.anna.engine.seal($0, packet: offset..<offset + packet.count, to: pair.toHub, at: pair.world.now)
        }
        #expect(sealed == .datagram(offset - 16..<offset + 80, to: pair.hub.place, from: pair.anna.place.address))
        #expect(buffer[..<(offset - 16)].allSatisfy { $0 == 0xEE })
        #expect(buffer[(offset + 80)...].allSatisfy { $0 == 0xEE })
    }

    @Test("a buffer without room around the packet is refused")
    func noRoom() throws {
        let pair = try Pair()
        pair.connect()
        var buffer = [UInt8](repeating: 0x45, count: 100)
        for range in [15..<40, 16..<81, 16..<16, 99..<100] {
            let sealed = buffer.withUnsafeMutableBytes {
                pair.anna.engine.seal($0, packet: range, to: pair.toHub, at: pair.world.now)
            }
            #expect(sealed == .dropped(.badBuffer), "\(range)")
        }
    }

    @Test(
        "an inner packet must be as long as it says",
        arguments: [
            // Version and header length, total length, bytes there are, bytes that come out
            (0x45, 20, 20, 20), (0x45, 64, 64, 64), (0x45, 40, 64, 40), (0x45, 65, 64, nil), (0x45, 19, 64, nil),
            (0x44, 40, 64, nil), (0x4F, 59, 64, nil), (0x4F, 60, 64, 60), (0x45, 20, 16, nil), (0x55, 20, 64, nil),
            (0x05, 20, 64, nil), (0x45, 0, 64, nil),
        ] as [(UInt8, Int, Int, Int?)])
    func innerLength(first: UInt8, total: Int, byteCount: Int, result: Int?) throws {
        let pair = try Pair()
        pair.connect()
        var packet = innerPacket(byteCount: byteCount)
        packet[0] = first
        packet[2] = UInt8(total >> 8)
        packet[3] = UInt8(total & 255)
        pair.world.send(packet, from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        let expected = result.map { Received.packet(pair.toAnna, 16..<16 + $0) } ?? .dropped(.malformedInner)
        #expect(pair.hub.fates.last == expected)
    }

    @Test("IPv6 passes as well, for whoever wants it")
    func version6() {
        var packet = [UInt8](repeating: 0, count: 48)
        packet[0] = 0x60
        packet[5] = 8
        packet.withUnsafeBytes { #expect(InnerPacket.byteCount($0) == 48) }
        packet[5] = 9
        packet.withUnsafeBytes { #expect(InnerPacket.byteCount($0) == nil) }
        packet[..<39].withUnsafeBytes { #expect(InnerPacket.byteCount($0) == nil) }
    }

    @Test("the counter is never used up: at its limit neither side sends or takes anything")
    func counterLimit() throws {
        let pair = try Pair(hubMayInitiate: false)
        pair.connect()
        let peer = try #require(pair.anna.engine.resolve(pair.toHub))
        peer.current?.sendCounter = Limits.rejectAfterMessages - 1
        pair.world.move(to: pair.world.now + .seconds(6))
        pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
        let last = pair.world.wire.removeFirst()
        #expect(pair.world.receive(last, at: pair.hub) == .packet(pair.toAnna, 16..<80))
        // Far above the number of messages after which keys are renewed, so that happened too.
        #expect(pair.world.wire.map(\.type) == [1])
        pair.world.wire = []
        #expect(pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub) == .staged)

        var beyond = last
        beyond.bytes.replaceSubrange(8..<16, with: [0xFF, 0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(pair.world.receive(beyond, at: pair.hub) == .dropped(.counterLimit))
    }

    @Test("a peer is where its last authenticated datagram came from; others move nothing")
    func roaming() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
        let old = pair.world.wire.removeFirst()
        pair.world.receive(old, at: pair.hub)
        let home = pair.anna.place

        pair.anna.place = Endpoint(IPv4Address(198, 51, 100, 99), 1234)
        pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub)
        // Sticky: the datagram still left from the old address, as if the system had not noticed.
        var moved = pair.world.wire.removeFirst()
        moved.source = pair.anna.place
        pair.world.receive(moved, at: pair.hub)
        #expect(pair.hub.events.last == .endpointChanged(pair.toAnna, pair.anna.place))
        #expect(pair.statisticsAtHub()?.endpoint == pair.anna.place)

        // A replay and a forgery from elsewhere.
        #expect(old.source == home)
        #expect(pair.world.receive(old, at: pair.hub) == .dropped(.replayedCounter))
        pair.world.send(innerPacket(3), from: pair.anna, to: pair.toHub)
        var forged = pair.world.wire.removeFirst()
        forged.source = Endpoint(IPv4Address(192, 0, 2, 66), 666)
        forged.bytes[30] ^= 1
        #expect(pair.world.receive(forged, at: pair.hub) == .dropped(.authenticationFailed))
        #expect(pair.statisticsAtHub()?.endpoint == pair.anna.place)

        pair.world.send(innerPacket(4), from: pair.hub, to: pair.toAnna)
        #expect(pair.world.wire.last?.destination == pair.anna.place)
        #expect(pair.world.sent.count { $0.type == 1 } == 1)
    }

    @Test("answers leave from the address that was asked")
    func stickySource() throws {
        let pair = try Pair()
        pair.connect()
        #expect(pair.statisticsAtHub()?.localAddress == pair.hub.place.address)
        let second = IPv4Address(203, 0, 113, 2)
        pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
        var datagram = pair.world.wire.removeFirst()
        datagram.destination.address = second
        pair.world.receive(datagram, at: pair.hub)
        pair.world.send(innerPacket(2), from: pair.hub, to: pair.toAnna)
        #expect(pair.world.wire.last?.source == Endpoint(second, pair.hub.place.port))
        pair.hub.engine.sendKeepalive(pair.toAnna, at: pair.world.now)
        pair.world.drain(pair.hub)
        #expect(pair.world.wire.last?.source == Endpoint(second, pair.hub.place.port))
    }

    @Test("who knocks is heard: an endpoint and the moment of its last datagram belong together")
    func knockIsHeard() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.run(for: .seconds(20))
        #expect(pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now))
        pair.world.drain(pair.anna)
        var knock = pair.world.wire.removeFirst()
        knock.source = Endpoint(IPv4Address(203, 0, 113, 99), 1234)
        pair.world.receive(knock, at: pair.hub)
        #expect(pair.statisticsAtHub()?.endpoint == knock.source)
        #expect(pair.statisticsAtHub()?.lastAuthenticated == pair.world.now)
    }

    @Test("keepalives are empty, count as life and not as traffic")
    func keepalive() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.run(for: .seconds(3))
        pair.anna.engine.sendKeepalive(pair.toHub, at: pair.world.now)
        pair.world.deliver()
        #expect(pair.hub.fates.last == .keepalive(pair.toAnna))
        #expect(pair.world.sent.last?.bytes.count == 32)
        #expect(pair.statisticsAtHub()?.lastAuthenticated == pair.world.now)
        #expect(pair.statisticsAtHub()?.receivedPackets == 0)
    }
}
