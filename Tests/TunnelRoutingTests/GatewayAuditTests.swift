import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

@Suite("Gateway: what the audit is told")
struct GatewayAuditTests {
    let anna = Endpoint(Rig.anna, 40_000)
    let inverter = Endpoint(Rig.inverter, 502)

    @Test("First touch at once, growth every second, the end at once; a later record replaces an earlier one")
    func life() throws {
        var rig = Rig()
        let request = Packets.udp(anna, inverter, payload: [UInt8](repeating: 0, count: 72))
        _ = rig.send(request, from: 1)
        #expect(rig.core.hasFlowTouches)
        let first = try #require(rig.core.takeFlowTouches().first)
        #expect(first.person == "anna" && first.publicKey == Rig.key(1) && first.plant == "park-a")
        #expect(first.device == Rig.inverter && first.port == 502 && first.transport == 17)
        #expect(first.source == Rig.wan && first.state == .open && first.revision == 1)
        #expect(first.bytesUp == 100 && first.packetsUp == 1 && first.bytesDown == 0)

        _ = rig.send(Packets.udp(inverter, anna, payload: []), from: 11)
        _ = rig.send(request, from: 1)
        #expect(!rig.core.hasFlowTouches)
        rig.pass(.seconds(1))
        let grown = rig.core.takeFlowTouches()
        #expect(grown.map(\.id) == [first.id] && grown[0].bytesUp == 200 && grown[0].bytesDown == 28)
        rig.pass(.seconds(1))
        #expect(!rig.core.hasFlowTouches)

        rig.pass(.seconds(130))
        let end = rig.core.takeFlowTouches()
        #expect(end.map(\.state) == [.ended] && end[0].id == first.id && end[0].packetsUp == 2)
        #expect(rig.core.flowCount == 0)
        let record = end[0].record(at: rig.now)
        #expect(record.firstAge == 132 && record.lastAge == 132 && record.bytesUp == 200)
    }

    @Test("Growth is told before its second is over when it is asked for, and then not again")
    func growthAtOnce() {
        var rig = Rig()
        let request = Packets.udp(anna, inverter, payload: [UInt8](repeating: 0, count: 72))
        _ = rig.send(request, from: 1)
        _ = rig.core.takeFlowTouches()
        _ = rig.send(request, from: 1)
        #expect(!rig.core.hasFlowTouches)
        rig.core.noteGrowth(at: rig.now)
        #expect(rig.core.takeFlowTouches().map(\.bytesUp) == [200])
        rig.pass(.seconds(1))
        #expect(!rig.core.hasFlowTouches)
    }

