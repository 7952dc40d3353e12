import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

struct CookieTests {
    private func loaded() throws -> Pair {
        let pair = try Pair(configuration: .strict)
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
        let pair = try Pair(configuration: .strict)
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
        let pair = try Pair(configuration: .strict)
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

    @Test("what is not strict bears a fleet that starts together; thresholds are for whoever configures them")
    func configured() throws {
        func isLoaded(_ configuration: EngineConfiguration, _ messages: Int) throws -> Bool {
            let pair = try Pair(configuration: configuration)
            pair.hub.engine.noteHandshakeBacklog(messages, at: pair.world.now)
            pair.connect()
            return pair.hub.fates.first == .dropped(.cookieRequired)
        }
        #expect(try !isLoaded(.strict, 511))
        #expect(try isLoaded(.strict, 512))
        #expect(try !isLoaded(EngineConfiguration(), 4_095))
        #expect(try isLoaded(EngineConfiguration(), 4_096))
        var own = EngineConfiguration()
        own.underLoadBacklogMessages = 3
        #expect(try !isLoaded(own, 2))
        #expect(try isLoaded(own, 3))
    }

    @Test("rate and burst of a source are configured", arguments: [(20, 5), (100, 1), (2, 50)])
    func configuredRate(perSecond: Int, burst: Int) throws {
        var configuration = EngineConfiguration.strict
        configuration.sourceRatePerSecond = perSecond
        configuration.sourceBurst = burst
        let pair = try Pair(configuration: configuration)
        pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
        pair.connect()
        pair.world.passes = { $0.type != 1 }
        stayLoaded(pair, seconds: 6)
        let initiation = try #require(pair.world.sent.last { $0.type == 1 })
        let fates = (0..<burst + 3).map { _ in pair.world.receive(initiation, at: pair.hub) }
        #expect(fates.count { $0 == .dropped(.rateLimited) } == 3)
        pair.world.move(to: pair.world.now + Span(nanoseconds: 1_000_000_000 / UInt64(perSecond)))
        pair.hub.engine.noteHandshakeBacklog(512, at: pair.world.now)
        #expect(pair.world.receive(initiation, at: pair.hub) == .dropped(.replayedTimestamp))
        #expect(pair.world.receive(initiation, at: pair.hub) == .dropped(.rateLimited))
    }

    @Test(
        "both codes hold for messages of any length, and for nothing that was touched",
        arguments: [4, 20, 96, 128, 331])
    func codes(byteCount: Int) throws {
        let chance = SeededEntropy(seed: UInt64(byteCount))
        let key = try #require(PrivateKey(bytes: chance.bytes(32)))
        let keys = UnsafeMutableRawPointer.allocate(byteCount: CookieIssuer.secretByteCount, alignment: 8)
        defer { keys.deallocate() }
        var issuer = CookieIssuer(publicKey: key.publicKey, keys: keys)
        let (source, now) = (Endpoint(IPv4Address(192, 168, 13, 37), 2_570), Moment(nanoseconds: 9))
        var message = chance.bytes(byteCount) + [UInt8](repeating: 0, count: 32)
        try message.withUnsafeMutableBytes { buffer in
            let start = try #require(buffer.baseAddress)
            func isRight(from source: Endpoint, at now: Moment = now) -> (mac1: Bool, mac2: Bool) {
                (
                    issuer.isMac1Right(start, at: byteCount),
                    issuer.isMac2Right(start, at: byteCount + 16, from: source, at: now)
                )
            }
            let mac1 = Authenticator.stamp(start, mac1Offset: byteCount, receiver: key.publicKey, cookie: nil)
            #expect(isRight(from: source) == (true, false))
            var reply = issuer.reply(to: start, mac1Offset: byteCount, from: source, at: now, entropy: chance.fill)
            let opened = openedCookie(&reply, of: key.publicKey, for: mac1)
            let cookie = try #require(opened)
            #expect(isRight(from: source) == (true, false))
            _ = Authenticator.stamp(start, mac1Offset: byteCount, receiver: key.publicKey, cookie: cookie)
            #expect(isRight(from: source) == (true, true))
            buffer[2] ^= 0x20
            #expect(isRight(from: source) == (false, false))
            buffer[2] ^= 0x20
            for (address, port) in [(source.address, 10_241), (IPv4Address(192, 168, 13, 38), 2_570)] {
                #expect(isRight(from: Endpoint(address, UInt16(port))) == (true, false))
            }
            #expect(isRight(from: source, at: now + .milliseconds(119_999)) == (true, true))
            #expect(isRight(from: source, at: now + .seconds(120)) == (true, false))
        }
    }

    private func openedCookie(_ reply: inout [UInt8], of key: PublicKey, for mac1: Mac) -> Mac? {
        withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { memory in
            guard let place = memory.baseAddress else { return nil }
            Authenticator.cookieKey(of: key, into: place)
            return reply.withUnsafeBytes { reply in
                mac1.withBytes { mac1 in
                    guard let reply = reply.baseAddress, let mac1 = mac1.baseAddress,
                        Cipher.openCookie(
                            reply + CookieReplyLayout.cookie, key: place, nonce: reply + CookieReplyLayout.nonce,
                            mac1: mac1, into: place + 32)
                    else { return nil }
                    return Mac(place + 32)
                }
            }
        }
    }
}
