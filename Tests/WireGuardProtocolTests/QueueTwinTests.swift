import Testing

@testable import WireGuardProtocol

/// The engine's queues against plain arrays.
struct QueueTwinTests {
    @Test("staged packets come out as they went in, each once", arguments: 0..<10)
    func staged(seed: UInt64) {
        let chance = SeededEntropy(seed: seed)
        var queue = StagedPackets()
        var twin: [[UInt8]] = []
        for step in 0..<3_000 {
            // Long fillings and long drains alternate, so that the cut-off in the middle is met.
            if chance.next() % 100 < (step / 300 % 2 == 0 ? 65 : 35) {
                let packet = chance.bytes(1 + Int(chance.next() % 20))
                queue.append(packet)
                twin.append(packet)
            } else {
                #expect(queue.removeFirst() == (twin.isEmpty ? nil : twin.removeFirst()), "seed \(seed) step \(step)")
            }
            #expect(queue.count == twin.count)
        }
    }

    @Test("outputs come out in their order, also when some are added in between", arguments: 0..<10)
    func outputs(seed: UInt64) {
        let chance = SeededEntropy(seed: seed)
        var queue = OutputQueue()
        var twin: [Output] = []
        for step in 0..<3_000 {
            if chance.next() % 2 == 0 {
                let handle = PeerHandle(slot: UInt32(step), generation: 0)
                queue.append(.event(.keypairsErased(handle)))
                twin.append(.event(.keypairsErased(handle)))
            } else {
                #expect(queue.removeFirst() == (twin.isEmpty ? nil : twin.removeFirst()), "seed \(seed) step \(step)")
            }
        }
        while let last = queue.removeFirst() { #expect(last == twin.removeFirst()) }
        #expect(twin.isEmpty)
    }
}
