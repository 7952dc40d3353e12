import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

@Suite("Gateway: who may send what, and where it goes")
struct GatewayForwardingTests {
    let anna = Endpoint(Rig.anna, 40_000)
    let ben = Endpoint(Rig.ben, 40_000)
    let inverter = Endpoint(Rig.inverter, 502)

    @Test("The same address leads to different plants for different people, at the same time")
    func perPerson() {
        var rig = Rig()
        let fromAnna = rig.send(Packets.udp(anna, inverter), from: 1)
        let fromBen = rig.send(Packets.udp(ben, inverter), from: 2)
        #expect(fromAnna.verdict == .forwarded && fromAnna.destination == rig.slot(11))
        #expect(fromBen.verdict == .forwarded && fromBen.destination == rig.slot(12))
        #expect(ReadPacket(fromAnna.packet)?.ttl == 63)
        let answer = rig.send(Packets.udp(inverter, ben), from: 12)
        #expect(answer.verdict == .forwarded && answer.destination == rig.slot(2))
    }

    @Test("An echo request travels, its reply comes back, and the gateway answers its own")
    func echo() {
        var rig = Rig()
        #expect(rig.send(Packets.echo(Rig.anna, Rig.inverter), from: 1).destination == rig.slot(11))
        let reply = rig.send(Packets.echo(Rig.inverter, Rig.anna, isReply: true), from: 11)
        #expect(reply.verdict == .forwarded && reply.destination == rig.slot(1))
        let own = rig.send(Packets.echo(Rig.anna, Rig.gateway, id: 77), from: 1)
        #expect(own.verdict == .echoAnswered && own.destination == rig.slot(1))
        #expect(own.packet == Packets.echo(Rig.gateway, Rig.anna, id: 77, isReply: true))
    }

    @Test("A source that is not the tunnel address is dropped")
    func spoof() {
        var rig = Rig()
        let outcome = rig.send(Packets.udp(ben, inverter), from: 1)
        #expect(outcome.verdict == .spoofedSource && outcome.sent.isEmpty)
        #expect(rig.core.count(of: .spoofedSource) == 1)
    }

