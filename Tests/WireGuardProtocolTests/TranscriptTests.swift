import Addressing
import Foundation
import Glibc
import Testing
import Timebase

@testable import WireGuardProtocol

/// A frozen conversation: keys, chance and clock in, every byte of every message out.
struct TranscriptTests {
    @Test("the bytes of the frozen conversation come out of the engine as they stand in the file")
    func frozen() throws {
        let transcript = try Transcript.load()
        let played = try Played(transcript)
        // In the form of the file, so that a wanted change can be copied from here.
        let text = played.messages.map { "\($0.name) = \(Transcript.hex($0.bytes))\n" }.joined()
        #expect(played.messages.map(\.name) == Transcript.messageNames)
        for message in played.messages {
            #expect(try message.bytes == transcript.bytes(message.name), "\(message.name)\n\(text)")
        }
        #expect(played.hub.packets == [Played.question])
        #expect(played.anna.packets == [Played.answer])
    }

    @Test("every byte of it counts: with any other chance the messages differ")
    func otherChance() throws {
        var transcript = try Transcript.load()
        transcript.values["responder-ephemeral"]?[5] ^= 1
        let played = try Played(transcript)
        #expect(try played.messages.first?.bytes == transcript.bytes("initiation"))
        #expect(try played.messages[1].bytes != transcript.bytes("response"))
    }
}

/// The frozen initiation in front of a stock wireguard-go, which has the frozen responder's keys.
@Suite(
    .serialized, .timeLimit(.minutes(1)),
    .disabled(if: ProcessInfo.processInfo.environment["MIROX_RIG_NO_NAMESPACES"] == "1", "MIROX_RIG_NO_NAMESPACES=1"))
struct StockTranscriptTests {
    @Test("a stock peer takes the frozen initiation and finishes the handshake")
    func stock() throws {
        let transcript = try Transcript.load()
        let anna = try transcript.party("initiator", at: Endpoint(IPv4Address(127, 0, 0, 1), 1))
        let key = try #require(PrivateKey(bytes: transcript.bytes("responder-private")))
        let psk = try #require(PresharedKey(bytes: transcript.bytes("preshared")))
        let stock = try StockPeer(privateKey: key, other: anna.engine.publicKey, presharedKey: psk, initiates: false)
        defer { stock.stop() }
        let world = TestWorld()
        let peer = try anna.engine.addPeer(
            PeerConfiguration(publicKey: key.publicKey, presharedKey: psk, endpoint: StockPeer.endpoint), at: world.now)
        anna.engine.forceHandshake(peer, at: world.now)
        guard case .datagram(let initiation, _, _) = anna.engine.nextOutput() else {
            Issue.record("no initiation")
            return
        }
        #expect(try initiation == transcript.bytes("initiation"))
        stock.send(initiation)
        var response: [UInt8]?
        for _ in 0..<100 where response == nil { response = stock.receive() }
        var bytes = try #require(response)
        #expect(bytes.count == 92 && bytes[0] == 2)
        #expect(bytes[8..<12] == initiation[4..<8])
        let fate = bytes.withUnsafeMutableBytes {
            anna.engine.receive($0, from: StockPeer.endpoint, to: nil, at: world.now)
        }
        #expect(fate == .handled)
        #expect(anna.engine.statistics(of: peer, at: world.now)?.hasUsableKeypair == true)
    }
}

/// The file `Fixtures/wireguard/transcript.txt`.
struct Transcript {
    static let messageNames = [
        "initiation", "response", "confirmation", "question", "answer", "second-initiation", "cookie-reply",
        "third-initiation",
    ]

    var values: [String: [UInt8]] = [:]

    struct Missing: Error {
        var name: String
    }

    static func load() throws -> Self {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/wireguard/transcript.txt")
        var transcript = Self()
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { throw Missing(name: String(line)) }
            transcript.values[parts[0]] = WireGuardProtocolTests.bytes(parts[1])
        }
        return transcript
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let value = values[name] else { throw Missing(name: name) }
        return value
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
    }

    /// The initiator or responder with the file's key, chance and clock.
    func party(_ role: String, at place: Endpoint) throws -> Party {
        let chance = ScriptedEntropy([
            32: [try bytes("\(role)-ephemeral"), try bytes("\(role)-second")], 4: [try bytes("\(role)-index")],
            24: [try bytes("cookie-nonce")],
        ])
        guard let key = PrivateKey(bytes: try bytes("\(role)-private")) else { throw Missing(name: "\(role)-private") }
        let party = Party(place, key: key, configuration: .strict, entropy: chance.fill)
        let clock = try bytes("clock").reduce(0) { $0 << 8 | UInt64($1) }
        party.wall.time = WallTime(seconds: clock, nanoseconds: 987_654_321)
        return party
    }
}

/// Chance by the number of bytes that are asked for: what is given first, then bytes that follow from it.
final class ScriptedEntropy {
    private var values: [Int: [[UInt8]]]
    private let rest = SeededEntropy(seed: 0)

    init(_ values: [Int: [[UInt8]]]) { self.values = values }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        if let next = values[buffer.count]?.first {
            values[buffer.count]?.removeFirst()
            buffer.copyBytes(from: next)
        } else {
            rest.fill(buffer)
        }
    }
}

/// The conversation as it is played: handshake, a packet each way, and a cookie under load.
private struct Played {
    static let question = innerPacket(0x51, byteCount: 61)
    static let answer = innerPacket(0x41, byteCount: 48)

    let anna: Party
    let hub: Party
    private(set) var messages: [(name: String, bytes: [UInt8])] = []

    init(_ transcript: Transcript) throws {
        let world = TestWorld()
        anna = world.add(try transcript.party("initiator", at: Endpoint(IPv4Address(198, 51, 100, 7), 40_000)))
        hub = world.add(try transcript.party("responder", at: Endpoint(IPv4Address(203, 0, 113, 1), 51_820)))
        let psk = PresharedKey(bytes: try transcript.bytes("preshared"))
        let toHub = try anna.engine.addPeer(hub.configuration(psk: psk), at: world.now)
        let toAnna = try hub.engine.addPeer(anna.configuration(psk: psk), at: world.now)
        anna.engine.forceHandshake(toHub, at: world.now)
        world.deliver()
        world.send(Self.question, from: anna, to: toHub)
        world.deliver()
        world.send(Self.answer, from: hub, to: toAnna)
        world.deliver()
        for _ in 0..<2 {
            world.move(to: world.now + .seconds(6))
            hub.engine.noteHandshakeBacklog(512, at: world.now)
            anna.engine.forceHandshake(toHub, at: world.now)
            world.deliver()
        }
        messages = Array(zip(Transcript.messageNames, world.sent.map(\.bytes)))
    }
}
