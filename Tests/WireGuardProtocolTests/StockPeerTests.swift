import Addressing
import Foundation
import Glibc
import Testing
import Timebase

@testable import WireGuardProtocol

/// Our engine against a stock wireguard-go, over a real socket, in both roles.
@Suite(
    .serialized, .timeLimit(.minutes(1)),
    .disabled(if: ProcessInfo.processInfo.environment["MIROX_RIG_NO_NAMESPACES"] == "1", "MIROX_RIG_NO_NAMESPACES=1"))
struct StockPeerTests {
    @Test("a ping goes through", arguments: [false, true], [false, true])
    func ping(stockInitiates: Bool, withPresharedKey: Bool) throws {
        let talk = try Conversation(stockInitiates: stockInitiates, withPresharedKey: withPresharedKey)
        defer { talk.stock.stop() }
        if !stockInitiates { talk.engine.forceHandshake(talk.peer, at: talk.now) }
        try #require(talk.run { talk.completed != nil }, "no handshake within five seconds; \(talk.fates)")
        #expect(talk.completed == !stockInitiates)

        for number in 1...3 as ClosedRange<UInt16> {
            let echo = Conversation.echo(number)
            talk.send(echo)
            try #require(talk.run { talk.replies.contains(number) }, "no reply to ping \(number); \(talk.fates)")
        }
        let transfer = try #require(talk.stock.transfer())
        #expect(transfer.received > 3 * 84 && transfer.sent > 3 * 84)
        #expect(!talk.fates.contains { if case .dropped = $0 { true } else { false } }, "\(talk.fates)")
    }

    @Test("new keys replace old ones under the eyes of a stock peer, and pings go on")
    func renewal() throws {
        let talk = try Conversation(stockInitiates: false, withPresharedKey: false)
        defer { talk.stock.stop() }
        for round in 1...3 as ClosedRange<UInt16> {
            // A peer takes one initiation in 20 ms.
            let earliest = talk.now + .milliseconds(25)
            _ = talk.run { talk.now >= earliest }
            talk.completed = nil
            talk.engine.forceHandshake(talk.peer, at: talk.now)
            try #require(talk.run { talk.completed != nil }, "no handshake \(round); \(talk.fates)")
            talk.send(Conversation.echo(round))
            try #require(talk.run { talk.replies.contains(round) }, "no reply to ping \(round); \(talk.fates)")
        }
    }

    @Test("a stock peer takes our cookie and comes back with it when we are under load")
    func cookie() throws {
        let talk = try Conversation(stockInitiates: true, withPresharedKey: false)
        defer { talk.stock.stop() }
        let isDone = talk.run(atMost: .seconds(15)) {
            talk.engine.noteHandshakeBacklog(.max, at: talk.now)
            return talk.completed != nil
        }
        try #require(isDone, "\(talk.fates)")
        #expect(talk.fates.prefix(2) == [.dropped(.cookieRequired), .handled])
    }

    @Test("data that came before the handshake waits for it")
    func staged() throws {
        let talk = try Conversation(stockInitiates: false, withPresharedKey: true)
        defer { talk.stock.stop() }
        for number in 1...5 as ClosedRange<UInt16> { talk.send(Conversation.echo(number)) }
        try #require(talk.run { talk.replies.count == 5 }, "\(talk.replies); \(talk.fates)")
        #expect(talk.replies == [1, 2, 3, 4, 5])
    }
}

/// One engine, its socket and the stock peer.
private final class Conversation {
    let stock: StockPeer
    let engine: Engine
    let peer: PeerHandle
    var completed: Bool?
    var replies: [UInt16] = []
    var fates: [Received] = []

    init(stockInitiates: Bool, withPresharedKey: Bool) throws {
        let fill: (UnsafeMutableRawBufferPointer) -> Void = { buffer in
            var generator = SystemRandomNumberGenerator()
            for index in buffer.indices { buffer[index] = UInt8.random(in: 0...255, using: &generator) }
        }
        func random() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: 0...255) } }
        let own = try #require(PrivateKey(bytes: random()))
        let theirs = try #require(PrivateKey(bytes: random()))
        let presharedKey = withPresharedKey ? PresharedKey(bytes: random()) : nil
        stock = try StockPeer(
            privateKey: theirs, other: own.publicKey, presharedKey: presharedKey, initiates: stockInitiates)
        engine = Engine(
            privateKey: own, entropy: fill,
            wallClock: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return WallTime(seconds: UInt64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
            })
        peer = try engine.addPeer(
            PeerConfiguration(
                publicKey: theirs.publicKey, presharedKey: presharedKey,
                endpoint: stockInitiates ? nil : StockPeer.endpoint, mayInitiate: !stockInitiates),
            at: Self.clock())
    }

    var now: Moment { Self.clock() }

    private static func clock() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    func send(_ packet: [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 16) + packet + [UInt8](repeating: 0, count: 32)
        let range = 16..<16 + packet.count
        if case .datagram(let range, _, _) = buffer.withUnsafeMutableBytes({
            engine.seal($0, packet: range, to: peer, at: now)
        }) {
            stock.send(buffer[range])
        }
        drain()
    }

    /// Lets datagrams come and go until something holds, at most for some seconds.
    func run(atMost limit: Span = .seconds(5), until isDone: () -> Bool) -> Bool {
        let end = now + limit
        drain()
        while !isDone() {
            guard now < end else { return false }
            engine.advance(to: now)
            drain()
            guard var datagram = stock.receive() else { continue }
            let fate = datagram.withUnsafeMutableBytes {
                engine.receive($0, from: StockPeer.endpoint, to: nil, at: now)
            }
            fates.append(fate)
            // An echo reply, identified by its sequence number; the kernel also sends router solicitations.
            if case .packet(_, let range) = fate, datagram[range.lowerBound] == 0x45,
                datagram[range.lowerBound + 9] == 1
            {
                let icmp = datagram[(range.lowerBound + 20)..<range.upperBound]
                if icmp.first == 0 {
                    replies.append(UInt16(icmp[icmp.startIndex + 6]) << 8 | UInt16(icmp[icmp.startIndex + 7]))
                }
            }
            drain()
        }
        return true
    }

    private func drain() {
        while let output = engine.nextOutput() {
            switch output {
            case .datagram(let bytes, _, _): stock.send(bytes)
            case .event(.handshakeCompleted(_, _, let asInitiator)): completed = asInitiator
            case .event: break
            }
        }
    }

    /// An echo request from 10.77.0.2 to the stock peer's tunnel address, 84 bytes as `ping` sends it.
    static func echo(_ number: UInt16) -> [UInt8] {
        var icmp: [UInt8] = [8, 0, 0, 0, 0x12, 0x34, UInt8(number >> 8), UInt8(number & 255)]
        icmp += (0..<56).map { UInt8($0) }
        set(checksum(icmp), in: &icmp, at: 2)
        var header: [UInt8] = [0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1]
        set(checksum(header), in: &header, at: 10)
        return header + icmp
    }

    private static func set(_ value: UInt16, in bytes: inout [UInt8], at offset: Int) {
        bytes[offset] = UInt8(value >> 8)
        bytes[offset + 1] = UInt8(value & 255)
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum = stride(from: 0, to: bytes.count, by: 2).reduce(0) {
            $0 + (UInt32(bytes[$1]) << 8 | UInt32(bytes[$1 + 1]))
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}
