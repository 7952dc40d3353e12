import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

/// A gateway that was started again looks for its agents instead of waiting for them.
struct KnockTests {
    /// Anna is connected with a keepalive; then the hub is another process with the same key, which has forgotten everything.
    private func restarted() throws -> (pair: Pair, hub: Party, toAnna: PeerHandle) {
        let pair = try Pair(keepalive: 25, hubMayInitiate: false)
        pair.world.run(for: .seconds(30))
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
        pair.world.parties.removeAll { $0 === pair.hub }
        let hub = pair.world.add(try Party(pair.hub.place, seed: 2))
        #expect(hub.engine.publicKey == pair.hub.engine.publicKey)
        var annaAtHub = pair.anna.configuration(mayInitiate: false)
        annaAtHub.endpoint = nil
        return (pair, hub, try hub.engine.addPeer(annaAtHub, at: pair.world.now))
    }

    private func isUp(_ hub: Party, _ toAnna: PeerHandle, _ world: TestWorld) -> Bool {
        hub.engine.statistics(of: toAnna, at: world.now)?.hasUsableKeypair == true
    }

    @Test("without a knock the agent is back when its own timers find out, after more than 15 s")
    func withoutKnock() throws {
        let (pair, hub, toAnna) = try restarted()
        pair.world.run(for: .seconds(15))
        #expect(!isUp(hub, toAnna, pair.world))
        pair.world.run(for: .seconds(120))
        #expect(isUp(hub, toAnna, pair.world))
    }

    @Test("a knock has the session back with two messages, and packets flow both ways at once")
    func knock() throws {
        let (pair, hub, toAnna) = try restarted()
        let sentBefore = pair.world.sent.count
        #expect(hub.engine.knock(toAnna, at: pair.anna.place, pair.world.now))
        pair.world.drain(hub)
        pair.world.deliver()
        #expect(pair.world.sent[sentBefore...].map(\.type) == [1, 2, 4])
        #expect(isUp(hub, toAnna, pair.world))
        pair.world.send(innerPacket(1), from: hub, to: toAnna)
        pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.anna.packets == [innerPacket(1)])
        #expect(hub.packets == [innerPacket(2)])
        #expect(!hub.engine.knock(toAnna, at: pair.anna.place, pair.world.now))
    }

    @Test("a knock that is lost is repeated, and given up after 90 s; the agent still comes back by itself")
    func lostKnock() throws {
        let (pair, hub, toAnna) = try restarted()
        let isLost = Flag()
        pair.world.passes = { $0.destination != pair.anna.place || !isLost.isSet }
        isLost.isSet = true
        hub.engine.knock(toAnna, at: pair.anna.place, pair.world.now)
        pair.world.run(for: .seconds(8))
        isLost.isSet = false
        pair.world.run(for: .seconds(4))
        #expect(isUp(hub, toAnna, pair.world))

        let other = try restarted()
        other.pair.world.passes = { $0.destination != other.pair.anna.place }
        other.hub.engine.knock(other.toAnna, at: other.pair.anna.place, other.pair.world.now)
        other.pair.world.run(for: .seconds(200))
        #expect(other.hub.events.contains(.handshakeTimedOut(other.toAnna)))
        other.pair.world.passes = { _ in true }
        other.pair.world.run(for: .seconds(60))
        #expect(isUp(other.hub, other.toAnna, other.pair.world))
    }

    private final class Flag {
        var isSet = false
    }

    @Test(
        "the keys that came of a knock are renewed in time, for hours and without a gap, idle or not",
        arguments: [false, true])
    func renewal(isIdle: Bool) throws {
        let (pair, hub, toAnna) = try restarted()
        hub.engine.knock(toAnna, at: pair.anna.place, pair.world.now)
        pair.world.drain(hub)
        pair.world.deliver()
        for _ in 0..<720 {
            if !isIdle { pair.world.send(innerPacket(1), from: hub, to: toAnna) }
            pair.world.run(for: .seconds(10))
            #expect(isUp(hub, toAnna, pair.world))
        }
        #expect(hub.engine.count(of: .noKeypair) == 0)
        if !isIdle { #expect(pair.anna.packets.count == 720) }
    }

    @Test("who knocks stages no packets: what may not go now never goes later")
    func stagesNothing() throws {
        let (pair, hub, toAnna) = try restarted()
        pair.world.passes = { _ in false }
        hub.engine.knock(toAnna, at: pair.anna.place, pair.world.now)
        #expect(pair.world.send(innerPacket(1), from: hub, to: toAnna) == .dropped(.noKeypair))
        #expect(hub.engine.stagedCount == 0)
    }

    @Test("both ends that knock at once come together")
    func simultaneous() throws {
        let (pair, hub, toAnna) = try restarted()
        hub.engine.knock(toAnna, at: pair.anna.place, pair.world.now)
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.run(for: .seconds(1))
        pair.world.send(innerPacket(1), from: hub, to: toAnna)
        pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.anna.packets == [innerPacket(1)])
        #expect(hub.packets == [innerPacket(2)])
    }
}
