import Addressing
import Timebase

@testable import WireGuardProtocol

/// Two engines with a session, between them somebody who changes, forges, repeats and holds back what he likes.
///
/// Only the two private keys are beyond him: a packet comes out of an engine only if the other one sealed it.
final class DatagramFuzz {
    private final class Party {
        let engine: Engine
        let place: Endpoint
        var peer = PeerHandle(slot: 0, generation: 0)
        /// Sealed by this party and not yet opened by the other one.
        var sealed = 0

        init(_ key: PrivateKey, _ place: Endpoint, seed: UInt64, clock: @escaping () -> WallTime) {
            var state = seed
            self.place = place
            engine = Engine(
                privateKey: key, configuration: DatagramFuzz.configuration,
                entropy: { buffer in
                    for index in buffer.indices {
                        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                        buffer[index] = UInt8(truncatingIfNeeded: state >> 40)
                    }
                }, wallClock: clock)
        }
    }

    private static let configuration: EngineConfiguration = {
        var configuration = EngineConfiguration.strict
        configuration.stagedLimitPackets = 8
        configuration.stagedTotalLimitPackets = 8
        configuration.sourceLimit = 4
        return configuration
    }()

    private static let keys: [PrivateKey] = [1, 2].compactMap { PrivateKey(bytes: [UInt8](repeating: $0, count: 32)) }

    private final class Clock {
        var now = Moment(nanoseconds: 1_000_000_000_000)
        var wall: WallTime { WallTime(seconds: 1_700_000_000 + now.nanoseconds / 1_000_000_000) }
    }

    private let clock = Clock()
    private let parties: [Party]
    /// What was sent last, each way; for copies.
    private var last: [[UInt8]] = [[], []]

    private init() throws {
        let clock = clock
        parties = zip(Self.keys, [7, 1] as [UInt8]).map { key, host in
            Party(key, Endpoint(IPv4Address(203, 0, 113, host), 51_820), seed: UInt64(host), clock: { clock.wall })
        }
        for index in 0...1 {
            let other = parties[1 - index]
            parties[index].peer = try parties[index].engine.addPeer(
                PeerConfiguration(
                    publicKey: other.engine.publicKey, endpoint: other.place, persistentKeepaliveSeconds: nil,
                    mayInitiate: index == 0), at: clock.now)
        }
        parties[0].engine.forceHandshake(parties[0].peer, at: clock.now)
        try settle()
    }

    static func run(_ input: FuzzInput) throws {
        guard keys.count == 2 else { throw FuzzViolation(description: "no keys") }
        var input = input
        let fuzz = try DatagramFuzz()
        for _ in 0..<64 where !input.isAtEnd { try fuzz.step(&input) }
        try fuzz.checkBounds()
    }

    private func step(_ input: inout FuzzInput) throws {
        let word = input.byte()
        let to = Int(word >> 7)
        switch word & 7 {
        case 0:
            try deliver(input.piece(), to: to)
        case 1:
            // A handshake message whose first code is right, as anybody can make it.
            try deliver(stamped(input.piece(), for: to), to: to)
        case 2:
            try seal(input.piece(), by: to)
        case 3:
            clock.now = clock.now + .milliseconds(UInt64(input.word()) * 10)
            for party in parties { party.engine.advance(to: clock.now) }
            try settle(losing: input.byte() & 1 == 1)
        case 4:
            // A true datagram, changed at one place.
            var copy = last[to]
            if !copy.isEmpty { copy[Int(input.word()) % copy.count] ^= input.byte() }
            try deliver(copy, to: to)
        case 5:
            parties[to].engine.noteHandshakeBacklog(Int(input.word()), at: clock.now)
        case 6:
            if input.byte() & 1 == 0 {
                parties[to].engine.forceHandshake(parties[to].peer, at: clock.now)
            } else {
                parties[to].engine.eraseSession(parties[to].peer)
            }
            try settle()
        default:
            // A data message under a true index.
            var message = input.piece()
            if message.count >= 8, last[to].count >= 8 { message.replaceSubrange(0..<8, with: last[to][0..<8]) }
            try deliver(message, to: to)
        }
        try settle()
        try checkBounds()
    }

    /// The length decides which message it is.
    private func stamped(_ message: [UInt8], for index: Int) -> [UInt8] {
        var message = message
        let isInitiation = message.count >= 120
        let count = isInitiation ? InitiationLayout.byteCount : ResponseLayout.byteCount
        message = Array(message.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - message.count))
        message.replaceSubrange(0..<4, with: [isInitiation ? 1 : 2, 0, 0, 0])
        message.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            _ = Authenticator.stamp(
                start, mac1Offset: isInitiation ? InitiationLayout.mac1 : ResponseLayout.mac1,
                receiver: parties[index].engine.publicKey, cookie: nil)
        }
        return message
    }

    private func seal(_ packet: [UInt8], by index: Int) throws {
        var buffer = [UInt8](repeating: 0, count: 16) + packet + [UInt8](repeating: 0, count: 32)
        let sealed = buffer.withUnsafeMutableBytes {
            parties[index].engine.seal($0, packet: 16..<16 + packet.count, to: parties[index].peer, at: clock.now)
        }
        switch sealed {
        case .datagram(let range, _, _):
            parties[index].sealed += 1
            try deliver(Array(buffer[range]), to: 1 - index)
        case .staged: parties[index].sealed += 1
        case .dropped: break
        }
    }

    private func deliver(_ datagram: [UInt8], to index: Int) throws {
        last[index] = datagram
        var bytes = datagram
        let fate = bytes.withUnsafeMutableBytes {
            parties[index].engine.receive(
                $0, from: parties[1 - index].place, to: parties[index].place.address, at: clock.now)
        }
        guard case .packet(let handle, let range) = fate else { return }
        try FuzzViolation.unless(handle == parties[index].peer, "a packet of nobody")
        try FuzzViolation.unless(
            range.upperBound <= datagram.count && !range.isEmpty, "a range outside of the datagram")
        parties[1 - index].sealed -= 1
        try FuzzViolation.unless(parties[1 - index].sealed >= 0, "a packet that nobody sealed, or twice")
    }

    /// Brings every output to the other side, unless it is lost.
    private func settle(losing: Bool = false) throws {
        for round in 0... {
            var isQuiet = true
            for index in 0...1 {
                while let output = parties[index].engine.nextOutput() {
                    guard case .datagram(let bytes, _, _) = output, !losing else { continue }
                    isQuiet = false
                    try deliver(bytes, to: 1 - index)
                }
            }
            if isQuiet { return }
            try FuzzViolation.unless(round < 32, "two engines that never come to rest")
        }
    }

    private func checkBounds() throws {
        for party in parties {
            try FuzzViolation.unless(
                party.engine.indices.count <= 4, "\(party.engine.indices.count) indices for one peer")
            try FuzzViolation.unless(party.engine.stagedCount <= 8, "\(party.engine.stagedCount) staged packets")
        }
    }
}
