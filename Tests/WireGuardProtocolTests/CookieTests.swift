import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

struct CookieTests {
    private func loaded() throws -> Pair {
        let pair = try Pair()
        pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
        return pair
    }

    /// Keeps the hub under load for some time.
    private func stayLoaded(_ pair: Pair, seconds: Int) {
        for _ in 0..<seconds * 2 {
            pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
            pair.world.run(for: .milliseconds(500))
        }
        pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
    }

    @Test("under load an initiation is answered with a cookie, and the next one comes in with it")
    func cookie() throws {
        let pair = try loaded()
        pair.connect()
        #expect(pair.hub.fates == [.dropped(.cookieRequired)])
        #expect(pair.anna.fates == [.handled])
        #expect(pair.world.sent.map(\.bytes.count) == [148, 64])
        stayLoaded(pair, seconds: 6)
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
        let second = try #require(pair.world.sent.filter { $0.type == 1 }.last)
        #expect(!second.bytes[132...].allSatisfy { $0 == 0 })
    }

    @Test("load needs a full queue and is over a second after it")
    func threshold() throws {
        let pair = try Pair()
        pair.hub.engine.noteHandshakeBacklog(511, at: pair.world.now)
        pair.connect()
        #expect(pair.hub.fates.first == .handled)

        let other = try loaded()
        other.world.move(to: other.world.now + .seconds(1))
        other.connect()
        #expect(other.hub.fates.first == .handled)
    }

    @Test("mac1 comes before everything: a wrong one gets no cookie")
    func mac1First() throws {
        let pair = try loaded()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        var initiation = pair.world.wire.removeFirst()
        initiation.bytes[120] ^= 1
        #expect(pair.world.receive(initiation, at: pair.hub) == .dropped(.badMac1))
        #expect(pair.world.wire.isEmpty)
    }

    @Test("a cookie is worth nothing from another address or port, or after its secret went")
    func bound() throws {
        let pair = try loaded()
        pair.connect()
        pair.world.passes = { $0.type != 1 }
        stayLoaded(pair, seconds: 6)
        let initiation = try #require(pair.world.sent.filter { $0.type == 1 }.last)
        var elsewhere = initiation
        elsewhere.source.port += 1
        #expect(pair.world.receive(elsewhere, at: pair.hub) == .dropped(.cookieRequired))
        elsewhere = initiation
        elsewhere.source.address.number += 1
        #expect(pair.world.receive(elsewhere, at: pair.hub) == .dropped(.cookieRequired))
        var touched = initiation
        touched.bytes[140] ^= 1
        #expect(pair.world.receive(touched, at: pair.hub) == .dropped(.cookieRequired))

        pair.world.move(to: pair.world.now + .seconds(115))
        pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
        #expect(pair.world.receive(initiation, at: pair.hub) == .dropped(.cookieRequired))
        // A new secret was made for that answer.
        pair.world.wire = []
        #expect(pair.world.receive(initiation, at: pair.hub) == .dropped(.cookieRequired))
    }

    @Test("the true sender with its cookie is taken while others wait")
    func trueSender() throws {
        let pair = try loaded()
        pair.connect()
        pair.world.passes = { $0.type != 1 }
        stayLoaded(pair, seconds: 6)
        let initiation = try #require(pair.world.sent.filter { $0.type == 1 }.last)
        #expect(pair.world.receive(initiation, at: pair.hub) == .handled)
        // The same again costs tokens only: five in a burst, then the source must wait.
        let fates = (0..<5).map { _ in pair.world.receive(initiation, at: pair.hub) }
        #expect(fates == Array(repeating: .dropped(.replayedTimestamp), count: 4) + [.dropped(.rateLimited)])
    }

    @Test("a cookie is used for 115 s, then left out")
    func age() throws {
        let pair = try loaded()
        pair.connect()
        let start = pair.world.now
        pair.world.passes = { _ in false }
        for (seconds, hasMac2) in [(114, true), (116, false)] as [(UInt64, Bool)] {
            pair.world.move(to: start + .seconds(seconds))
            pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
            pair.world.deliver()
            let bytes = try #require(pair.world.sent.last).bytes
            #expect(bytes[132...].contains { $0 != 0 } == hasMac2)
        }
    }

    @Test("a touched cookie reply is not taken, and no cookie reply moves the endpoint")
    func touchedReply() throws {
        let pair = try loaded()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        pair.world.receive(pair.world.wire.removeFirst(), at: pair.hub)
        let reply = pair.world.wire.removeFirst()
        for index in reply.bytes.indices {
            var touched = reply
            touched.bytes[index] ^= 4
            guard case .dropped = pair.world.receive(touched, at: pair.anna) else {
                Issue.record("byte \(index) was not noticed")
                continue
            }
        }
        var moved = reply
        moved.source = Endpoint(IPv4Address(192, 0, 2, 66), 666)
        #expect(pair.world.receive(moved, at: pair.anna) == .handled)
        #expect(pair.statisticsAtAnna()?.endpoint == pair.hub.place)
        #expect(pair.anna.events.isEmpty)
    }

    @Test("an initiator under load asks for a cookie with the response, too")
    func loadedInitiator() throws {
        let pair = try Pair()
        pair.anna.engine.noteHandshakeBacklog(512, at: pair.world.now)
        pair.connect()
        #expect(pair.anna.fates == [.dropped(.cookieRequired)])
        #expect(pair.hub.fates == [.handled, .handled])
        // The response to the next initiation carries the cookie.
        for _ in 0..<12 {
            pair.anna.engine.noteHandshakeBacklog(512, at: pair.world.now)
            pair.world.run(for: .milliseconds(500))
        }
        #expect(pair.statisticsAtAnna()?.hasUsableKeypair == true)
    }

    @Test("one flooder drives nobody else into the limit")
    func isolation() throws {
        let pair = try loaded()
        pair.connect()
        pair.world.passes = { $0.type != 1 }
        stayLoaded(pair, seconds: 6)
        let initiation = try #require(pair.world.sent.filter { $0.type == 1 }.last)
        for _ in 0..<100 { pair.world.receive(initiation, at: pair.hub) }
        #expect(pair.hub.fates.last == .dropped(.rateLimited))

        let ben = pair.world.add(try Party(Endpoint(IPv4Address(198, 51, 100, 8), 40_000), seed: 5))
        _ = try pair.hub.engine.addPeer(ben.configuration(), at: pair.world.now)
        let toHub = try ben.engine.addPeer(pair.hub.configuration(), at: pair.world.now)
        pair.world.passes = { _ in true }
        ben.engine.forceHandshake(toHub, at: pair.world.now)
        stayLoaded(pair, seconds: 6)
        #expect(ben.engine.statistics(of: toHub, at: pair.world.now)?.hasUsableKeypair == true)
    }
}
