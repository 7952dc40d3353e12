import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase
import TunnelRouting
import WireGuardProtocol

/// Laptop, gateway and agent with real cryptography, in memory and virtual time.
@Suite("Two hops in memory")
struct TwoHopTests {
    static let annaAddress = IPv4Address(100, 64, 0, 5)
    static let benAddress = IPv4Address(100, 64, 0, 6)
    static let lan = [Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)]
    let device = Endpoint(IPv4Address(192, 168, 1, 20), 502)
    let world: World
    let anna: World.Node
    let ben: World.Node
    let parkA: World.Node
    let parkB: World.Node
    let annaPort = Endpoint(annaAddress, 40_000)

    /// Both parks use 192.168.1.0/24; Anna's winner is park-a, Ben's park-b.
    init() throws {
        world = try World()
        world.view = ReleasedView(
            people: [
                try Self.person("anna", 1, Self.annaAddress, to: "park-a"),
                try Self.person("ben", 2, Self.benAddress, to: "park-b"),
            ],
            agents: [
                AgentEntry(
                    agent: "agent-a", plant: "park-a", publicKey: try World.key(11).publicKey, subnets: Self.lan),
                AgentEntry(
                    agent: "agent-b", plant: "park-b", publicKey: try World.key(12).publicKey, subnets: Self.lan),
            ])
        try world.publish()
        let allowed = [
            Prefix(around: IPv4Address(192, 168, 0, 0), length: 16), Prefix(around: World.gatewayTunnel, length: 32),
        ]
        parkA = try world.addNode(
            "park-a", key: 11, wan: Endpoint(IPv4Address(198, 18, 0, 1), 51_821), allowed: [World.pool], keepalive: 25)
        parkB = try world.addNode(
            "park-b", key: 12, wan: Endpoint(IPv4Address(198, 18, 0, 2), 51_821), allowed: [World.pool], keepalive: 25)
        anna = try world.addNode(
            "anna", key: 1, wan: Endpoint(IPv4Address(198, 51, 100, 7), 50_000), allowed: allowed, keepalive: nil)
        ben = try world.addNode(
            "ben", key: 2, wan: Endpoint(IPv4Address(198, 51, 100, 8), 50_000), allowed: allowed, keepalive: nil)
    }

    static func person(_ id: PersonID, _ key: UInt8, _ address: IPv4Address, to plant: PlantID?) throws -> PersonEntry {
        PersonEntry(
            person: id, publicKey: try World.key(key).publicKey, tunnelAddress: address,
            routes: plant.map { [RouteEntry(range: lan[0].range, plant: $0, isReachable: true)] } ?? [])
    }

    func count(_ verdict: Verdict) -> UInt64 { world.core.count(of: verdict) }

    @Test("A ping goes to the person's own plant and comes back; the first packet makes the handshake")
    func ping() {
        let request = Packets.echo(Self.annaAddress, device.address, id: 5)
        world.send(request, from: anna)
        #expect(Packets.sameButHops(parkA.inbox.first, request))
        #expect(parkB.inbox.isEmpty)
        let reply = Packets.echo(device.address, Self.annaAddress, id: 5, isReply: true)
        world.send(reply, from: parkA)
        #expect(Packets.sameButHops(anna.inbox.first, reply))
        world.send(Packets.echo(Self.benAddress, device.address, id: 5), from: ben)
        #expect(parkB.inbox.count == 1 && parkA.inbox.count == 1)
        world.send(Packets.echo(Self.annaAddress, World.gatewayTunnel, id: 6), from: anna)
        #expect(anna.inbox.count == 2)
        #expect(anna.inbox.last == Packets.echo(World.gatewayTunnel, Self.annaAddress, id: 6, isReply: true))
        #expect(count(.forwarded) == 3 && count(.echoAnswered) == 1)
    }

    /// Opens a connection of Anna's to the device and moves one byte each way.
    func connect() {
        world.send(Packets.tcp(annaPort, device, .syn, sequence: 100), from: anna)
        world.send(Packets.tcp(device, annaPort, [.syn, .ack], sequence: 900, acknowledgement: 101), from: parkA)
        world.send(Packets.tcp(annaPort, device, .ack, sequence: 101, acknowledgement: 901, payload: [1]), from: anna)
        world.send(Packets.tcp(device, annaPort, .ack, sequence: 901, acknowledgement: 102, payload: [2]), from: parkA)
        anna.inbox.removeAll()
        parkA.inbox.removeAll()
    }

    @Test("A switch resets both ends of a connection; what the loser says later never reaches the person")
    func switchWinner() throws {
        connect()
        world.view.people[0] = try Self.person("anna", 1, Self.annaAddress, to: "park-b")
        try world.publish()
        let up = Packets.read(anna.inbox.first)
        let down = Packets.read(parkA.inbox.first)
        #expect(up?.flags.contains(.rst) == true && up?.sequence == 902 && up?.source == device.address)
        #expect(down?.flags.contains(.rst) == true && down?.sequence == 102 && down?.source == Self.annaAddress)
        anna.inbox.removeAll()
        parkA.inbox.removeAll()
        world.send(Packets.tcp(device, annaPort, .ack, sequence: 902, acknowledgement: 102, payload: [3]), from: parkA)
        world.send(Packets.udp(device, annaPort), from: parkA)
        #expect(anna.inbox.isEmpty)
        #expect(Packets.read(parkA.inbox.first)?.sequence == 102)
        #expect(count(.resetAnswered) == 1 && count(.routedElsewhere) == 1)
        world.send(Packets.tcp(annaPort, device, .syn, sequence: 5000), from: anna)
        #expect(Packets.read(parkB.inbox.first)?.flags == .syn && parkA.inbox.count == 1)
    }

    @Test("A revoked person hears the reset under the old keys, and then nothing passes under them")
    func revoke() throws {
        connect()
        world.view.people.removeFirst()
        try world.publish()
        #expect(Packets.read(anna.inbox.first)?.flags.contains(.rst) == true)
        #expect(Packets.read(parkA.inbox.first)?.flags.contains(.rst) == true)
        let before = count(.forwarded)
        parkA.inbox.removeAll()
        world.send(Packets.tcp(annaPort, device, .syn, sequence: 1), from: anna)
        world.pass(.seconds(20))
        #expect(parkA.inbox.isEmpty && count(.forwarded) == before)
        #expect(world.gateway.peer(for: try World.key(1).publicKey) == nil)
    }

    @Test("A rotated key: the old one is refused, the new one connects and opens flows again")
    func rotate() throws {
        connect()
        world.view.people[0].publicKey = try World.key(3).publicKey
        try world.publish()
        #expect(Packets.read(anna.inbox.first)?.flags.contains(.rst) == true)
        parkA.inbox.removeAll()
        world.send(Packets.udp(annaPort, device), from: anna)
        world.pass(.seconds(6))
        #expect(parkA.inbox.isEmpty)
        let renewed = try world.addNode(
            "anna", key: 3, wan: Endpoint(IPv4Address(198, 51, 100, 7), 50_001), allowed: Self.lan, keepalive: nil)
        world.send(Packets.udp(annaPort, device), from: renewed)
        #expect(parkA.inbox.count == 1)
    }

    @Test("Refusals come back through the tunnel with their code")
    func refusals() throws {
        world.send(Packets.udp(annaPort, Endpoint(IPv4Address(192, 168, 77, 1), 80)), from: anna)
        let refusal = Packets.read(anna.inbox.first)
        #expect(refusal?.type == 3 && refusal?.code == 13 && refusal?.source == World.gatewayTunnel)
        #expect(count(.noPermission) == 1)
    }

    @Test(
        "User to user, plant to plant, spoofed sources and unasked packets end at the gateway, each with its own counter"
    )
    func forbidden() {
        world.send(Packets.echo(Self.annaAddress, device.address, id: 1), from: anna)
        world.send(Packets.echo(Self.benAddress, device.address, id: 1), from: ben)
        for node in [anna, ben, parkA, parkB] { node.inbox.removeAll() }
        world.forge(Packets.udp(annaPort, Endpoint(Self.benAddress, 1)), from: anna)
        world.forge(Packets.udp(Endpoint(Self.benAddress, 1), device), from: anna)
        world.forge(Packets.udp(device, Endpoint(IPv4Address(192, 168, 1, 99), 1)), from: parkA)
        world.forge(Packets.udp(Endpoint(IPv4Address(10, 0, 0, 1), 1), annaPort), from: parkA)
        world.forge(Packets.tcp(device, annaPort, .syn, sequence: 1), from: parkA)
        world.forge(Packets.echo(device.address, Self.annaAddress, id: 1, isReply: true), from: parkB)
        #expect(ben.inbox.isEmpty && parkA.inbox.isEmpty && parkB.inbox.isEmpty)
        // Anna gets the refusal about her packet to Ben, and nothing else.
        #expect(anna.inbox.count == 1 && Packets.read(anna.inbox.first)?.code == 13)
        for verdict in [
            Verdict.userToUser, .spoofedSource, .plantToPlant, .sourceOutsidePlant, .noFlow, .routedElsewhere,
        ] {
            #expect(count(verdict) == 1, "\(verdict)")
        }
    }

    @Test(
        "Ends check for themselves: a laptop takes nothing from outside its allowed IPs, an agent nothing from outside the pool"
    )
    func ends() {
        world.send(Packets.udp(annaPort, Endpoint(IPv4Address(8, 8, 8, 8), 53)), from: anna)
        #expect(anna.core.count(of: .destinationNotAllowed) == 1 && count(.noPermission) == 0)
    }

    @Test("A connection that idles past a re-key still works, and each side saw one plant only")
    func rekey() {
        connect()
        for _ in 0..<30 {
            world.pass(.seconds(20))
            world.send(
                Packets.tcp(annaPort, device, .ack, sequence: 102, acknowledgement: 902, payload: [7]), from: anna)
            world.send(
                Packets.tcp(device, annaPort, .ack, sequence: 902, acknowledgement: 103, payload: [8]), from: parkA)
        }
        #expect(parkA.inbox.count == 30 && anna.inbox.count == 30 && parkB.inbox.isEmpty)
    }

    @Test("Random traffic reaches exactly whom the view says", arguments: 0..<6)
    func random(seed: UInt64) throws {
        var state = seed &+ 99
        func dice(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }
        let plants: [(PlantID, World.Node)] = [("park-a", parkA), ("park-b", parkB)]
        let people: [(PersonID, World.Node, IPv4Address, UInt8)] = [
            ("anna", anna, Self.annaAddress, 1), ("ben", ben, Self.benAddress, 2),
        ]
        var reached = 0
        for _ in 0..<40 {
            var table: [PersonID: [PlantID?]] = [:]
            for (index, person) in people.enumerated() {
                // Eight ranges of 32 addresses, each to a plant, to nobody, or not there at all.
                let targets = (0..<8).map { _ in [PlantID?.some("park-a"), "park-b", nil][dice(3)] }
                table[person.0] = targets
                world.view.people[index].routes = targets.enumerated().compactMap { index, plant in
                    let lower = IPv4Address(192, 168, 1, UInt8(index * 32))
                    return plant.map {
                        RouteEntry(
                            range: AddressRange(lower, IPv4Address(number: lower.number + 31)), plant: $0,
                            isReachable: true)
                    }
                }
            }
            try world.publish()
            for node in [anna, ben, parkA, parkB] { node.inbox.removeAll() }
            for _ in 0..<20 {
                let person = people[dice(2)]
                let target = IPv4Address(192, 168, 1, UInt8(dice(256)))
                let packet = Packets.udp(Endpoint(person.2, UInt16(1 + dice(9))), Endpoint(target, 9))
                world.send(packet, from: person.1)
                let expected = table[person.0]?[Int(target.number & 255) / 32]
                for (plant, node) in plants {
                    #expect(node.inbox.count == (plant == expected ? 1 : 0))
                    #expect(plant != expected || Packets.sameButHops(node.inbox.first, packet))
                    if plant == expected { reached += 1 }
                    node.inbox.removeAll()
                }
            }
        }
        #expect(reached > 300)
    }
}
