import AccessModel
import Addressing
import ControlProtocol
import Testing

@testable import TunnelRouting

/// What the kernel's cryptokey routing does with one table for all, the gateway does with one for each person: nobody speaks for a
/// neighbour, however much wider his own range is, and nothing of a removed peer stays.
struct NeighbourTests {
    /// park-c's range holds park-a's; for Anna park-a's part leads to park-a.
    private func rig() -> Rig {
        var rig = Rig()
        rig.view.people[0].routes = [
            RouteEntry(
                range: AddressRange(IPv4Address(192, 168, 0, 0), IPv4Address(192, 168, 0, 255)), plant: "park-c",
                isReachable: true),
            Rig.route("192.168.1.0/24", "park-a"),
            RouteEntry(
                range: AddressRange(IPv4Address(192, 168, 2, 0), IPv4Address(192, 168, 255, 255)), plant: "park-c",
                isReachable: true),
        ]
        rig.view.agents.append(Rig.agent("agent-c", "park-c", key: 13, ["192.168.0.0/16"]))
        rig.publish()
        rig.core.setLive(true, agent: rig.slot(13), at: rig.now)
        return rig
    }

    private let anna = Endpoint(Rig.anna, 40_000)
    private let device = Endpoint(Rig.inverter, 502)

    @Test("an agent with a wider range does not speak for a more specific neighbour")
    func moreSpecific() {
        var rig = rig()
        #expect(rig.send(Packets.udp(anna, device), from: 1).destination == rig.slot(11))
        #expect(rig.send(Packets.udp(device, anna), from: 11).verdict == .forwarded)
        // The same packet from the neighbour, whose own range holds that source.
        let spoofed = rig.send(Packets.udp(device, anna), from: 13)
        #expect(spoofed.verdict == .routedElsewhere && spoofed.destination == nil)
        for packet in [
            Packets.tcp(device, anna, .syn, sequence: 1), Packets.tcp(device, anna, [.rst], sequence: 1),
            Packets.echo(device.address, anna.address, isReply: true),
        ] {
            #expect(rig.send(packet, from: 13).destination == nil)
        }
        // What is its own it may say, once it was asked.
        let own = Endpoint(IPv4Address(192, 168, 77, 5), 502)
        #expect(rig.send(Packets.udp(anna, own), from: 1).destination == rig.slot(13))
        #expect(rig.send(Packets.udp(own, anna), from: 13).verdict == .forwarded)
    }

    @Test("a person does not speak for another one, nor for a plant")
    func people() {
        var rig = rig()
        for source in [Rig.ben, Rig.gateway, Rig.inverter, IPv4Address(0, 0, 0, 0), IPv4Address(127, 0, 0, 1)] {
            let outcome = rig.send(Packets.udp(Endpoint(source, 1), device), from: 1)
            #expect(outcome.verdict == .spoofedSource && outcome.sent.isEmpty, "\(source)")
        }
    }

    @Test("a range that moves to another plant takes the way along, at once and for open flows")
    func movedRange() {
        var rig = rig()
        _ = rig.send(Packets.udp(anna, device), from: 1)
        rig.view.people[0].routes[1].plant = "park-c"
        rig.publish()
        #expect(rig.send(Packets.udp(anna, device), from: 1).destination == rig.slot(13))
        #expect(rig.send(Packets.udp(device, anna), from: 11).verdict == .routedElsewhere)
        #expect(rig.send(Packets.udp(device, anna), from: 13).verdict == .forwarded)
    }

    @Test("of a removed agent or person nothing stays: no way, no source, and the slot's next holder inherits nothing")
    func removed() throws {
        var rig = rig()
        let (agent, person) = (rig.slot(13), rig.slot(2))
        rig.view.agents.removeLast()
        rig.view.people.removeLast()
        rig.publish()
        #expect(rig.core.ingressPrefixes[agent] == nil && rig.core.ingressPrefixes[person] == nil)
        #expect(
            rig.send(Packets.udp(Endpoint(IPv4Address(192, 168, 77, 5), 1), anna), slot: agent).verdict == .stalePeer)
        #expect(rig.send(Packets.udp(Endpoint(Rig.ben, 1), device), slot: person).verdict == .stalePeer)

        rig.view.agents.append(Rig.agent("agent-d", "park-d", key: 14, ["10.9.0.0/16"]))
        rig.publish()
        let new = rig.slot(14)
        #expect([agent, person].contains(new))
        #expect(rig.core.ingressPrefixes[new] == [try #require(Prefix("10.9.0.0/16"))])
        #expect(
            rig.send(Packets.udp(Endpoint(IPv4Address(192, 168, 77, 5), 1), anna), slot: new).verdict
                == .sourceOutsidePlant)
    }
}
