import AccessModel
import Addressing
import ControlProtocol
import Testing

@testable import TunnelRouting

/// The gateway is a hop like any other, in both directions; and whose flow an error speaks of must be its receiver's.
@Suite("Gateway: hops and quoted flows")
struct GatewayHopTests {
    private let anna = Endpoint(Rig.anna, 40_000)
    private let inverter = Endpoint(Rig.inverter, 502)

    @Test("Each way costs one hop, and the header stays right")
    func everyWayIsAHop() {
        var rig = Rig()
        let up = rig.send(Packets.tcp(anna, inverter, .syn, ttl: 9), from: 1)
        #expect(ReadPacket(up.packet)?.ttl == 8)
        let down = rig.send(Packets.tcp(inverter, anna, [.syn, .ack], ttl: 5), from: 11)
        #expect(ReadPacket(down.packet)?.ttl == 4)
        for packet in [up.packet, down.packet] { #expect(Packets.checksum(Array(packet.prefix(20))) == 0) }
    }

    @Test("A packet on its last hop ends at the gateway, in both directions; only the person is told")
    func lastHop() {
        var rig = Rig()
        let up = rig.send(Packets.tcp(anna, inverter, .syn, ttl: 1), from: 1)
        #expect(up.verdict == .timeExceeded && up.destination == nil && up.sent.first?.packet.type == 11)
        #expect(rig.send(Packets.tcp(anna, inverter, .syn), from: 1).verdict == .forwarded)
        let down = rig.send(Packets.tcp(inverter, anna, [.syn, .ack], ttl: 1), from: 11)
        #expect(down.verdict == .timeExceeded && down.destination == nil && down.sent.isEmpty)
        let quoted = Packets.udp(anna, inverter)
        #expect(rig.send(quoted, from: 1).verdict == .forwarded)
        for (source, destination, about, key) in [
            (Rig.inverter, Rig.anna, quoted, 11 as UInt8), (Rig.anna, Rig.inverter, Packets.udp(inverter, anna), 1),
        ] {
            var error = Packets.icmp(source, destination, type: 3, code: 3, payload: about)
            #expect(rig.send(error, from: key).verdict == .forwardedError)
            error[8] = 1
            error[10...11] = [0, 0]
            error.replaceSubrange(10...11, with: Packets.be16(Packets.checksum(Array(error.prefix(20)))))
            #expect(rig.send(error, from: key).verdict == .errorWithoutFlow)
        }
    }

    @Test("An error to one person about another's flow reaches nobody")
    func quotesAnothersFlowDown() {
        var rig = Rig()
        let request = Packets.udp(anna, inverter)
        #expect(rig.send(request, from: 1).verdict == .forwarded)
        let toBen = Packets.icmp(Rig.inverter, Rig.ben, type: 3, code: 3, payload: request)
        let outcome = rig.send(toBen, from: 11)
        #expect(outcome.verdict == .errorWithoutFlow && outcome.destination == nil)
    }

    @Test("A person cannot end another's flow with an error about it")
    func quotesAnothersFlowUp() {
        var rig = Rig()
        rig.view.people[1].routes.append(Rig.route("192.168.2.0/24", "park-b"))
        rig.publish()
        let device = Endpoint(Rig.onlyB, 502)
        #expect(rig.send(Packets.udp(anna, device), from: 1).verdict == .forwarded)
        let answer = Packets.udp(device, anna)
        let ofBen = Packets.icmp(Rig.ben, Rig.onlyB, type: 3, code: 3, payload: answer)
        let outcome = rig.send(ofBen, from: 2)
        #expect(outcome.verdict == .errorWithoutFlow && outcome.destination == nil)
        let ofAnna = Packets.icmp(Rig.anna, Rig.onlyB, type: 3, code: 3, payload: answer)
        #expect(rig.send(ofAnna, from: 1).verdict == .forwardedError)
    }
}
