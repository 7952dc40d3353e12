import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

/// Traps that other implementations fell into and that have no place in another suite; CASES.md names them all.
struct TrapTests {
    @Test("a clock that once was far ahead locks its own engine out of nothing")
    func clockAheadAtSender() throws {
        let pair = try Pair()
        pair.anna.wall.time.seconds += 10 * 365 * 86_400
        pair.connect()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
        pair.anna.wall.time.seconds -= 10 * 365 * 86_400
        for _ in 0..<5 {
            pair.world.run(for: .seconds(6))
            pair.connect()
        }
        #expect(pair.hub.engine.count(of: .replayedTimestamp) == 0)
        #expect(pair.hub.events.count { if case .handshakeCompleted = $0 { true } else { false } } == 6)
    }

    @Test("another engine of the same key with a right clock is refused by name, until the peer is taken anew")
    func clockAheadAtTwin() throws {
        let pair = try Pair()
        pair.anna.wall.time.seconds += 10 * 365 * 86_400
        pair.connect()
        // The same key in a process that was started again, its clock right.
        let reborn = pair.world.add(try Party(pair.anna.place, seed: 1))
        pair.world.parties.removeAll { $0 === pair.anna }
        let toHub = try reborn.engine.addPeer(pair.hub.configuration(), at: pair.world.now)
        #expect(reborn.engine.publicKey == pair.anna.engine.publicKey)
        pair.world.run(for: .seconds(1))
        reborn.engine.forceHandshake(toHub, at: pair.world.now)
        pair.world.deliver()
        #expect(pair.hub.fates.last == .dropped(.replayedTimestamp))
        // Nothing is kept of a peer that was removed, the timestamp neither: what a re-issued or re-provisioned key does.
        pair.hub.engine.removePeer(pair.toAnna)
        let again = try pair.hub.engine.addPeer(reborn.configuration(mayInitiate: false), at: pair.world.now)
        pair.world.run(for: .seconds(6))
        #expect(pair.hub.engine.statistics(of: again, at: pair.world.now)?.hasUsableKeypair == true)
    }

