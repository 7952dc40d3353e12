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
        #expect(
            pair.anna.events == [.handshakeCompleted(pair.toHub, KeypairID(rawValue: 1), asInitiator: true)])
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
}
