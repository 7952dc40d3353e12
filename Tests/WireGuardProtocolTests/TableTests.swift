import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

private func makePeer(_ number: UInt32) throws -> Peer {
    let key = try #require(
        PublicKey(bytes: withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) + [UInt8](repeating: 9, count: 28) }))
    return Peer(
        PeerConfiguration(publicKey: key), handle: PeerHandle(slot: number, generation: 0),
        secrets: Peer.Secrets(start: UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped))
}

struct IndexTableTests {
    @Test("indices are found while held and by nobody else, through growth and release", arguments: [1, 2, 3])
    func churn(seed: UInt64) throws {
        let chance = SeededEntropy(seed: seed)
        let random = { UInt32(truncatingIfNeeded: chance.next()) }
        var table = IndexTable()
        var held: [UInt32: Peer] = [:]
        for number in 0..<2_000 as Range<UInt32> {
            let peer = try makePeer(number)
            let index = table.take(.handshake(peer), random: random)
            #expect(held.updateValue(peer, forKey: index) == nil)
            if number % 3 == 0, let victim = held.keys.min() {
                table.release(victim)
                table.release(victim)
                held[victim] = nil
                guard case .nobody = table.holder(of: victim) else { throw Mismatch() }
            }
        }
        #expect(table.count == held.count)
        for (index, peer) in held {
            guard case .handshake(let found) = table.holder(of: index), found === peer else { throw Mismatch() }
            guard case .nobody = table.holder(of: index ^ 0x8000_0000) else { continue }
        }
    }

    @Test("a source of chance that repeats itself still gives different indices")
    func brokenChance() throws {
        var table = IndexTable()
        let peer = try makePeer(0)
        let indices = (0..<100).map { _ in table.take(.handshake(peer), random: { 7 }) }
        #expect(Set(indices).count == 100)
    }

    struct Mismatch: Error {}
}

struct PeerScheduleTests {
    @Test("the peer on top is always the one due first", arguments: 0..<30)
    func order(seed: UInt64) throws {
        let chance = SeededEntropy(seed: seed)
        let peers = try (0..<50 as Range<UInt32>).map { try makePeer($0) }
        var schedule = PeerSchedule()
        var twin: [UInt32: UInt64] = [:]
        for step in 0..<2_000 {
            let peer = peers[Int(chance.next() % 50)]
            if chance.next() % 4 == 0 {
                schedule.remove(peer)
                twin[peer.handle.slot] = nil
            } else {
                let moment = chance.next() % 1_000
                schedule.schedule(peer, at: Moment(nanoseconds: moment))
                twin[peer.handle.slot] = moment
            }
            #expect(schedule.first?.scheduled.nanoseconds == twin.values.min(), "seed \(seed) step \(step)")
        }
        var drained: [UInt64] = []
        while let peer = schedule.first {
            drained.append(peer.scheduled.nanoseconds)
            schedule.remove(peer)
        }
        #expect(drained == twin.values.sorted(), "seed \(seed)")
    }
}

struct SourceLimiterTests {
    /// The limiter, as a reference that an expectation can call.
    private final class Limiter {
        private var limiter: SourceLimiter

        init(limit: Int) { limiter = SourceLimiter(ratePerSecond: 20, burst: 5, limit: limit) }

        func allow(_ source: IPv4Address, at now: Moment) -> Bool { limiter.allow(source, at: now) }
    }

    @Test("a burst of five, then one token in 50 ms, and sources do not feel each other")
    func bucket() {
        let limiter = Limiter(limit: 16)
        var now = Moment(nanoseconds: 0)
        let (flooder, other) = (IPv4Address(198, 51, 100, 7), IPv4Address(198, 51, 100, 8))
        #expect((0..<6).map { _ in limiter.allow(flooder, at: now) } == [true, true, true, true, true, false])
        #expect(limiter.allow(other, at: now))
        now = now + .milliseconds(49)
        #expect(!limiter.allow(flooder, at: now))
        now = now + .milliseconds(1)
        #expect(limiter.allow(flooder, at: now))
        #expect(!limiter.allow(flooder, at: now))
        now = now + .seconds(3_600)
        #expect((0..<6).map { _ in limiter.allow(flooder, at: now) } == [true, true, true, true, true, false])
    }

