import Addressing
import Testing
import Timebase

@testable import WireGuardProtocol

struct HandshakeTests {
    @Test("a handshake needs two messages and a confirmation, then data flows both ways")
    func handshake() throws {
        let pair = try Pair()
        pair.connect()
        #expect(pair.world.sent.map(\.type) == [1, 2, 4])
        #expect(pair.world.sent.map(\.bytes.count) == [148, 92, 32])
        #expect(pair.anna.events == [.handshakeCompleted(pair.toHub, KeypairID(rawValue: 1), asInitiator: true)])
        #expect(
            pair.hub.events == [
                .endpointChanged(pair.toAnna, pair.anna.place),
                .handshakeCompleted(pair.toAnna, KeypairID(rawValue: 1), asInitiator: false),
            ])
        for number in 0..<3 as Range<UInt8> {
            let there = innerPacket(number, byteCount: 100 + Int(number))
            let back = innerPacket(number, byteCount: 20)
            pair.world.send(there, from: pair.anna, to: pair.toHub)
            pair.world.send(back, from: pair.hub, to: pair.toAnna)
            pair.world.deliver()
            #expect(pair.hub.packets.last == there)
            #expect(pair.anna.packets.last == back)
        }
        #expect(pair.statisticsAtHub()?.receivedBytes == 303)
        #expect(pair.statisticsAtHub()?.sentBytes == 60)
        #expect(pair.statisticsAtAnna()?.receivedPackets == 3)
        #expect(pair.statisticsAtAnna()?.lastHandshake == pair.world.now)
    }

    @Test("a handshake with a preshared key completes, one with different keys does not")
    func presharedKey() throws {
        let key = try #require(PresharedKey(bytes: [UInt8](repeating: 5, count: 32)))
        let same = try Pair(psk: key)
        same.connect()
        #expect(same.statisticsAtAnna()?.hasUsableKeypair == true)

        let different = try Pair(psk: key)
        different.hub.engine.removePeer(different.toAnna)
        _ = try different.hub.engine.addPeer(different.anna.configuration(mayInitiate: false), at: different.world.now)
        different.connect()
        #expect(different.anna.fates == [.dropped(.authenticationFailed)])
        #expect(different.statisticsAtAnna()?.hasUsableKeypair == false)
    }

    @Test("a responder sends nothing under keys that were not confirmed, and uses them from the confirmation on")
    func confirmation() throws {
        let pair = try Pair(hubMayInitiate: false)
        pair.world.passes = { $0.type != 4 }
        pair.connect()
        #expect(pair.statisticsAtAnna()?.hasUsableKeypair == true)
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == false)
        #expect(pair.world.send(innerPacket(), from: pair.hub, to: pair.toAnna) == .dropped(.noKeypair))

        pair.world.passes = { _ in true }
        pair.world.send(innerPacket(3), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(3)])
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
    }

    @Test("while new keys are unconfirmed the responder goes on under the old ones, and both are read")
    func overlap() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.passes = { $0.type != 4 }
        pair.world.run(for: .seconds(6))
        pair.connect()
        pair.world.passes = { _ in true }
        // The hub's are the first keys, which anna has as her previous ones.
        pair.world.send(innerPacket(1), from: pair.hub, to: pair.toAnna)
        pair.world.deliver()
        #expect(pair.anna.packets == [innerPacket(1)])
        #expect(pair.hub.events.count == 2)
        pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub)
        pair.world.deliver()
        #expect(pair.hub.packets == [innerPacket(2)])
        #expect(pair.hub.events.last == .handshakeCompleted(pair.toAnna, KeypairID(rawValue: 2), asInitiator: false))
    }

    @Test("packets under the previous keys that were on their way are still read after a change of keys")
    func previous() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.send(innerPacket(1), from: pair.anna, to: pair.toHub)
        let late = pair.world.wire.removeLast()
        pair.world.run(for: .seconds(6))
        pair.connect()
        #expect(pair.world.receive(late, at: pair.hub) == .packet(pair.toAnna, 16..<80))
        // Another change of keys ends them.
        pair.world.send(innerPacket(2), from: pair.anna, to: pair.toHub)
        let tooLate = pair.world.wire.removeLast()
        for _ in 0..<2 {
            pair.world.run(for: .seconds(6))
            pair.connect()
        }
        #expect(pair.world.receive(tooLate, at: pair.hub) == .dropped(.unknownIndex))
    }

    @Test("two sides that begin at the same moment both succeed, and are quiet afterwards")
    func simultaneous() throws {
        let pair = try Pair(hubKnowsEndpoint: true)
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.hub.engine.forceHandshake(pair.toAnna, at: pair.world.now)
        pair.world.deliver()
        for number in 0..<3 as Range<UInt8> {
            pair.world.send(innerPacket(number), from: pair.anna, to: pair.toHub)
            pair.world.send(innerPacket(number), from: pair.hub, to: pair.toAnna)
            pair.world.deliver()
        }
        #expect(pair.hub.packets.count == 3)
        #expect(pair.anna.packets.count == 3)
        pair.world.run(for: .seconds(110))
        #expect(pair.world.sent.count { $0.type == 1 } == 2)
    }

    @Test("an initiation that comes again is a replay, also after newer ones and a restart of the session")
    func replayedInitiation() throws {
        let pair = try Pair()
        pair.connect()
        let first = try #require(pair.world.sent.first)
        pair.world.run(for: .seconds(6))
        #expect(pair.world.receive(first, at: pair.hub) == .dropped(.replayedTimestamp))
        pair.hub.engine.eraseSession(pair.toAnna)
        #expect(pair.world.receive(first, at: pair.hub) == .dropped(.replayedTimestamp))
        pair.connect()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
    }

    @Test("a second initiation within a fiftieth of a second is too many")
    func flooded() throws {
        let pair = try Pair()
        pair.world.passes = { $0.type == 1 }
        for fate in [Received.handled, .dropped(.flooded)] {
            pair.connect()
            #expect(pair.hub.fates.last == fate)
            pair.world.move(to: pair.world.now + .milliseconds(10))
        }
        pair.world.move(to: pair.world.now + .milliseconds(10))
        pair.connect()
        #expect(pair.hub.fates.last == .handled)
    }

    @Test("the timestamps of an engine ascend even if its wall clock goes back")
    func wallClockBack() throws {
        let pair = try Pair()
        pair.connect()
        pair.world.run(for: .seconds(6))
        pair.anna.wall.time.seconds -= 86_400
        pair.connect()
        #expect(pair.hub.fates.contains(.dropped(.replayedTimestamp)) == false)
        #expect(pair.hub.events.count == 3)
    }

    @Test("an initiation of a stranger is refused by name, one for somebody else by its mac")
    func strangers() throws {
        let pair = try Pair()
        pair.hub.engine.removePeer(pair.toAnna)
        pair.connect()
        #expect(pair.hub.fates == [.dropped(.unknownPeer)])
        #expect(pair.hub.events == [.refusedInitiation(pair.anna.engine.publicKey, from: pair.anna.place)])
        #expect(pair.world.sent.count == 1)

        let other = pair.world.add(try Party(Endpoint(IPv4Address(203, 0, 113, 9), 51_820), seed: 9))
        var datagram = try #require(pair.world.sent.first)
        datagram.destination = other.place
        #expect(pair.world.receive(datagram, at: other) == .dropped(.badMac1))
    }

    @Test("a touched byte anywhere in a handshake message spoils that message and nothing else")
    func touchedBytes() throws {
        let pair = try Pair()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        let initiation = pair.world.wire.removeFirst()
        for index in initiation.bytes.indices where index < InitiationLayout.mac2 {
            var touched = initiation
            touched.bytes[index] ^= 0x10
            guard case .dropped = pair.world.receive(touched, at: pair.hub) else {
                Issue.record("byte \(index) was not noticed")
                continue
            }
        }
        #expect(pair.world.receive(initiation, at: pair.hub) == .handled)
        let response = pair.world.wire.removeFirst()
        for index in response.bytes.indices where index < ResponseLayout.mac2 {
            // The initiator index chooses keys, so a foreign one is checked too.
            var touched = response
            touched.bytes[index] ^= 0x10
            guard case .dropped = pair.world.receive(touched, at: pair.anna) else {
                Issue.record("byte \(index) was not noticed")
                continue
            }
        }
        #expect(pair.world.receive(response, at: pair.anna) == .handled)
        #expect(pair.world.receive(response, at: pair.anna) == .dropped(.unknownIndex))
        pair.world.deliver()
        #expect(pair.statisticsAtHub()?.hasUsableKeypair == true)
    }

    @Test("messages whose tags are wrong behind a right mac1 are refused")
    func wrongTags() throws {
        let pair = try Pair()
        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        let initiation = pair.world.wire.removeFirst()
        for index in [8, 40, 80, 90, 100, 115] {
            let touched = restamped(initiation, mac1Offset: InitiationLayout.mac1, for: pair.hub) { $0[index] ^= 1 }
            #expect(pair.world.receive(touched, at: pair.hub) == .dropped(.authenticationFailed), "byte \(index)")
        }
        #expect(pair.world.receive(initiation, at: pair.hub) == .handled)
        let response = pair.world.wire.removeFirst()
        for index in [12, 44, 59] {
            let touched = restamped(response, mac1Offset: ResponseLayout.mac1, for: pair.anna) { $0[index] ^= 1 }
            #expect(pair.world.receive(touched, at: pair.anna) == .dropped(.authenticationFailed), "byte \(index)")
        }
        #expect(pair.world.receive(response, at: pair.anna) == .handled)
    }

    /// Points of order 1, 2, 4 and 8 in all their encodings below 2^255.
    static let lowOrderPoints = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test("keys of low order are refused as peer and as ephemeral of either side", arguments: lowOrderPoints)
    func lowOrder(point: String) throws {
        let pair = try Pair()
        let key = try #require(PublicKey(bytes: bytes(point)))
        #expect(Curve25519.isLowOrder(key))
        #expect(!Curve25519.isLowOrder(pair.anna.engine.publicKey))
        #expect(throws: PeerRefusal.lowOrderKey) {
            try pair.hub.engine.addPeer(PeerConfiguration(publicKey: key), at: pair.world.now)
        }

        pair.anna.engine.forceHandshake(pair.toHub, at: pair.world.now)
        pair.world.drain(pair.anna)
        let initiation = pair.world.wire.removeFirst()
        let forged = restamped(initiation, mac1Offset: InitiationLayout.mac1, for: pair.hub) {
            $0.replaceSubrange(8..<40, with: key.bytes)
        }
        #expect(pair.world.receive(forged, at: pair.hub) == .dropped(.lowOrderKey))
        #expect(pair.world.receive(initiation, at: pair.hub) == .handled)
        let response = pair.world.wire.removeFirst()
        let forgedResponse = restamped(response, mac1Offset: ResponseLayout.mac1, for: pair.anna) {
            $0.replaceSubrange(12..<44, with: key.bytes)
        }
        #expect(pair.world.receive(forgedResponse, at: pair.anna) == .dropped(.lowOrderKey))
        #expect(pair.world.receive(response, at: pair.anna) == .handled)
    }

    /// A changed message with a mac1 that fits it again.
    private func restamped(
        _ datagram: WireDatagram, mac1Offset: Int, for receiver: Party, _ change: (inout [UInt8]) -> Void
    ) -> WireDatagram {
        var forged = datagram
        change(&forged.bytes)
        forged.bytes.withUnsafeMutableBytes {
            guard let start = $0.baseAddress else { return }
            _ = Authenticator.stamp(start, mac1Offset: mac1Offset, receiver: receiver.engine.publicKey, cookie: nil)
        }
        return forged
    }
}
