import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

/// The table of timers and limits, row by row, in virtual time.
struct TimerTests {
    /// Moments at which a party sent messages of a type, in seconds since the beginning.
    private final class Record {
        var seconds: [Double] = []
    }

    private func record(_ type: UInt8, from party: Party, in world: TestWorld, lose: Bool = false) -> Record {
        let record = Record()
        let start = world.now
        world.passes = { datagram in
            guard datagram.source.port == party.place.port else { return true }
            if datagram.type == type { record.seconds.append(world.now.since(start).seconds) }
            return !lose
        }
        return record
    }

    @Test("the initiator renews keys of 120 s when it sends; the responder never does")
    func rekey() throws {
        let pair = try Pair(hubKnowsEndpoint: true)
        pair.connect()
        let start = pair.world.now
        pair.world.run(for: .milliseconds(119_900))
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        #expect(pair.world.sent.count { $0.type == 1 } == 1)
        pair.world.move(to: start + .seconds(120))
        pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna)
        #expect(pair.world.sent.count { $0.type == 1 } == 1)
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        #expect(pair.world.sent.count { $0.type == 1 } == 2)
        pair.world.deliver()
        #expect(pair.anna.events.last == .handshakeCompleted(pair.toHub, KeypairID(rawValue: 2), asInitiator: true))
        #expect(pair.hub.packets.count == 2)
        #expect(pair.anna.packets.count == 1)
    }

    @Test("many messages also make the initiator renew keys")
    func rekeyAfterMessages() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.move(to: pair.world.now + .seconds(6))
        // The message before the limit's does not.
        for (counter, initiations) in [(Limits.rekeyAfterMessages - 1, 0), (Limits.rekeyAfterMessages, 1)]
            as [(UInt64, Int)]
        {
            pair.anna.engine.resolve(pair.toHub)?.current?.sendCounter = counter
            pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
            #expect(pair.world.sent.count { $0.type == 1 } == 1 + initiations, "\(counter)")
        }
    }

    @Test("keys of 180 s are unusable both ways")
    func reject() throws {
        let pair = try Pair(hubMayInitiate: false)
        pair.connect()
        let start = pair.world.now
        pair.world.move(to: start + .milliseconds(179_999))
        pair.world.send(innerPacket(1), from: pair.hub, to: pair.toAnna)
        let datagrams = pair.world.wire
        #expect(datagrams.count == 1)
        pair.world.wire = []
        pair.world.move(to: start + .seconds(180))
        #expect(pair.world.receive(datagrams[0], at: pair.anna) == .dropped(.expiredKeypair))
        #expect(pair.world.send(innerPacket(2), from: pair.hub, to: pair.toAnna) == .dropped(.noKeypair))
        #expect(pair.world.send(innerPacket(3), from: pair.anna, to: pair.toHub) == .staged)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(3)])
    }

    @Test("the initiator renews keys of 165 s when it receives, once; before that it does not")
    func lastMinute() throws {
        let pair = try Pair()
        pair.connect()
        let start = pair.world.now
        for (milliseconds, initiations) in [(164_990, 0), (165_000, 1), (171_000, 1)] as [(UInt64, Int)] {
            pair.world.move(to: start + .milliseconds(milliseconds))
            pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna)
            let data = pair.world.wire.removeLast()
            pair.world.receive(data, at: pair.anna)
            #expect(pair.world.sent.count { $0.type == 1 } == 1 + initiations, "\(milliseconds)")
            pair.world.wire = []
        }
    }

    @Test("all keys are erased 540 s after the last new ones, on both sides")
    func erasure() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.run(for: .milliseconds(539_999))
        #expect(pair.anna.engine.indices.count == 1)
        #expect(pair.hub.engine.indices.count == 1)
        pair.world.run(for: .milliseconds(1))
        #expect(pair.anna.events.last == .keypairsErased(pair.toHub))
        #expect(pair.hub.events.last == .keypairsErased(pair.toAnna))
        #expect(pair.anna.engine.indices.count == 0)
        #expect(pair.hub.engine.indices.count == 0)
        #expect(pair.anna.engine.nextDeadline == nil)
        #expect(pair.hub.engine.nextDeadline == nil)
    }

    @Test("an initiation is repeated after 5 s and some jitter, 18 times, then everything staged is given up")
    func retransmission() throws {
        let pair = try Pair()
        let record = record(1, from: pair.anna, in: pair.world, lose: true)
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        pair.world.run(for: .seconds(600))
        #expect(record.seconds.count == 19)
        let gaps = zip(record.seconds.dropFirst(), record.seconds).map(-)
        #expect(gaps.allSatisfy { (5.0...5.333_001).contains($0) }, "\(gaps)")
        #expect(Set(gaps).count > 10)
        #expect(pair.anna.events == [.handshakeTimedOut(pair.toHub)])
        #expect(pair.anna.engine.count(of: .stagedAbandoned) == 1)
        #expect(pair.anna.engine.indices.count == 0)
        #expect(pair.anna.engine.nextDeadline == nil)
        // New data starts again.
        pair.world.passes = { _ in true }
        pair.world.send(innerPacket(9), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(9)])
    }

    @Test("each initiation has an ephemeral and an index of its own, and only the newest is answered")
    func retransmissionIsNew() throws {
        let pair = try Pair()
        pair.world.passes = { $0.type != 2 }
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.run(for: .seconds(6))
        let initiations = pair.world.sent.filter { $0.type == 1 }
        let responses = pair.world.sent.filter { $0.type == 2 }
        #expect(initiations.count == 2)
        #expect(initiations[0].bytes[4..<40] != initiations[1].bytes[4..<40])
        #expect(pair.world.receive(responses[0], at: pair.anna) == .dropped(.unknownIndex))
        #expect(pair.world.receive(responses[1], at: pair.anna) == .handled)
    }

    @Test("the least time between own initiations is 5 s, however much there is to send")
    func initiationGap() throws {
        let pair = try Pair()
        let record = record(1, from: pair.anna, in: pair.world, lose: true)
        for _ in 0..<200 {
            pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
            pair.world.run(for: .milliseconds(100))
        }
        let gaps = zip(record.seconds.dropFirst(), record.seconds).map(-)
        #expect(gaps.count == 3)
        #expect(gaps.allSatisfy { $0 >= 5 }, "\(gaps)")
    }

    @Test("who received data and says nothing sends one keepalive after 10 s, which nobody answers")
    func passiveKeepalive() throws {
        let pair = try Pair()
        pair.connect()
        let record = record(4, from: pair.hub, in: pair.world)
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        pair.world.run(for: .seconds(100))
        #expect(record.seconds == [10])
        #expect(pair.anna.fates.last == .keepalive(pair.toHub))
        #expect(pair.world.sent.count { $0.type == 4 } == 3)
    }

    @Test("data that came while a keepalive was waiting asks for another one after it")
    func anotherKeepalive() throws {
        let pair = try Pair()
        pair.connect()
        let record = record(4, from: pair.hub, in: pair.world)
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        pair.world.run(for: .seconds(5))
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        pair.world.run(for: .seconds(60))
        #expect(record.seconds == [10, 20])
    }

    @Test("under a one-way stream a keepalive goes back every 10 s, and own data makes it needless")
    func keepaliveUnderStream() throws {
        let pair = try Pair()
        pair.connect()
        let record = record(4, from: pair.hub, in: pair.world)
        for second in 0..<60 {
            pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
            if second == 35 { pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna) }
            pair.world.run(for: .seconds(1))
        }
        #expect(record.seconds == [10, 20, 30, 35, 45, 55])
        #expect(pair.world.sent.count { $0.type == 1 } == 1)
    }

    @Test("data that nobody answers starts a handshake 15 s after the first of it, not after the last thing heard")
    func unanswered() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.run(for: .seconds(40))
        let record = record(1, from: pair.anna, in: pair.world, lose: true)
        for _ in 0..<20 {
            pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
            pair.world.run(for: .seconds(1))
        }
        let first = try #require(record.seconds.first)
        #expect((15...15.333_001).contains(first))
    }

    @Test("data that is answered starts none")
    func answered() throws {
        let pair = try Pair()
        pair.connect()
        for _ in 0..<20 {
            pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
            pair.world.run(for: .seconds(5))
        }
        #expect(pair.world.sent.count { $0.type == 1 } == 1)
    }

    @Test("a persistent keepalive starts the handshake, goes out every interval, and waits after other traffic")
    func persistent() throws {
        let pair = try Pair(keepalive: 25)
        let record = record(4, from: pair.anna, in: pair.world)
        pair.world.deliver()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
        pair.world.run(for: .seconds(60))
        pair.world.send(innerPacket(), from: pair.anna, to: pair.toHub)
        pair.world.run(for: .seconds(50))
        // The hub's answer to the data at 60 s comes at 70 s and counts, too.
        #expect(record.seconds == [0, 25, 50, 60, 95])
    }

    @Test("a persistent keepalive may be a second or most of a day", arguments: [1, 65_535])
    func persistentBounds(seconds: UInt16) throws {
        let pair = try Pair(keepalive: seconds)
        pair.world.deliver()
        let keepalives = record(4, from: pair.anna, in: pair.world)
        pair.world.run(for: .seconds(UInt64(seconds) + 1))
        #expect(pair.statisticsAtAnna()?.persistentKeepaliveSeconds == seconds)
        // The keys of the long interval were erased meanwhile: it confirms new ones.
        #expect(keepalives.seconds == (seconds == 1 ? [1, 2] : [65_535]))
        #expect(pair.world.sent.count { $0.type == 1 } == (seconds == 1 ? 1 : 2))
        let none = try Pair(keepalive: 0)
        none.world.run(for: .seconds(1_000))
        #expect(none.world.sent.isEmpty)
    }

    @Test("two sides with persistent keepalives do not fight over who renews keys, for an hour")
    func noFight() throws {
        let pair = try Pair(keepalive: 25)
        pair.hub.engine.removePeer(pair.toAnna)
        let toAnna = try pair.hub.engine.addPeer(pair.anna.configuration(keepalive: 25), at: pair.world.now)
        pair.world.run(for: .seconds(3_600))
        let initiations = pair.world.sent.count { $0.type == 1 }
        // 120 s and up to a keepalive interval lie between two; at first both begin at once.
        #expect((20...62).contains(initiations), "\(initiations)")
        #expect(pair.hub.engine.statistics(of: toAnna, at: pair.world.now)?.hasUsableKeypair == true)
        #expect(pair.statisticsAtAnna()?.hasUsableKeypair == true)
        #expect(!pair.hub.fates.contains(.dropped(.expiredKeypair)))
    }

    @Test("an idle persistent peer keeps its keys for hours, and losses in between heal")
    func longRun() throws {
        let pair = try Pair(keepalive: 25, hubMayInitiate: false)
        let chance = SeededEntropy(seed: 77)
        pair.world.passes = { _ in chance.next() % 5 != 0 }
        pair.world.run(for: .seconds(4 * 3_600))
        pair.world.passes = { _ in true }
        pair.world.run(for: .seconds(60))
        let heard = try #require(pair.statisticsAtHub()?.lastAuthenticated)
        #expect(pair.world.now.since(heard) <= .seconds(35))
        #expect(pair.world.count(ofType: 1, from: pair.hub) == 0)
    }

    @Test("a peer that is gone for long is found again by a persistent keepalive")
    func returns() throws {
        let pair = try Pair(keepalive: 25)
        pair.world.deliver()
        pair.world.passes = { _ in false }
        pair.world.run(for: .seconds(1_000))
        #expect(pair.anna.events.contains(.handshakeTimedOut(pair.toHub)))
        pair.world.passes = { _ in true }
        pair.world.run(for: .seconds(40))
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
    }

    @Test("timers of many peers fire each at its time, and the deadline is never late")
    func manyPeers() throws {
        let hub = try Party(Endpoint(IPv4Address(203, 0, 113, 1), 51_820), seed: 1)
        let world = TestWorld()
        let start = world.now
        for number in 0..<200 as Range<UInt64> {
            let other = try Party(
                Endpoint(IPv4Address(number: 0xC612_0000 + UInt32(number)), 1), seed: 100 + number)
            world.now = start + .milliseconds(number * 10)
            _ = try hub.engine.addPeer(other.configuration(keepalive: 60), at: world.now)
        }
        world.parties = [hub]
        var last = Moment(nanoseconds: 0)
        while let next = hub.engine.nextDeadline, next <= start + .seconds(60) {
            #expect(next >= last)
            last = next
            world.now = next
            hub.engine.advance(to: next)
            world.drain(hub)
        }
        // The first initiation and 10 or 11 repetitions within the minute, for each peer.
        let counts = Dictionary(grouping: world.sent, by: \.destination).values.map(\.count)
        #expect(counts.count == 200)
        #expect(counts.allSatisfy { (11...13).contains($0) }, "\(counts)")
    }
}