    @Test("packets that wait for peers that are gone keep nobody from a handshake")
    func starvedHandshakes() throws {
        var configuration = EngineConfiguration()
        configuration.stagedTotalLimitPackets = 100
        let pair = try Pair(configuration: configuration)
        for number in 0..<10 as Range<UInt64> {
            let gone = try Party(Endpoint(IPv4Address(192, 0, 2, UInt8(number + 1)), 1), seed: 900 + number)
            let handle = try pair.anna.engine.addPeer(gone.configuration(), at: pair.world.now)
            for _ in 0..<10 { pair.world.send(innerPacket(), from: pair.anna, to: handle) }
        }
        #expect(pair.anna.engine.stagedCount == 100)
        #expect(pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub) == .dropped(.stagedLimit))
        pair.world.deliver()
        #expect(pair.statisticsAtAnna()?.hasUsableKeypair == true)
        pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(2)])
    }

    @Test("a response is good for as long as its initiation is the newest, not for a quarter of a second")
    func lateResponse() throws {
        let pair = try Pair()
        pair.world.passes = { $0.type != 2 }
        pair.connect()
        let response = try #require(pair.world.sent.last { $0.type == 2 })
        pair.world.passes = { _ in true }
        pair.world.run(for: .milliseconds(4_990))
        #expect(pair.world.receive(response, at: pair.anna) == .handled)
        pair.world.deliver()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
    }

    @Test("only an authentic counter moves the replay window, and each keypair has its own")
    func forgedCounter() throws {
        let pair = try Pair()
        pair.connect()
        for number in 0..<5 as Range<UInt8> { pair.world.send(innerPacket(number), from: pair.anna, to: pair.toHub) }
        let datagrams = pair.world.wire
        pair.world.wire = []
        var forged = datagrams[0]
        forged.bytes.replaceSubrange(8..<16, with: [0, 0, 0, 0, 0, 0, 0, 0x40])
        #expect(pair.world.receive(forged, at: pair.hub) == .dropped(.authenticationFailed))
        for datagram in datagrams {
            #expect(pair.world.receive(datagram, at: pair.hub) == .packet(pair.toAnna, 16..<80))
        }

        pair.world.run(for: .seconds(6))
        pair.connect()
        // Counter 0 was the confirmation: 1 under the new keys came before under the old ones.
        pair.world.send(innerPacket(9), from: pair.anna, to: pair.toHub)
        let fresh = try #require(pair.world.wire.first)
        #expect(fresh.bytes[8..<16] == datagrams[0].bytes[8..<16])
        #expect(pair.world.receive(fresh, at: pair.hub) == .packet(pair.toAnna, 16..<80))
    }

    @Test("datagrams of any size, up to the largest that UDP carries, are dropped and leave the session alone")
    func oversized() throws {
        let pair = try Pair()
        pair.connect()
        let index = try #require(pair.world.sent.last).bytes[4..<8]
        for byteCount in [2_048, 9_000, 34_848, 65_507, 65_535] {
            for type in 0...5 as ClosedRange<UInt8> {
                var bytes = [UInt8](repeating: 0x41, count: byteCount)
                bytes.replaceSubrange(0..<8, with: [type, 0, 0, 0] + index)
                let datagram = WireDatagram(bytes: bytes, source: pair.anna.place, destination: pair.hub.place)
                guard case .dropped = pair.world.receive(datagram, at: pair.hub) else {
                    Issue.record("\(byteCount) bytes of type \(type) were taken")
                    continue
                }
            }
        }
        pair.world.send(innerPacket(5), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(5)])
    }

    @Test("a monotonic clock that stumbles back stops nothing")
    func stumblingClock() throws {
        let pair = try Pair(keepalive: 25)
        pair.world.deliver()
        let chance = SeededEntropy(seed: 11)
        for step in 0..<400 as Range<UInt64> {
            let base = Moment(nanoseconds: 1_000_000_000_000) + .seconds(step)
            pair.world.now = step % 7 == 0 ? Moment(nanoseconds: base.nanoseconds - 3_000_000_000) : base
            for party in pair.world.parties {
                party.wall.time.seconds = 1_700_000_100 + step
                party.engine.advance(to: pair.world.now)
            }
            if chance.next() % 3 == 0 { pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub) }
            pair.world.deliver()
        }
        pair.world.send(innerPacket(200), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.packets.last == innerPacket(200))
        #expect(pair.hub.engine.count(of: .authenticationFailed) == 0)
    }

    @Test("a copied cookie reply does not make an old cookie young")
    func copiedCookieReply() throws {
        let pair = try Pair(configuration: .strict)
        pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
        pair.connect()
        let reply = try #require(pair.world.sent.last { $0.type == 3 })
        #expect(pair.anna.fates == [.handled])
        pair.world.move(to: pair.world.now + .seconds(100))
        #expect(pair.world.receive(reply, at: pair.anna) == .dropped(.authenticationFailed))
        pair.world.move(to: pair.world.now + .seconds(20))
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        #expect(try #require(pair.world.sent.last).bytes[132...].allSatisfy { $0 == 0 })
    }

    @Test("engines, peers and keypairs go when nobody needs them", arguments: [false, true])
    func nothingIsKept(isConnected: Bool) throws {
        weak var engine: Engine?
        weak var peer: Peer?
        weak var keypair: Keypair?
        do {
            let pair = try Pair(keepalive: 25)
            if isConnected { pair.world.run(for: .seconds(300)) }
            engine = pair.anna.engine
            peer = pair.anna.engine.resolve(pair.toHub)
            keypair = peer?.current
            #expect((keypair != nil) == isConnected)
            pair.world.passes = { _ in true }
        }
        #expect(engine == nil)
        #expect(peer == nil)
        #expect(keypair == nil)

        let pair = try Pair()
        pair.connect()
        peer = pair.hub.engine.resolve(pair.toAnna)
        keypair = peer?.current
        #expect(keypair != nil)
        pair.hub.engine.removePeer(pair.toAnna)
        #expect(peer == nil)
        #expect(keypair == nil)
    }
}
