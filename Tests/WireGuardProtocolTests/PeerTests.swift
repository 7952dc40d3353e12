import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

struct PeerTests {
    @Test("the engine's own key, a second peer of one key and one peer too many are refused")
    func refusals() throws {
        var configuration = EngineConfiguration()
        configuration.peerLimit = 2
        let pair = try Pair(configuration: configuration)
        let engine = pair.hub.engine
        #expect(throws: PeerRefusal.ownKey) { try engine.addPeer(pair.hub.configuration(), at: pair.world.now) }
        #expect(throws: PeerRefusal.duplicate) { try engine.addPeer(pair.anna.configuration(), at: pair.world.now) }
        let others = try (3..<5).map { try Party(pair.anna.place, seed: $0) }
        _ = try engine.addPeer(others[0].configuration(), at: pair.world.now)
        #expect(throws: PeerRefusal.limit) { try engine.addPeer(others[1].configuration(), at: pair.world.now) }
        #expect(engine.peers.map(\.slot) == [0, 1])
        #expect(engine.peer(for: others[0].engine.publicKey) == engine.peers.last)
    }

    @Test("a removed peer leaves nothing: no index, no timer, no keys, and its handle does nothing")
    func removal() throws {
        let pair = try Pair(keepalive: 25)
        pair.world.deliver()
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        let late = pair.world.wire.removeFirst()
        let engine = pair.hub.engine
        engine.removePeer(pair.toAnna)
        #expect(engine.indices.count == 0)
        #expect(engine.nextDeadline == nil)
        #expect(engine.peers.isEmpty)
        #expect(engine.peer(for: pair.anna.engine.publicKey) == nil)
        #expect(pair.world.receive(late, at: pair.hub) == .dropped(.unknownIndex))

        #expect(pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna) == .dropped(.stalePeer))
        #expect(!engine.forceHandshake(pair.toAnna, at: pair.world.now))
        engine.sendKeepalive(pair.toAnna, at: pair.world.now)
        engine.eraseSession(pair.toAnna)
        engine.setEndpoint(pair.anna.place, of: pair.toAnna)
        engine.removePeer(pair.toAnna)
        #expect(engine.statistics(of: pair.toAnna, at: pair.world.now) == nil)
        #expect(engine.nextOutput() == nil)

        let again = try engine.addPeer(pair.anna.configuration(), at: pair.world.now)
        #expect(again.slot == pair.toAnna.slot)
        #expect(again != pair.toAnna)
        #expect(engine.statistics(of: pair.toAnna, at: pair.world.now) == nil)
        #expect(engine.statistics(of: again, at: pair.world.now)?.lastHandshake == nil)
    }

    @Test("a peer that goes in the middle of a handshake takes that along")
    func removalWhilePending() throws {
        let pair = try Pair()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.anna.engine.removePeer(pair.toHub)
        pair.world.deliver()
        #expect(pair.anna.engine.indices.count == 0)
        #expect(pair.anna.engine.nextDeadline == nil)
        #expect(pair.anna.fates == [.dropped(.unknownIndex)])
    }

    @Test("of a finished handshake nothing stays in memory but the keys, and of erased keys nothing")
    func erasedMemory() throws {
        func isZero(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
            UnsafeRawBufferPointer(start: start, count: count).allSatisfy { $0 == 0 }
        }
        let pair = try Pair()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        let atAnna = try #require(pair.anna.engine.resolve(pair.toHub))
        let atHub = try #require(pair.hub.engine.resolve(pair.toAnna))
        #expect(!isZero(atAnna.secrets.ephemeral, 96))
        pair.world.deliver()
        #expect(isZero(atAnna.secrets.ephemeral, 96))
        #expect(isZero(atHub.secrets.ephemeral, 96))
        #expect(isZero(pair.anna.engine.handshakeMemory, SymmetricState.byteCount))
        #expect(isZero(pair.hub.engine.handshakeMemory, SymmetricState.byteCount))

        let keys = try #require(atAnna.current).secrets
        #expect(!isZero(keys, 64))
        pair.anna.engine.eraseSession(pair.toHub)
        #expect(isZero(keys, 64))
        #expect(!isZero(atAnna.secrets.start, 160))
        pair.anna.engine.removePeer(pair.toHub)
        #expect(isZero(atAnna.secrets.start, 160))
    }