    @Test("A TCP connection ends with both FINs or a reset, and its last segments still count")
    func tcpEnd() {
        var rig = Rig()
        _ = rig.send(Packets.tcp(anna, inverter, .syn), from: 1)
        _ = rig.send(Packets.tcp(inverter, anna, [.syn, .ack], acknowledgement: 1), from: 11)
        _ = rig.core.takeFlowTouches()
        _ = rig.send(Packets.tcp(anna, inverter, [.fin, .ack], sequence: 1, acknowledgement: 1), from: 1)
        #expect(!rig.core.hasFlowTouches)
        _ = rig.send(Packets.tcp(inverter, anna, [.fin, .ack], sequence: 1, acknowledgement: 2), from: 11)
        #expect(rig.core.takeFlowTouches().map(\.state) == [.ended])
        #expect(
            rig.send(Packets.tcp(anna, inverter, .ack, sequence: 2, acknowledgement: 2), from: 1).verdict == .forwarded)
        rig.pass(.seconds(1))
        let last = rig.core.takeFlowTouches()
        #expect(last.map(\.state) == [.ended] && last[0].packetsUp == 3)
        rig.pass(.seconds(12))
        #expect(rig.core.flowCount == 0 && !rig.core.hasFlowTouches)
        _ = rig.send(Packets.tcp(anna, inverter, .syn, sequence: 50), from: 1)
        _ = rig.send(Packets.tcp(inverter, anna, [.rst, .ack], acknowledgement: 51), from: 11)
        #expect(rig.core.takeFlowTouches().last?.state == .ended)
        #expect(rig.send(Packets.tcp(anna, inverter, .syn, sequence: 90), from: 1).verdict == .forwarded)
        #expect(rig.core.takeFlowTouches().last?.state == .open)
    }

    @Test("A cut is told at once; afterwards the flow counts nothing")
    func cut() {
        var rig = Rig()
        _ = rig.send(Packets.tcp(anna, inverter, .syn), from: 1)
        _ = rig.core.takeFlowTouches()
        rig.view.people[0].routes = []
        rig.publish()
        #expect(rig.core.takeFlowTouches().map(\.state) == [.cut])
        _ = rig.send(Packets.tcp(anna, inverter, .ack), from: 1)
        rig.pass(.seconds(2))
        #expect(rig.core.takeFlowTouches().isEmpty)
        rig.pass(.seconds(190))
        #expect(rig.core.flowCount == 0 && rig.core.tombstones.isEmpty)
    }

    @Test("A cut of a flow that was never told tells it once, as cut")
    func freshCut() {
        var rig = Rig()
        _ = rig.send(Packets.tcp(anna, inverter, .syn), from: 1)
        rig.view.people = []
        rig.publish()
        #expect(rig.core.takeFlowTouches().map(\.state) == [.cut])
    }

    @Test("Denied attempts are folded per person, address, port and transport, and limited")
    func denials() {
        var configuration = GatewayConfiguration()
        configuration.denialBurst = 5
        configuration.denialsPerSecond = 1
        var rig = Rig(configuration: configuration)
        let nowhere = Endpoint(IPv4Address(10, 0, 0, 1), 80)
        for _ in 0..<4 { _ = rig.send(Packets.tcp(anna, nowhere, .syn), from: 1) }
        let first = rig.core.takeFlowTouches()
        #expect(first.map(\.state) == [.denied] && first[0].plant == nil && first[0].port == 80)
        #expect(first[0].packetsUp == 1 && first[0].bytesUp == 0)
        rig.pass(.seconds(1))
        let folded = rig.core.takeFlowTouches()
        #expect(folded.map(\.packetsUp) == [4] && folded[0].id == first[0].id)
        for port in 1...20 as ClosedRange<UInt16> {
            _ = rig.send(Packets.tcp(anna, Endpoint(nowhere.address, port), .syn), from: 1)
        }
        #expect(rig.core.takeFlowTouches().count == 5 && rig.core.denialOverflow == 15)
        _ = rig.send(Packets.tcp(Endpoint(Rig.ben, 1), nowhere, .syn), from: 2)
        #expect(rig.core.takeFlowTouches().map(\.person) == ["ben"])
        rig.pass(.seconds(62))
        #expect(rig.core.denials.entries.isEmpty)
    }

    @Test("What people sent and got equals the sum of their flows, and of their agents")
    func volumes() {
        var rig = Rig()
        for port in 1...5 as ClosedRange<UInt16> {
            let user = Endpoint(Rig.anna, port)
            for _ in 0..<port { _ = rig.send(Packets.udp(user, inverter), from: 1) }
            let request = Packets.udp(user, inverter)
            _ = rig.send(Packets.udp(inverter, user, payload: [UInt8](repeating: 0, count: 500)), from: 11)
            _ = rig.send(Packets.icmp(Rig.inverter, Rig.anna, type: 3, code: 3, payload: request), from: 11)
        }
        _ = rig.send(Packets.udp(anna, Endpoint(IPv4Address(10, 0, 0, 1), 1)), from: 1)
        _ = rig.send(Packets.echo(Rig.anna, Rig.gateway), from: 1)
        rig.pass(.seconds(1))
        rig.pass(.seconds(200))
        let last = Dictionary(rig.core.takeFlowTouches().map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let volume = rig.core.volume(of: rig.slot(1))
        #expect(volume.bytesFromPeer == last.values.map(\.bytesUp).reduce(0, +))
        #expect(volume.bytesToPeer == last.values.map(\.bytesDown).reduce(0, +))
        #expect(volume.bytesFromPeer == 15 * 31 && volume.bytesToPeer > 2500)
        let agent = rig.core.volume(of: rig.slot(11))
        #expect(agent.bytesFromPeer == volume.bytesToPeer && agent.bytesToPeer == volume.bytesFromPeer)
    }

    @Test("A key that was nobody's for a while goes on counting where it was; a new key begins at nothing")
    func volumesOfWhoReturns() {
        var rig = Rig()
        let people = rig.view.people
        let size = Packets.udp(anna, inverter).count
        for key in [1, 1, 7] as [UInt8] {
            rig.view.people = people
            rig.view.people[0].publicKey = Rig.key(key)
            rig.publish()
            let before = rig.core.volume(of: rig.slot(key)).bytesFromPeer
            _ = rig.send(Packets.udp(anna, inverter), from: key)
            #expect(rig.core.volume(of: rig.slot(key)).bytesFromPeer == before + UInt64(size))
            rig.view.people = []
            rig.publish()
        }
        #expect(rig.core.formerVolumes[Rig.key(1)]?.bytesFromPeer == UInt64(2 * size))
        #expect(rig.core.formerVolumes[Rig.key(7)]?.bytesFromPeer == UInt64(size))
    }
}