    /// How long to wait before, and whether a handshake message is then allowed.
    static let schedule: [(milliseconds: UInt64, isAllowed: Bool)] =
        Array(repeating: (0, true), count: 5) + [
            (0, false), (50, true), (0, false), (100, true), (0, true), (0, false),
        ]

    @Test("many sources on one schedule each have their own tokens")
    func schedule() {
        let limiter = Limiter(limit: 64)
        let sources = [
            "127.0.0.1", "192.168.1.1", "172.167.2.3", "97.231.252.215", "248.97.91.167", "188.208.233.47",
            "104.2.183.179", "72.129.46.120", "198.51.100.1", "198.51.100.2", "203.0.113.4", "10.0.0.1", "100.64.0.9",
            "0.0.0.1",
        ].compactMap { IPv4Address($0) }
        #expect(sources.count == 14)
        var now = Moment(nanoseconds: 3)
        for (index, row) in Self.schedule.enumerated() {
            now = now + .milliseconds(row.milliseconds)
            for source in sources {
                #expect(limiter.allow(source, at: now) == row.isAllowed, "row \(index), \(source)")
            }
        }
    }

    @Test("it agrees with a twin that keeps the moments of all that it allowed", arguments: 0..<10)
    func twin(seed: UInt64) {
        let chance = SeededEntropy(seed: seed)
        let limiter = Limiter(limit: 8)
        /// Tokens of each source as they would be counted by hand: a fifth of 250 ms each.
        var tokens: [UInt32: (count: Double, at: UInt64)] = [:]
        var now: UInt64 = 0
        for step in 0..<2_000 {
            now += chance.next() % 60
            let source = UInt32(chance.next() % 4)
            var bucket = tokens[source] ?? (5, now)
            bucket.count = min(5, bucket.count + Double(now - bucket.at) / 50)
            bucket.at = now
            // Whole milliseconds, so that no rounding decides.
            let isAllowed = bucket.count >= 1 - 1e-9
            if isAllowed { bucket.count -= 1 }
            tokens[source] = bucket
            let moment = Moment(nanoseconds: now * 1_000_000)
            #expect(limiter.allow(IPv4Address(number: source), at: moment) == isAllowed, "seed \(seed) step \(step)")
        }
    }

    @Test("it remembers a bounded number of sources, and forgets those with nothing to remember")
    func bounded() {
        let limiter = Limiter(limit: 100)
        let start = Moment(nanoseconds: 0)
        let allowed = (0..<150 as Range<UInt32>).count { limiter.allow(IPv4Address(number: $0), at: start) }
        #expect(allowed == 100)
        #expect(limiter.allow(IPv4Address(number: 200), at: start + .milliseconds(50)))
    }
}

struct TimestampTests {
    @Test("timestamps are TAI64N, rounded down to 16.8 ms")
    func form() {
        let stamp = Timestamp(WallTime(seconds: 1_700_000_000, nanoseconds: 999_999_999))
        #expect(stamp.seconds == 0x4000_0000_0000_000A + 1_700_000_000)
        #expect(stamp.nanoseconds == 59 << 24)
        withUnsafeTemporaryAllocation(byteCount: 12, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return }
            stamp.write(into: start)
            #expect([UInt8](buffer) == bytes("40000000 6553f10a 3b000000"))
            #expect(Timestamp(bytes: start) == stamp)
        }
    }

    @Test("10 ms later is often the same, 20 ms later is always greater")
    func steps() {
        let base = Timestamp(WallTime(seconds: 5, nanoseconds: 0))
        #expect(Timestamp(WallTime(seconds: 5, nanoseconds: 10_000_000)) == base)
        #expect(Timestamp(WallTime(seconds: 5, nanoseconds: 20_000_000)) > base)
        #expect(base.successor == Timestamp(WallTime(seconds: 5, nanoseconds: 20_000_000)))
        #expect(Timestamp(WallTime(seconds: 5, nanoseconds: 999_999_999)).successor == Timestamp(WallTime(seconds: 6)))
    }
}
