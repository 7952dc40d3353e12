import Addressing
import Testing
import Timebase
import TunnelRouting

@Suite("Decisions of a kind are told together")
struct DecisionTests {
    let anna = Endpoint(Rig.anna, 40_000)
    let inverter = Endpoint(IPv4Address(192, 168, 1, 20), 502)

    func watchedRig() -> Rig {
        var rig = Rig()
        rig.core.isWatched = true
        return rig
    }

    @Test("Packets before anybody takes them are one decision, which counts them; another port is another")
    func together() {
        var rig = watchedRig()
        for _ in 0..<5 { _ = rig.send(Packets.udp(anna, inverter), from: 1) }
        _ = rig.send(Packets.udp(Endpoint(Rig.anna, 40_001), inverter), from: 1)
        let length = Packets.udp(anna, inverter).count
        let decisions = rig.core.takeDecisions()
        #expect(decisions.map(\.packetCount) == [5, 1] && decisions.map(\.byteCount) == [5 * length, length])
        #expect(decisions.map(\.sequence) == [1, 2])
    }

    @Test("What follows soon is held and told in time; later it is told at once again")
    func held() throws {
        var rig = watchedRig()
        _ = rig.send(Packets.udp(anna, inverter), from: 1)
        #expect(rig.core.takeDecisions().count == 1)
        for _ in 0..<3 { _ = rig.send(Packets.udp(anna, inverter), from: 1) }
        #expect(!rig.core.hasDecisions)
        let due = try #require(rig.core.nextDeadline)
        #expect(due.since(rig.now) <= .milliseconds(250))
        rig.pass(.milliseconds(249))
        #expect(!rig.core.hasDecisions)
        rig.pass(.milliseconds(1))
        #expect(rig.core.takeDecisions().map(\.packetCount) == [3])
        rig.pass(.seconds(1))
        _ = rig.send(Packets.udp(anna, inverter), from: 1)
        #expect(rig.core.takeDecisions().map(\.packetCount) == [1])
    }

    @Test("Whoever asks for all gets the held ones too, and a revision begins anew")
    func all() {
        var rig = watchedRig()
        for _ in 0..<2 {
            _ = rig.send(Packets.udp(anna, inverter), from: 1)
            _ = rig.core.takeDecisions()
        }
        #expect(rig.core.takeDecisions(withHeld: true).map(\.packetCount) == [1])
        #expect(rig.core.takeDecisions(withHeld: true).isEmpty)
        _ = rig.publish()
        _ = rig.send(Packets.udp(anna, inverter), from: 1)
        #expect(rig.core.takeDecisions().map(\.revision) == [2])
    }

    @Test("Every packet of random traffic is told once, whatever is held and when it is taken")
    func complete() {
        var rig = watchedRig()
        var generator = SystemRandomNumberGenerator()
        var told: [UInt16: UInt64] = [:]
        var sent: [UInt16: UInt64] = [:]
        var sequences: [UInt64] = []
        func take(_ decisions: [Decision]) {
            for decision in decisions {
                told[decision.sourcePort, default: 0] += decision.packetCount
                sequences.append(decision.sequence)
            }
        }
        // More kinds than the table has places, so that they push each other out.
        for _ in 0..<20_000 {
            let port = UInt16.random(in: 1...600, using: &generator)
            _ = rig.send(Packets.udp(Endpoint(Rig.anna, port), inverter), from: 1)
            sent[port, default: 0] += 1
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: take(rig.core.takeDecisions())
            case 1: rig.pass(.milliseconds(UInt64.random(in: 1...300, using: &generator)))
            default: break
            }
        }
        take(rig.core.takeDecisions(withHeld: true))
        #expect(told == sent && rig.core.decisionsLost == 0)
        #expect(sequences == Array(1...UInt64(sequences.count)))
        #expect(sequences.count < 20_000)
    }

    @Test("A held decision that another kind pushed out leaves no deadline behind that is always due")
    func noStaleDeadline() throws {
        var rig = watchedRig()
        // One is held, then more kinds come than the table has places.
        for _ in 0..<2 {
            _ = rig.send(Packets.udp(anna, inverter), from: 1)
            _ = rig.core.takeDecisions()
        }
        for port in 1...5000 as ClosedRange<UInt16> {
            _ = rig.send(Packets.udp(Endpoint(Rig.anna, port), inverter), from: 1)
        }
        _ = rig.core.takeDecisions()
        rig.pass(.seconds(2))
        let next = try #require(rig.core.nextDeadline)
        #expect(next > rig.now)
    }
}
