import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

/// What somebody sees who listens between two peers.
struct EavesdropperTests {
    /// The numbers at a place of every message of a type.
    private func numbers(at offset: Int, of type: UInt8, in world: TestWorld) -> [UInt32] {
        world.sent.filter { $0.type == type }.map { datagram in
            datagram.bytes.withUnsafeBytes { $0.baseAddress?.number(at: offset) ?? 0 }
        }
    }

    @Test("one handshake serves all that is said within two minutes, in both directions")
    func oneHandshake() throws {
        let pair = try Pair(hubKnowsEndpoint: true)
        for second in 0..<115 {
            pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
            pair.world.deliver()
            if second % 3 == 0 { pair.world.send(innerPacket(2), from: pair.hub, to: pair.toAnna) }
            pair.world.run(for: .seconds(1))
        }
        #expect(pair.world.sent.count { $0.type == 1 } == 1)
        #expect(pair.world.sent.count { $0.type == 2 } == 1)
        #expect(pair.world.sent.count { $0.type == 3 } == 0)
        #expect(pair.hub.packets.count == 115)
    }

    @Test("a handshake without data is confirmed by exactly one keepalive; with data by the data")
    func oneKeepalive() throws {
        let idle = try Pair()
        idle.connect()
        idle.world.run(for: .seconds(60))
        #expect(idle.world.sent.map(\.bytes.count) == [148, 92, 32])

        let busy = try Pair()
        busy.world.send(innerPacket(), from: busy.anna, to: busy.toHub)
        busy.world.deliver()
        #expect(busy.world.sent.map(\.bytes.count) == [148, 92, 96])
    }

    @Test("the length of data tells no more than a multiple of 16")
    func lengths() throws {
        let pair = try Pair()
        pair.connect()
        for byteCount in 20...200 {
            pair.world.send(innerPacket(1, byteCount: byteCount), from: pair.anna, to: pair.toHub)
            pair.world.deliver()
            #expect(pair.hub.packets.last?.count == byteCount)
        }
        let seen = pair.world.sent.filter { $0.type == 4 }.map(\.bytes.count)
        #expect(seen.allSatisfy { $0 % 16 == 0 })
        #expect(Set(seen).count == 13)
    }

    @Test("indices are used once, are spread over 32 bits, and tell neither order nor number of peers")
    func indices() throws {
        let world = TestWorld()
        let hub = world.add(try Party(Endpoint(IPv4Address(203, 0, 113, 1), 51_820), seed: 77))
        for number in 0..<60 as Range<UInt64> {
            let place = Endpoint(IPv4Address(number: 0xC633_6400 + UInt32(number)), 40_000)
            let party = world.add(try Party(place, seed: 500 + number))
            _ = try hub.engine.addPeer(party.configuration(mayInitiate: false), at: world.now)
            let toHub = try party.engine.addPeer(hub.configuration(), at: world.now)
            for _ in 0..<2 {
                party.engine.forceHandshake(toHub, at: world.now)
                world.run(for: .milliseconds(25))
            }
        }
        let responses = numbers(at: ResponseLayout.sender, of: 2, in: world)
        #expect(responses.count == 120)
        #expect(Set(responses).count == 120)
        // A counter or a shift register would keep high bits still or go one way.
        #expect(Set(responses.map { $0 >> 24 }).count > 60)
        let rises = zip(responses.dropFirst(), responses).count { $0 > $1 }
        #expect((30..<90).contains(rises), "\(rises) of 119 rise")
        #expect(hub.engine.indices.count == 120)
        world.run(for: .seconds(600))
        #expect(hub.engine.indices.count == 0)
    }

    @Test("ephemeral keys, timestamps and nonces never come twice")
    func neverTwice() throws {
        let pair = try Pair()
        for _ in 0..<20 {
            pair.connect()
            pair.world.run(for: .seconds(6))
        }
        let initiations = pair.world.sent.filter { $0.type == 1 }
        #expect(Set(initiations.map { $0.bytes[8..<40] }).count == 20)
        #expect(Set(initiations.map { $0.bytes[88..<116] }).count == 20)
        let responses = pair.world.sent.filter { $0.type == 2 }
        #expect(Set(responses.map { $0.bytes[12..<44] }).count == 20)
        for _ in 0..<50 { pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub) }
        let data = pair.world.sent.filter { $0.type == 4 && $0.bytes.count > 32 }
        #expect(data.map { $0.bytes[8..<16] }.count == Set(data.map { $0.bytes[8..<16] }).count)
    }

    @Test("a preshared key that is set anew on both sides holds for the next session, and on one side for none")
    func changedPresharedKey() throws {
        let (old, new) = (
            try #require(PresharedKey(bytes: [UInt8](repeating: 1, count: 32))),
            try #require(PresharedKey(bytes: [UInt8](repeating: 2, count: 32)))
        )
        let pair = try Pair(psk: old)
        pair.connect()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)

        pair.hub.engine.removePeer(pair.toAnna)
        let toAnna = try pair.hub.engine.addPeer(
            pair.anna.configuration(mayInitiate: false, psk: new), at: pair.world.now)
        pair.world.run(for: .seconds(6))
        pair.connect()
        #expect(pair.anna.fates.last == .dropped(.authenticationFailed))
        #expect(pair.hub.engine.statistics(of: toAnna, at: pair.world.now)?.hasUsableKeypair == false)

        pair.anna.engine.removePeer(pair.toHub)
        let toHub = try pair.anna.engine.addPeer(pair.hub.configuration(psk: new), at: pair.world.now)
        pair.world.run(for: .seconds(1))
        pair.anna.engine.forceHandshake(toHub, at: pair.world.now)
        pair.world.deliver()
        #expect(pair.hub.engine.statistics(of: toAnna, at: pair.world.now)?.hasUsableKeypair == true)
    }

    @Test("after a night's sleep the first packet makes a new session and arrives", arguments: [200, 700, 40_000])
    func sleep(seconds: UInt64) throws {
        let pair = try Pair()
        pair.connect()
        // Nobody's timers run meanwhile: the machine sleeps.
        pair.world.move(to: pair.world.now + .seconds(seconds))
        #expect(pair.world.send(innerPacket(3), from: pair.anna, to: pair.toHub) == .staged)
        pair.world.run(for: .milliseconds(10))
        #expect(pair.hub.packets == [innerPacket(3)])
        pair.world.run(for: .seconds(30))
        #expect(pair.world.sent.count { $0.type == 1 } == 2)
    }
}