    @Test("the peer of a removed key is dropped at its next handshake, and its old session is dead at once")
    func revocation() throws {
        let pair = try Pair(keepalive: 5)
        pair.world.deliver()
        pair.hub.engine.removePeer(pair.toAnna)
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.fates.last == .dropped(.unknownIndex))
        pair.world.run(for: .seconds(60))
        #expect(pair.hub.events.contains(.refusedInitiation(pair.anna.engine.publicKey, from: pair.anna.place)))
        #expect(pair.hub.packets.isEmpty)
    }

    @Test("erasing a session takes keys and handshake, the peer begins anew by itself")
    func erasing() throws {
        let pair = try Pair()
        pair.connect()
        pair.anna.engine.eraseSession(pair.toHub)
        #expect(pair.anna.engine.indices.count == 0)
        #expect(pair.statisticsAtAnna()?.hasUsableKeypair == false)
        pair.world.move(to: pair.world.now + .milliseconds(20))
        #expect(pair.world.send(innerPacket(8), from: pair.anna, to: pair.toHub) == .staged)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(8)])
    }

    @Test("without an endpoint nothing is sent or staged, and a handshake that waits ends")
    func noEndpoint() throws {
        let pair = try Pair()
        pair.world.passes = { _ in false }
        #expect(pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna) == .dropped(.noEndpoint))
        #expect(!pair.hub.engine.forceHandshake(pair.toAnna, at: pair.world.now))
        #expect(pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub) == .staged)
        pair.anna.engine.setEndpoint(nil, of: pair.toHub)
        #expect(pair.statisticsAtAnna()?.stagedPackets == 0)
        #expect(pair.anna.engine.count(of: .stagedAbandoned) == 1)
        pair.world.run(for: .seconds(600))
        #expect(pair.world.sent.count == 1)
        #expect(pair.anna.engine.nextDeadline == nil)
    }

    @Test("staged packets go out in order when the handshake is done; of too many the oldest are lost")
    func staged() throws {
        let pair = try Pair()
        for number in 0..<130 as Range<UInt8> {
            #expect(pair.world.send(innerPacket(number), from: pair.anna, to: pair.toHub) == .staged)
        }
        #expect(pair.statisticsAtAnna()?.stagedPackets == 128)
        #expect(pair.anna.engine.count(of: .stagedOverflow) == 2)
        pair.world.deliver()
        #expect(pair.hub.packets == (2..<130 as Range<UInt8>).map { innerPacket($0) })
        #expect(pair.anna.engine.stagedCount == 0)
        // The staged data was the confirmation: no keepalive.
        #expect(pair.world.sent.allSatisfy { $0.bytes.count != 32 })
    }

    @Test("a responder's staged packets go out at the confirmation")
    func stagedAtResponder() throws {
        let pair = try Pair(hubKnowsEndpoint: true)
        pair.world.passes = { $0.type != 1 || $0.source == pair.anna.place }
        #expect(pair.world.send(innerPacket(1), from: pair.hub, to: pair.toAnna) == .staged)
        #expect(pair.world.send(innerPacket(2), from: pair.hub, to: pair.toAnna) == .staged)
        pair.connect()
        #expect(pair.anna.packets == [innerPacket(1), innerPacket(2)])
    }

    @Test("all peers together stage a bounded number of packets")
    func stagedTotal() throws {
        var configuration = EngineConfiguration()
        configuration.stagedTotalLimitPackets = 3
        let pair = try Pair(configuration: configuration)
        let sealed = (0..<5 as Range<UInt8>).map { pair.world.send(innerPacket($0), from: pair.anna, to: pair.toHub) }
        #expect(sealed == [.staged, .staged, .staged, .dropped(.stagedLimit), .dropped(.stagedLimit)])
    }

    @Test("whoever may not initiate never does, whatever happens")
    func responderOnly() throws {
        let pair = try Pair(keepalive: 25, hubMayInitiate: false, hubKnowsEndpoint: true)
        pair.world.deliver()
        #expect(!pair.hub.engine.forceHandshake(pair.toAnna, at: pair.world.now))
        for _ in 0..<100 {
            pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna)
            pair.world.run(for: .seconds(9))
        }
        pair.world.passes = { $0.destination == pair.hub.place }
        for _ in 0..<100 {
            pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna)
            pair.world.run(for: .seconds(9))
        }
        #expect(pair.world.count(ofType: 1, from: pair.hub) == 0)
        #expect(pair.hub.engine.count(of: .noKeypair) > 0)
        #expect(pair.anna.packets.count == 100)
    }
}
