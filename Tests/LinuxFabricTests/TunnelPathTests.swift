import Addressing
import Glibc
import LinuxFabric
import Synchronization
import TestInside
import Testing
import Timebase

/// Hands packets from one TUN to another, both ways: a tunnel without the tunnel.
private final class Relay: EventHandler {
    private let ends: [TunDevice]
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)
    private(set) var packets = 0

    init(_ poller: Poller, _ ends: [TunDevice]) throws {
        self.ends = ends
        for (index, end) in ends.enumerated() { try poller.watch(end.number, token: UInt64(index)) }
    }

    deinit {
        room.deallocate()
    }

    func ready(_ token: UInt64, _ readiness: Readiness) {
        while let count = ends[Int(token)].read(into: room)?.byteCount {
            ends[1 - Int(token)].write(UnsafeRawBufferPointer(rebasing: room[..<count]))
            packets += 1
        }
    }

    func deadlinePassed(at now: Moment) {}
    func batchEnded(at now: Moment) {}
}

/// Runs inside; `InsideTests` starts it.
@Suite(.enabled(if: TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct TunnelPathTests {
    @Test("TCP from a laptop to a device behind a masquerading agent, over two TUNs")
    func connection() async throws {
        let plant = NodeConfiguration.plant(subnets: [lan], devices: [inverter], agent: agent, pool: pool)
        try await withNamespace("plant/park-a", plant) { plant, plantTuns in
            try await withNamespace("anna/laptop", .laptop(tunnel: person, allowed: [lan])) { laptop, laptopTuns in
                let ends = plantTuns + laptopTuns
                let relay = try EventLoop(name: "relay") { try Relay($0, ends) }
                let server = try plant.perform { try Self.listen(Endpoint(inverter, 80)) }
                let client = try laptop.perform { try Self.connect(Endpoint(inverter, 80)) }
                let accepted = accept(server.number, nil, nil)
                let connection = Descriptor(owning: try #require(accepted >= 0 ? accepted : nil))
                let start = Moment.now
                let rounds = 200
                for _ in 0..<rounds {
                    var byte: UInt8 = 42
                    #expect(write(client.number, &byte, 1) == 1 && read(connection.number, &byte, 1) == 1)
                    #expect(write(connection.number, &byte, 1) == 1 && read(client.number, &byte, 1) == 1)
                }
                print("a round trip over two TUNs: \(Moment.now.since(start).seconds * 1000 / Double(rounds)) ms")
                #expect(try await relay.call { $0.packets } >= rounds * 2)
                relay.stop()
                #expect(await relay.waitForEnd() == nil)
                await #expect(throws: LinuxError.self) { try await relay.call { $0.packets } }
            }
        }
    }

    private static func address(_ endpoint: Endpoint) -> sockaddr_in {
        sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: endpoint.port.bigEndian,
            sin_addr: in_addr(s_addr: endpoint.address.number.bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
    }

    private static func open(
        _ endpoint: Endpoint, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws(LinuxError) -> Descriptor {
        let socket = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var name = address(endpoint)
        let number = socket.number
        var limit = timeval(tv_sec: 3, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] { setsockopt(number, SOL_SOCKET, option, &limit, size) }
        let isDone = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard isDone else { throw LinuxError("TCP \(endpoint)", errno) }
        return socket
    }

    private static func listen(_ endpoint: Endpoint) throws(LinuxError) -> Descriptor {
        try open(endpoint) { bind($0, $1, $2) == 0 && Glibc.listen($0, 8) == 0 }
    }

    private static func connect(_ endpoint: Endpoint) throws(LinuxError) -> Descriptor {
        try open(endpoint) { Glibc.connect($0, $1, $2) == 0 }
    }
}