    @Test("Refusals name their reason: 3/13 without permission, 3/0 without a live plant or owner")
    func refusals() {
        var rig = Rig()
        func refusal(_ address: IPv4Address, _ rig: inout Rig) -> (Verdict, ReadPacket?) {
            let outcome = rig.send(Packets.udp(anna, Endpoint(address, 502)), from: 1)
            #expect(outcome.destination == nil && outcome.sent.first?.peer == rig.slot(1))
            return (outcome.verdict, outcome.sent.first?.packet)
        }
        let (nowhere, answer) = refusal(IPv4Address(10, 9, 9, 9), &rig)
        #expect(nowhere == .noPermission)
        #expect(answer?.source == Rig.gateway && answer?.type == 3 && answer?.code == 13)
        #expect(
            answer?.quoted
                == QuotedPacket(
                    source: Rig.anna, destination: IPv4Address(10, 9, 9, 9), transport: 17, sourcePort: 40_000,
                    destinationPort: 502))
        rig.view.people[0].routes = [
            Rig.route("192.168.1.0/24", "park-a", reachable: false), Rig.route("192.168.2.0/24", nil, reachable: false),
            Rig.route("192.168.3.0/24", "park-c"),
        ]
        rig.publish()
        for (address, verdict) in [
            (Rig.inverter, Verdict.plantUnreachable), (Rig.onlyB, .noOwner),
            (IPv4Address(192, 168, 3, 1), .noLiveAgent),
        ] {
            let (found, answer) = refusal(address, &rig)
            #expect(found == verdict)
            #expect(answer?.type == 3 && answer?.code == 0)
        }
        let (toBen, prohibited) = refusal(Rig.ben, &rig)
        #expect(toBen == .userToUser && prohibited?.code == 13)
        let (toGateway, _) = refusal(Rig.gateway, &rig)
        #expect(toGateway == .notAGatewayService)
    }

    @Test("Refusals are limited per person, and silent when so configured")
    func refusalRate() {
        var rig = Rig()
        let packet = Packets.udp(anna, Endpoint(IPv4Address(10, 0, 0, 1), 1))
        var sent = 0
        for _ in 0..<150 { sent += rig.send(packet, from: 1).sent.count }
        #expect(sent == 100 && rig.core.refusalsSuppressed == 50)
        #expect(rig.send(Packets.udp(ben, Endpoint(IPv4Address(10, 0, 0, 1), 1)), from: 2).sent.count == 1)
        rig.pass(.milliseconds(100))
        for _ in 0..<20 { sent += rig.send(packet, from: 1).sent.count }
        #expect(sent == 110)
        var configuration = GatewayConfiguration()
        configuration.refusal = .drop
        var silent = Rig(configuration: configuration)
        let outcome = silent.send(packet, from: 1)
        #expect(outcome.verdict == .noPermission && outcome.sent.isEmpty)
    }

    @Test("No error is answered by an error")
    func noErrorAboutErrors() {
        var rig = Rig()
        let error = Packets.icmp(
            Rig.anna, IPv4Address(10, 0, 0, 1), type: 3, code: 1, payload: Packets.udp(inverter, anna))
        let outcome = rig.send(error, from: 1)
        #expect(outcome.verdict == .errorWithoutFlow && outcome.sent.isEmpty)
    }

    @Test("What a plant starts by itself ends at the gateway, each under its own name")
    func fromPlants() {
        var rig = Rig()
        func verdict(_ packet: [UInt8], from key: UInt8) -> Verdict {
            let outcome = rig.send(packet, from: key)
            #expect(outcome.destination == nil && outcome.sent.isEmpty)
            return outcome.verdict
        }
        #expect(verdict(Packets.udp(inverter, anna), from: 11) == .noFlow)
        #expect(verdict(Packets.tcp(inverter, anna, .syn), from: 11) == .noFlow)
        #expect(verdict(Packets.echo(Rig.inverter, Rig.anna), from: 11) == .noFlow)
        #expect(verdict(Packets.udp(inverter, anna), from: 12) == .routedElsewhere)
        #expect(verdict(Packets.udp(Endpoint(Rig.onlyB, 1), anna), from: 11) == .sourceOutsidePlant)
        #expect(verdict(Packets.udp(inverter, Endpoint(Rig.onlyB, 1)), from: 11) == .plantToPlant)
        #expect(verdict(Packets.udp(inverter, Endpoint(Rig.gateway, 1)), from: 11) == .plantToGateway)
        #expect(
            verdict(Packets.udp(inverter, Endpoint(IPv4Address(100, 64, 9, 9), 1)), from: 11) == .unknownTunnelAddress)
    }

    @Test("A reply with another port, or from the plant that does not own the range, is not the flow's")
    func foreignReplies() {
        var rig = Rig()
        #expect(rig.send(Packets.udp(anna, inverter), from: 1).verdict == .forwarded)
        #expect(rig.send(Packets.udp(Endpoint(Rig.inverter, 503), anna), from: 11).verdict == .noFlow)
        #expect(rig.send(Packets.udp(inverter, anna), from: 12).verdict == .routedElsewhere)
        #expect(rig.send(Packets.echo(Rig.inverter, Rig.anna, isReply: true), from: 11).verdict == .noFlow)
        #expect(rig.send(Packets.udp(inverter, anna), from: 11).verdict == .forwarded)
        // A request is no reply, not even with the identifier 0, which looks the same from both sides.
        #expect(rig.send(Packets.echo(Rig.anna, Rig.inverter, id: 0), from: 1).verdict == .forwarded)
        #expect(rig.send(Packets.echo(Rig.inverter, Rig.anna, id: 0), from: 11).verdict == .noFlow)
    }

    @Test("ICMP errors pass when they are about an open flow, in both directions")
    func errors() {
        var rig = Rig()
        let request = Packets.udp(anna, inverter)
        #expect(rig.send(request, from: 1).verdict == .forwarded)
        let closed = Packets.icmp(Rig.inverter, Rig.anna, type: 3, code: 3, payload: request)
        let outcome = rig.send(closed, from: 11)
        #expect(outcome.verdict == .forwardedError && outcome.destination == rig.slot(1))
        #expect(rig.send(closed, from: 12).verdict == .errorWithoutFlow)
        let router = Packets.icmp(IPv4Address(192, 168, 1, 1), Rig.anna, type: 3, code: 1, payload: request)
        #expect(rig.send(router, from: 11).verdict == .forwardedError)
        let other = Packets.icmp(
            Rig.inverter, Rig.anna, type: 3, code: 3, payload: Packets.udp(anna, Endpoint(Rig.inverter, 9)))
        #expect(rig.send(other, from: 11).verdict == .errorWithoutFlow)
        let up = Packets.icmp(Rig.anna, Rig.inverter, type: 3, code: 3, payload: Packets.udp(inverter, anna))
        let sent = rig.send(up, from: 1)
        #expect(sent.verdict == .forwardedError && sent.destination == rig.slot(11))
    }

    @Test("Later fragments follow the first, and none without it")
    func fragments() {
        var rig = Rig()
        let head = Packets.be16(40_000) + Packets.be16(502) + Packets.be16(3008) + [0, 0]
        let first = Packets.ip(
            Rig.anna, Rig.inverter, transport: 17, payload: head + [UInt8](repeating: 1, count: 1392),
            identification: 9, fragment: 0x2000)
        let later = Packets.ip(
            Rig.anna, Rig.inverter, transport: 17, payload: [UInt8](repeating: 2, count: 800), identification: 9,
            fragment: 175)
        #expect(rig.send(later, from: 1).verdict == .fragmentWithoutFirst)
        #expect(rig.send(first, from: 1).verdict == .forwarded)
        #expect(rig.send(later, from: 1).destination == rig.slot(11))
        rig.view.people[0].routes.removeFirst()
        rig.publish()
        #expect(rig.send(later, from: 1).verdict == .fragmentWithoutFirst)
    }

    @Test("Damaged packets and a spent time to live have names")
    func damage() {
        var rig = Rig()
        var packet = Packets.udp(anna, inverter)
        packet[10] ^= 1
        #expect(rig.send(packet, from: 1).verdict == .badHeaderChecksum)
        #expect(rig.send([0x45, 0, 0], from: 1).verdict == .malformed)
        #expect(rig.send([0x60] + [UInt8](repeating: 0, count: 39), from: 1).verdict == .notIPv4)
        #expect(rig.send([], from: 1).verdict == .malformed)
        #expect(
            rig.send(Packets.ip(Rig.anna, Rig.inverter, transport: 6, payload: [1, 2, 3]), from: 1).verdict
                == .malformed)
        let spent = rig.send(Packets.tcp(anna, inverter, .syn, ttl: 1), from: 1)
        #expect(spent.verdict == .timeExceeded)
        #expect(spent.sent.first?.packet.type == 11)
    }

    @Test("A person's flows are limited, and the whole table is")
    func limits() {
        var configuration = GatewayConfiguration()
        configuration.flowLimitPerPerson = 3
        configuration.flowLimit = 4
        var rig = Rig(configuration: configuration)
        func open(_ address: IPv4Address, _ port: UInt16, from key: UInt8) -> Verdict {
            rig.send(Packets.udp(Endpoint(address, port), inverter), from: key).verdict
        }
        #expect((1...3).allSatisfy { open(Rig.anna, $0, from: 1) == .forwarded })
        #expect(open(Rig.anna, 4, from: 1) == .personFlowLimit)
        #expect(open(Rig.ben, 1, from: 2) == .forwarded)
        #expect(open(Rig.ben, 2, from: 2) == .flowLimit)
        #expect(open(Rig.anna, 1, from: 1) == .forwarded)
        rig.pass(.seconds(40))
        #expect(open(Rig.ben, 2, from: 2) == .forwarded)
    }

    @Test("Decisions are told while watched, with ids, revision and verdict")
    func decisions() {
        var rig = Rig()
        _ = rig.send(Packets.udp(anna, inverter), from: 1)
        #expect(rig.core.takeDecisions().isEmpty)
        rig.core.isWatched = true
        _ = rig.send(Packets.udp(anna, inverter), from: 1)
        _ = rig.send(Packets.udp(inverter, anna), from: 12)
        let decisions = rig.core.takeDecisions()
        #expect(decisions.map(\.verdict) == [.forwarded, .routedElsewhere])
        #expect(decisions.map(\.sequence) == [1, 2])
        #expect(decisions.map(\.plant) == ["park-a", "park-b"])
        #expect(decisions.map(\.person) == ["anna", "anna"])
        #expect(decisions.map(\.direction) == [.up, .down])
        #expect(decisions[0].source == Rig.anna && decisions[0].destinationPort == 502 && decisions[0].revision == 1)
        #expect(rig.core.takeDecisions().isEmpty)
    }
}
