import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

@Suite("Gateway: cutting what is no longer permitted")
struct GatewayCutTests {
    let anna = Endpoint(Rig.anna, 40_000)
    let inverter = Endpoint(Rig.inverter, 502)

    /// A connection of Anna to the inverter of park-a: handshake, 10 bytes up, 20 bytes down.
    func connected() -> Rig {
        var rig = Rig()
        let ack: TCPFlags = .ack
        let data: TCPFlags = [.ack, .psh]
        let steps: [([UInt8], UInt8)] = [
            (Packets.tcp(anna, inverter, .syn, sequence: 1000), 1),
            (Packets.tcp(inverter, anna, [.syn, .ack], sequence: 5000, acknowledgement: 1001), 11),
            (Packets.tcp(anna, inverter, ack, sequence: 1001, acknowledgement: 5001), 1),
            (
                Packets.tcp(
                    anna, inverter, data, sequence: 1001, acknowledgement: 5001,
                    payload: [UInt8](repeating: 1, count: 10)), 1
            ),
            (
                Packets.tcp(
                    inverter, anna, data, sequence: 5001, acknowledgement: 1011,
                    payload: [UInt8](repeating: 2, count: 20)), 11
            ),
        ]
        for (packet, key) in steps { #expect(rig.send(packet, from: key).verdict == .forwarded) }
        return rig
    }

    func isReset(_ packet: ReadPacket, _ source: Endpoint, _ destination: Endpoint, _ sequence: UInt32) -> Bool {
        packet.source == source.address && packet.destination == destination.address
            && packet.ports == (source.port, destination.port) && packet.flags.contains(.rst)
            && packet.sequence == sequence
    }

    @Test(
        "A switch resets both sides at the highest sequence end forwarded, and later segments at their acknowledgement")
    func switchWinner() {
        var rig = connected()
        rig.view.people[0].routes[0] = Rig.route("192.168.1.0/24", "park-b")
        rig.publish()
        let resets = rig.drain()
        #expect(resets.map(\.peer) == [rig.slot(1), rig.slot(11)])
        #expect(isReset(resets[0].packet, inverter, anna, 5021))
        #expect(isReset(resets[1].packet, anna, inverter, 1011))

        let late = rig.send(
            Packets.tcp(inverter, anna, .ack, sequence: 5021, acknowledgement: 1007, payload: [1]), from: 11)
        #expect(late.verdict == .resetAnswered && late.destination == nil)
        #expect(late.sent.map(\.peer) == [rig.slot(11)])
        #expect(isReset(late.sent[0].packet, anna, inverter, 1007))

        let challenge = rig.send(Packets.tcp(anna, inverter, .ack, sequence: 1011, acknowledgement: 5017), from: 1)
        #expect(challenge.verdict == .resetAnswered)
        #expect(challenge.sent.map(\.peer) == [rig.slot(1)])
        #expect(isReset(challenge.sent[0].packet, inverter, anna, 5017))
        #expect(rig.send(Packets.tcp(inverter, anna, .rst, sequence: 5021), from: 11).verdict == .afterCut)

        let again = rig.send(Packets.tcp(anna, inverter, .syn, sequence: 9000), from: 1)
        #expect(again.verdict == .forwarded && again.destination == rig.slot(12))
        let answer = Packets.tcp(inverter, anna, [.syn, .ack], sequence: 70, acknowledgement: 9001)
        #expect(rig.send(answer, from: 12).destination == rig.slot(1))
        let loser = rig.send(Packets.tcp(inverter, anna, .ack, sequence: 5021, acknowledgement: 1011), from: 11)
        #expect(loser.verdict == .resetAnswered && loser.destination == nil)
        #expect(
            rig.send(Packets.tcp(anna, inverter, .ack, sequence: 9001, acknowledgement: 71), from: 1).destination
                == rig.slot(12))
    }

    @Test("A revoked person's reset goes out under the old peer, the device's later segments are still answered")
    func revoke() {
        var rig = connected()
        let old = rig.slot(1)
        rig.view.people.removeFirst()
        let applied = rig.publish()
        #expect(applied.removedPeers == [old])
        #expect(rig.drain().map(\.peer) == [old, rig.slot(11)])
        let late = rig.send(Packets.tcp(inverter, anna, .ack, sequence: 5021, acknowledgement: 1011), from: 11)
        #expect(late.verdict == .resetAnswered && late.sent.map(\.peer) == [rig.slot(11)])
        #expect(rig.send(Packets.udp(anna, inverter), from: 1).verdict == .stalePeer)
        #expect(rig.send(Packets.udp(inverter, anna), from: 11).verdict == .unknownTunnelAddress)
    }

