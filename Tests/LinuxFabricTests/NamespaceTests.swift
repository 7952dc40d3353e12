import Addressing
import Glibc
import LinuxFabric
import TestInside
import Testing
import Timebase

/// Runs inside; `InsideTests` starts it.
@Suite(.enabled(if: TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct NamespaceTests {
    init() throws {
        try #require(TestInside.problem == nil)
    }

    @Test("A packet written to the TUN reaches a UDP socket, and its answer comes out")
    func tunToSocket() async throws {
        let configuration = NodeConfiguration(
            tuns: [.init(addresses: [InterfaceAddress(person)])],
            routes: [
                Route(lan, to: .device("tun0"))
            ])
        try await withNamespace("anna/laptop", configuration) { namespace, tuns in
            let socket = try namespace.perform {
                try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), 7000))
            }
            let remote = Endpoint(inverter, 9000)
            tuns[0].write(Packet(remote, Endpoint(person, 7000), "question").bytes)
            let received = try socket.next()
            #expect(received == .init(text: "question", remote: remote, local: person))
            try socket.send("answer".utf8, to: remote)
            #expect(tuns[0].nextPacket() == Packet(Endpoint(person, 7000), remote, "answer"))
        }
    }

    @Test("A device has no way back to the pool unless the agent is its gateway", arguments: [false, true])
    func wayBack(isGateway: Bool) async throws {
        let configuration = NodeConfiguration.plant(
            subnets: [lan], devices: [inverter], agent: agent, pool: pool, mode: .routed,
            devicesUseAgentAsGateway: isGateway)
        try await withNamespace("plant/routed", configuration) { namespace, tuns in
            let device = try namespace.perform {
                try UDPSocket(bind: Endpoint(inverter, 502))
            }
            let laptop = Endpoint(person, 40000)
            tuns[0].write(Packet(laptop, Endpoint(inverter, 502), "question").bytes)
            #expect(try device.next() == .init(text: "question", remote: laptop, local: inverter))
            if isGateway {
                try device.send("answer".utf8, to: laptop)
                #expect(tuns[0].nextPacket() == Packet(Endpoint(inverter, 502), laptop, "answer"))
            } else {
                #expect(throws: LinuxError.self) { try device.send("answer".utf8, to: laptop) }
                #expect(tuns[0].nextPacket(milliseconds: 20) == nil)
            }
        }
    }

    @Test("The agent masquerades: the device sees the agent's address, the answer leaves for the person")
    func masquerade() async throws {
        let configuration = NodeConfiguration.plant(subnets: [lan], devices: [inverter], agent: agent, pool: pool)
        try await withNamespace("plant/park-a", configuration) { namespace, tuns in
            let device = try namespace.perform {
                try UDPSocket(bind: Endpoint(inverter, 502))
            }
            let laptop = Endpoint(person, 40000)
            for round in 0..<2 {
                tuns[0].write(Packet(laptop, Endpoint(inverter, 502), "question \(round)").bytes)
                let received = try #require(try device.next())
                #expect(received.text == "question \(round)")
                #expect(received.remote.address == agent)
                try device.send("answer".utf8, to: received.remote)
                #expect(tuns[0].nextPacket() == Packet(Endpoint(inverter, 502), laptop, "answer"))
                // Applying again leaves connections alone.
                try namespace.apply(configuration)
            }
        }
    }

    @Test("Masquerade: ping is answered by the device's address, a closed port by ICMP")
    func masqueradeICMP() async throws {
        let configuration = NodeConfiguration.plant(subnets: [lan], devices: [inverter], agent: agent, pool: pool)
        try await withNamespace("plant/park-a", configuration) { _, tuns in
            var echo: [UInt8] = [8, 0, 0, 0, 0x12, 0x34, 0, 1]
            let sum = Packet.checksum(echo)
            echo[2] = UInt8(sum >> 8)
            echo[3] = UInt8(sum & 255)
            tuns[0].write(Packet.ip(1, person, inverter, echo))
            let reply = try #require(tuns[0].nextBytes())
            #expect(Array(reply[12..<20]) == [192, 168, 1, 20, 100, 64, 0, 5])
            #expect(Array(reply[20..<22]) == [0, 0])

            let closed = Packet(Endpoint(person, 40000), Endpoint(inverter, 81), "nobody").bytes
            tuns[0].write(closed)
            let error = try #require(tuns[0].nextBytes())
            #expect(Array(error[12..<22]) == [192, 168, 1, 20, 100, 64, 0, 5, 3, 3])
            #expect(Array(error[40..<48]) == Array(closed[12..<20]), "the quoted packet is the person's own")
        }
    }

    @Test("With two agents at one plant, an answer leaves through the tunnel that the question came by")
    func twoAgents() async throws {
        let second = IPv4Address(192, 168, 1, 2)
        var configuration = NodeConfiguration.plant(
            subnets: [lan], devices: [inverter, second], agent: agent, pool: pool)
        let table = RoutingTable(number: 102, name: "second")
        configuration.tuns.append(.init(name: "tun1"))
        configuration.masquerades.append(.init(device: "tun1", pool: pool, to: second, mark: 2))
        configuration.routes.append(Route(pool, to: .device("tun1"), table: table))
        configuration.rules.append(RoutingRule(mark: 2, table: table, priority: 901))
        try await withNamespace("plant/two-agents", configuration) { namespace, tuns in
            let device = try namespace.perform { try UDPSocket(bind: Endpoint(inverter, 502)) }
            for (index, address) in [agent, second].enumerated() {
                let laptop = Endpoint(person, UInt16(40000 + index))
                tuns[index].write(Packet(laptop, Endpoint(inverter, 502), "question").bytes)
                let received = try #require(try device.next())
                #expect(received.remote.address == address)
                try device.send("answer".utf8, to: received.remote)
                #expect(tuns[index].nextPacket() == Packet(Endpoint(inverter, 502), laptop, "answer"))
            }
        }
    }

    @Test("A laptop's own LAN wins over an equal prefix of the tunnel, not over a longer one")
    func homeLAN() async throws {
        let home = InterfaceAddress(IPv4Address(192, 168, 1, 77), length: 24)
        let longer = Prefix(around: IPv4Address(192, 168, 1, 128), length: 25)
        let configuration = NodeConfiguration.laptop(tunnel: person, allowed: [lan, longer], home: home)
        try await withNamespace("anna/laptop", configuration) { namespace, tuns in
            let socket = try namespace.perform { try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), 7000)) }
            try socket.send("to the neighbour".utf8, to: Endpoint(inverter, 502))
            let covered = Endpoint(IPv4Address(192, 168, 1, 200), 502)
            try socket.send("through the tunnel".utf8, to: covered)
            #expect(tuns[0].nextPacket() == Packet(Endpoint(person, 7000), covered, "through the tunnel"))
            #expect(tuns[0].nextPacket(milliseconds: 20) == nil)
            #expect(tuns[1].nextPacket()?.source == Endpoint(home.address, 7000))
        }
    }

    @Test("Every address of a local prefix can be bound, and a datagram tells which one it hit")
    func internet() async throws {
        let wan = try #require(Prefix("198.18.0.0/15"))
        let gateways = try #require(Prefix("203.0.113.0/24"))
        try await withNamespace("internet", .internet([wan, gateways])) { namespace, _ in
            let gateway = Endpoint(IPv4Address(203, 0, 113, 1), 51820)
            let (everybody, server) = try namespace.perform {
                (
                    try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), 40000)), try UDPSocket(bind: gateway)
                )
            }
            let site = IPv4Address(198, 19, 3, 4)
            try everybody.send("from a site".utf8, to: gateway, from: site)
            let received = try server.next()
            #expect(received == .init(text: "from a site", remote: Endpoint(site, 40000), local: gateway.address))
            try server.send("back".utf8, to: Endpoint(site, 40000))
            #expect(try everybody.next() == .init(text: "back", remote: gateway, local: site))
        }
    }

    @Test("A batch is received in order, and one refused datagram does not hold up the rest")
    func batches() async throws {
        let wan = try #require(Prefix("198.18.0.0/15"))
        try await withNamespace("internet", .internet([wan])) { namespace, _ in
            let here = Endpoint(IPv4Address(198, 18, 0, 1), 4000)
            let (sender, receiver) = try namespace.perform {
                (try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), 0)), try UDPSocket(bind: here))
            }
            let queue = DatagramQueue()
            for index in 0..<100 {
                let remote = index == 50 ? Endpoint(IPv4Address(9, 9, 9, 9), 1) : here
                withUnsafeBytes(of: UInt8(index)) { queue.append(copying: $0, to: remote) }
            }
            #expect(sender.send(queue) == 99)
            #expect(queue.refused == 1)
            #expect(queue.count == 0)
            let batch = DatagramBatch()
            var seen: [UInt8] = []
            while try receiver.receive(into: batch) > 0 {
                for index in 0..<batch.count { seen.append(batch.payload(index)[0]) }
            }
            #expect(seen == (0..<100).filter { $0 != 50 })
            #expect(try receiver.receive(into: batch) == 0)
        }
    }

    @Test("An ICMP refusal is read from the error queue with its type and code")
    func errorQueue() async throws {
        let configuration = NodeConfiguration.laptop(tunnel: person, allowed: [lan])
        try await withNamespace("anna/laptop", configuration) { namespace, tuns in
            let socket = try namespace.perform {
                try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), 0))
            }
            try socket.enableErrorQueue()
            try socket.send("anybody".utf8, to: Endpoint(inverter, 502))
            let packet = try #require(tuns[0].nextBytes())
            let gateway = IPv4Address(100, 64, 0, 1)
            tuns[0].write(Packet.unreachable(code: 13, from: gateway, about: packet))
            #expect(socket.waitUntilReadable(milliseconds: 1000))
            let error = try #require(try socket.nextError())
            #expect(error.type == 3 && error.code == 13)
            #expect(error.reporter == gateway)
            #expect(error.destination == Endpoint(inverter, 502))
            #expect(try socket.nextError() == nil)
        }
    }

    @Test("A partition drops the ways it names and no other, and ends")
    func partition() async throws {
        let wan = try #require(Prefix("198.18.0.0/15"))
        try await withNamespace("internet", .internet([wan])) { namespace, _ in
            let ends = [1, 2, 3].map { Endpoint(IPv4Address(198, 18, 0, $0), 4000) }
            let sockets = try namespace.perform {
                var sockets: [UDPSocket] = []
                for end in ends { sockets.append(try UDPSocket(bind: end)) }
                return sockets
            }
            func passes(_ from: Int, _ to: Int) throws -> Bool {
                // The firewall's drop is told to the sender as a refusal.
                try? sockets[from].send("hello".utf8, to: ends[to])
                return try sockets[to].next(milliseconds: 20) != nil
            }
            let cut = AddressWay.between(ends[0].address, ends[1].address)
            for _ in 0..<2 { try namespace.drop(cut) }
            #expect(try !passes(0, 1) && !passes(1, 0))
            #expect(try passes(0, 2) && passes(2, 1))
            try namespace.drop([AddressWay(from: ends[0].address, to: ends[1].address)])
            #expect(try !passes(0, 1) && passes(1, 0))
            try namespace.drop([AddressWay(from: ends[0].address, to: nil)])
            #expect(try !passes(0, 1) && !passes(0, 2) && passes(2, 0))
            try namespace.drop([])
            #expect(try passes(0, 1) && passes(1, 0))
        }
    }

    @Test("A pair of Ethernet devices joins two namespaces")
    func vethPair() async throws {
        try await withNamespace("one") { one, _ in
            try await withNamespace("other") { other, _ in
                try one.apply([.pair(device: "wan0", peer: "eth0", in: other)])
                let near = InterfaceAddress(IPv4Address(203, 0, 113, 1), length: 30)
                let far = InterfaceAddress(IPv4Address(203, 0, 113, 2), length: 30)
                try one.apply([.add(near, device: "wan0"), .up(device: "wan0", mtu: nil)])
                try other.apply([
                    .add(far, device: "eth0"), .up(device: "eth0", mtu: 1400),
                    .route(
                        Route(
                            Prefix(around: IPv4Address(0, 0, 0, 0), length: 0),
                            to: .gateway(near.address, device: "eth0"))),
                ])
                let server = try one.perform {
                    try UDPSocket(bind: Endpoint(near.address, 5000))
                }
                let client = try other.perform {
                    try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), 6000))
                }
                var remote: Endpoint?
                for _ in 0..<40 where remote == nil {
                    try client.send("over the wire".utf8, to: server.local)
                    remote = try server.next(milliseconds: 50)?.remote
                }
                #expect(remote == Endpoint(far.address, 6000))
                try one.apply([.delete(device: "wan0")])
            }
        }
    }

    @Test("A program sees the network of its node, and the ordinary limit of open files")
    func program() async throws {
        try await withNamespace("anna/laptop", .laptop(tunnel: person, allowed: [lan])) { namespace, _ in
            let devices = try await outcome(of: "cat", ["/proc/net/dev"], network: namespace)
            #expect(devices.status.isSuccess)
            #expect(devices.output.contains("tun0:"))
            let limit = try await outcome(of: "sh", ["-c", "ulimit -Sn; kill -9 $$"], network: namespace)
            #expect(limit.output == "1024")
            #expect(limit.status == .signaled(9))
        }
        #expect(throws: LinuxError("starting /nowhere", ENOENT)) {
            _ = try ChildProgram(.init(executable: "/nowhere"))
        }
    }

    @Test("A failing change is named, and what can stand already may be applied again")
    func failures() async throws {
        try await withNamespace("one") { namespace, _ in
            let lost = Route(lan, to: .gateway(IPv4Address(10, 9, 9, 9), device: "lo"))
            let loopback = NetworkChange.up(device: "lo", mtu: nil)
            let error = #expect(throws: LinuxError.self) { try namespace.apply([loopback, .route(lost), loopback]) }
            #expect(error?.operation == "ip route replace 192.168.1.0/24 via 10.9.9.9 dev lo")
            let plant = NodeConfiguration.plant(subnets: [lan], devices: [inverter], agent: agent, pool: pool)
            for _ in 0..<2 { _ = try NetworkNamespace.prepare(at: namespace.path, configuration: plant) }
            try namespace.apply([.remove(InterfaceAddress(inverter), device: "lo")])
            try namespace.apply([.remove(InterfaceAddress(inverter), device: "lo")])
        }
        #expect(throws: LinuxError.self) { try NetworkNamespace(existingAt: "/run/netns/none").apply([]) }
    }

    @Test("Two hundred plants are set up quickly, and leave no descriptor and no mount")
    func manyPlants() throws {
        try OpenFiles.raiseLimit()
        _ = try NetworkNamespace.create(at: "/run/netns/warm").remove()
        let descriptors = OpenFiles.list().count
        let mounts = try namespaceMounts()
        let count = 200
        let devices = (20..<30).map { IPv4Address(192, 168, 1, $0) }
        var plants: [NetworkNamespace] = []
        var quickest = Span.seconds(3600)
        let start = Moment.now
        while plants.count < count {
            let batchStart = Moment.now
            for _ in 0..<20 {
                plants.append(
                    try NetworkNamespace.create(
                        at: "/run/netns/plant/p\(plants.count)",
                        configuration: .plant(subnets: [lan], devices: devices, agent: agent, pool: pool)
                    ).namespace)
            }
            quickest = min(quickest, Moment.now.since(batchStart))
        }
        print("\(count) plants in \(Int(Moment.now.since(start).seconds * 1000)) ms")
        // The goal is 0.4 s for all; the quickest tenth is held to it, since others may be at work on this machine.
        #expect(quickest.seconds * 10 < 0.8)
        #expect(try namespaceMounts() == mounts + count)
        for plant in plants { try plant.remove() }
        #expect(try namespaceMounts() == mounts)
        #expect(OpenFiles.list().count == descriptors)
    }
}
