import Foundation
import Testing

@Suite("A hundred plants", .serialized, .timeLimit(.minutes(5)))
struct FleetTests {
    /// Connects to each `address:port` given and prints how many answered in the way of their protocol.
    private static let caller = """
        import socket, sys
        from concurrent.futures import ThreadPoolExecutor
        identity = bytes([0, 1, 0, 0, 0, 6, 1, 3, 0xBF, 0x68, 0, 66])  # register 49000, 66 of them
        def whole(connection, count):
            data = b''
            while len(data) < count:
                more = connection.recv(65536)
                if not more: break
                data += more
            return data
        def call(target):
            address, port, plant = target.split(':')
            with socket.create_connection((address, int(port)), timeout=20) as connection:
                if port == '502':
                    connection.sendall(identity)
                    return plant.encode() + b'\\0' in whole(connection, 141)
                if port == '80':
                    connection.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')
                    return b'X-Plant: ' + plant.encode() + b'\\r\\n' in whole(connection, 1 << 20)
                return connection.recv(255).startswith(b'SSH-2.0-MiroxRig_' + plant.encode().replace(b'-', b'_') + b'/')
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(call, sys.argv[1:]))
        print(sum(answers), 'of', len(answers))
        """

    @Test("come up with five devices each, and every device answers as itself through the tunnel")
    func hundred() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try await ServedLab.serve("Fixtures/sites/hundred-plants.yaml") { lab in
            let seconds = (clock.now - start) / .seconds(1)
            let kibibytes = Processes.descendants(of: lab.up.identifier).map(Processes.proportionalKibibytes).reduce(
                0, +)
            print("100 plants, 500 devices: ready after \(seconds) s, \(kibibytes / 100) KiB of memory a plant")
            var targets: [String] = []
            for plant in 1...100 {
                for (host, port) in [(20, 502), (21, 502), (22, 502), (30, 80), (40, 22)] {
                    targets.append("10.0.\(plant).\(host):\(port):park-\(plant)")
                }
            }
            let called = try await Program.run(
                [Rig.path, "exec", "--lab", lab.label, "emil/laptop", "--", "python3", "-c", Self.caller] + targets,
                seconds: 120)
            #expect(called.output.contains("500 of 500"), "\(called)")
        }
    }
}