    @Test("A rotated key is a new peer; its flows are cut under the old one")
    func rotate() {
        var rig = connected()
        let old = rig.slot(1)
        rig.view.people[0].publicKey = Rig.key(3)
        let applied = rig.publish()
        #expect(applied.removedPeers == [old])
        #expect(applied.addedPeers.map(\.publicKey) == [Rig.key(3)])
        #expect(applied.addedPeers.first?.slot != old)
        #expect(rig.drain().first?.peer == old)
        #expect(rig.send(Packets.tcp(anna, inverter, .syn), from: 3).verdict == .forwarded)
    }

    @Test("Without permission a segment of the cut connection gets a reset, a new one 3/13")
    func permission() {
        var rig = connected()
        rig.view.people[0].routes.removeFirst()
        rig.publish()
        #expect(rig.drain().count == 2)
        let segment = rig.send(Packets.tcp(anna, inverter, .ack, sequence: 1011, acknowledgement: 5021), from: 1)
        #expect(segment.verdict == .resetAnswered)
        let syn = rig.send(Packets.tcp(anna, inverter, .syn, sequence: 1), from: 1)
        #expect(syn.verdict == .noPermission && syn.sent.first?.packet.code == 13)
    }

    @Test(
        "Datagrams and echoes that are cut hear why: 3/13 without permission, 3/1 after a switch, 3/0 when unreachable")
    func datagrams() {
        let cases: [(RouteEntry?, UInt8)] = [
            (nil, 13), (Rig.route("192.168.1.0/24", "park-b"), 1),
            (Rig.route("192.168.1.0/24", "park-a", reachable: false), 0),
        ]
        for (route, code) in cases {
            var rig = Rig()
            _ = rig.send(Packets.udp(anna, inverter), from: 1)
            _ = rig.send(Packets.echo(Rig.anna, Rig.inverter, id: 99), from: 1)
            rig.view.people[0].routes = [route].compactMap { $0 }
            rig.publish()
            let sent = rig.drain()
            #expect(sent.count == 2)
            #expect(sent.allSatisfy { $0.peer == rig.slot(1) && $0.packet.type == 3 && $0.packet.code == code })
            #expect(Set(sent.compactMap { $0.packet.quoted?.sourcePort }) == [40_000, 99])
            let late = rig.send(Packets.udp(inverter, anna), from: 11).verdict
            #expect(late == .routedElsewhere)
        }
    }

    @Test("Other people's flows lose nothing when one person's table changes")
    func bystanders() {
        var rig = connected()
        let ben = Endpoint(Rig.ben, 1234)
        _ = rig.send(Packets.udp(ben, inverter), from: 2)
        rig.view.people[0].routes = []
        rig.publish()
        #expect(rig.drain().allSatisfy { $0.peer != rig.slot(2) && $0.peer != rig.slot(12) })
        #expect(rig.send(Packets.udp(inverter, ben), from: 12).destination == rig.slot(2))
    }

    @Test("An unchanged route keeps its flows, whatever else changes around it")
    func unchanged() {
        var rig = connected()
        rig.view.people[0].routes[1] = Rig.route("192.168.9.0/24", "park-b")
        rig.view.people[1].routes = []
        rig.view.agents[0].subnets.append(Prefix(around: IPv4Address(10, 0, 0, 0), length: 24))
        let applied = rig.publish()
        #expect(applied.removedPeers.isEmpty && applied.addedPeers.isEmpty && rig.drain().isEmpty)
        let data = Packets.tcp(inverter, anna, .ack, sequence: 5021, acknowledgement: 1011, payload: [1])
        #expect(rig.send(data, from: 11).verdict == .forwarded)
    }

    @Test("A segment without a flow is picked up: a restart of the gateway breaks no connection")
    func pickUp() {
        var rig = Rig()
        let segment = Packets.tcp(anna, inverter, .ack, sequence: 77, acknowledgement: 5000, payload: [1, 2])
        #expect(rig.send(segment, from: 1).verdict == .forwarded)
        rig.view.people[0].routes = []
        rig.publish()
        let resets = rig.drain()
        #expect(isReset(resets[0].packet, inverter, anna, 5000))
        #expect(isReset(resets[1].packet, anna, inverter, 79))
    }

    @Test("Sequence ends are followed across the wrap of 32 bits")
    func wrap() {
        var rig = Rig()
        let near: UInt32 = 0xFFFF_FFF0
        _ = rig.send(Packets.tcp(anna, inverter, .syn, sequence: near), from: 1)
        _ = rig.send(
            Packets.tcp(
                anna, inverter, .ack, sequence: near &+ 1, acknowledgement: 1, payload: [UInt8](repeating: 0, count: 40)
            ),
            from: 1)
        _ = rig.send(Packets.tcp(anna, inverter, .ack, sequence: near &+ 1, acknowledgement: 1), from: 1)
        rig.view.people[0].routes = []
        rig.publish()
        #expect(isReset(rig.drain()[1].packet, anna, inverter, near &+ 41))
    }

    @Test("When the lease runs out everything is cut and refused with 3/13, until it is renewed")
    func lease() {
        var rig = connected()
        rig.core.renewLease(until: rig.now + .seconds(3), at: rig.now)
        #expect(rig.core.nextDeadline.map { $0 <= rig.now + .seconds(3) } == true)
        rig.pass(.seconds(2))
        #expect(rig.drain().isEmpty)
        rig.pass(.seconds(1))
        #expect(rig.drain().map(\.peer) == [rig.slot(1), rig.slot(11)])
        let refused = rig.send(Packets.udp(anna, inverter), from: 1)
        #expect(refused.verdict == .leaseExpired && refused.sent.first?.packet.code == 13)
        let segment = rig.send(Packets.tcp(anna, inverter, .ack, sequence: 1011, acknowledgement: 5021), from: 1)
        #expect(segment.verdict == .resetAnswered)
        #expect(rig.send(Packets.echo(Rig.anna, Rig.gateway), from: 1).verdict == .echoAnswered)
        rig.core.renewLease(until: rig.now + .seconds(3), at: rig.now)
        #expect(rig.send(Packets.udp(anna, inverter), from: 1).verdict == .forwarded)
        rig.core.renewLease(until: nil, at: rig.now)
        rig.pass(.seconds(20))
        #expect(rig.send(Packets.udp(inverter, anna), from: 11).verdict == .forwarded)
    }

    @Test("Of several agents the lowest id that lives is chosen; the incumbent stays, and flows move with a cut")
    func agents() {
        var rig = connected()
        rig.view.agents.insert(Rig.agent("agent-0", "park-a", key: 21, ["192.168.1.0/24"]), at: 0)
        rig.view.agents.append(Rig.agent("agent-c", "park-a", key: 22, ["192.168.1.0/24"]))
        rig.publish()
        rig.core.setLive(true, agent: rig.slot(21), at: rig.now)
        rig.core.setLive(true, agent: rig.slot(22), at: rig.now)
        #expect(rig.core.chosenAgent(of: "park-a") == "agent-a")
        #expect(rig.drain().isEmpty)
        #expect(rig.send(Packets.udp(inverter, anna), from: 21).verdict == .noFlow)
        rig.core.setLive(false, agent: rig.slot(11), at: rig.now)
        #expect(rig.core.chosenAgent(of: "park-a") == "agent-0")
        #expect(rig.drain().map(\.peer) == [rig.slot(1), rig.slot(11)])
        #expect(rig.send(Packets.tcp(anna, inverter, .syn, sequence: 3), from: 1).destination == rig.slot(21))
        #expect(rig.send(Packets.tcp(inverter, anna, [.syn, .ack], sequence: 3), from: 22).verdict == .otherAgent)
        rig.core.setLive(true, agent: rig.slot(11), at: rig.now)
        #expect(rig.core.chosenAgent(of: "park-a") == "agent-0")
        for key in [11, 21, 22] as [UInt8] { rig.core.setLive(false, agent: rig.slot(key), at: rig.now) }
        #expect(rig.send(Packets.udp(anna, inverter), from: 1).verdict == .noLiveAgent)
    }

    @Test("An agent that is replaced takes its flows with it")
    func replacedAgent() {
        var rig = connected()
        rig.view.agents[0].publicKey = Rig.key(31)
        let old = rig.slot(11)
        let applied = rig.publish()
        #expect(applied.removedPeers == [old])
        #expect(rig.drain().map(\.peer) == [rig.slot(1), old])
        rig.core.setLive(true, agent: rig.slot(31), at: rig.now)
        #expect(rig.send(Packets.tcp(anna, inverter, .syn), from: 1).destination == rig.slot(31))
        // Its slot may go to somebody else; the tombstone must not be answered to them.
        rig.view.people[1].publicKey = Rig.key(4)
        rig.publish()
        #expect(rig.slot(4) == old)
        let segment = rig.send(Packets.tcp(anna, inverter, .ack, acknowledgement: 9), from: 1)
        #expect(segment.sent.allSatisfy { $0.peer == rig.slot(1) })
    }
}
