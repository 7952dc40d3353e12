import Foundation
import Testing

extension LiveTests {
    /// A machine of its own behind a plant's network, so that the agent's host routes and says what does not fit; and the kernel's
    /// own TCP through laptop, gateway and agent.
    @Suite("Much, and large, through a lab's tunnels", .serialized)
    struct BulkTests {
        private static let machine = "192.168.1.77"
        private static let bytes = 20 << 20

        /// Starts a client at the machine and waits until it listens.
        private func start(_ lab: TestLab, _ words: String...) async throws -> Program {
            let program = try Program(
                [Rig.path, "exec", "--lab", lab.name, "plant/sonnenfeld", "--", Rig.client("behind.sh")]
                    + [Self.machine, Rig.python] + words)
            try #require(await program.prints("listening\n", seconds: 20), "\(program.printed)")
            return program
        }

        /// 20 MB each way at once between the machine and anna's laptop.
        private func exchange(_ lab: TestLab, port: Int) async throws {
            let (port, bytes) = (String(port), String(Self.bytes))
            let server = try await start(lab, Rig.client("bulk.py"), "serve", Self.machine, port, bytes)
            let clock = ContinuousClock()
            let begin = clock.now
            let client = try await lab.exec(
                "anna/laptop", Rig.python, Rig.client("bulk.py"), "call", Self.machine, port, bytes, seconds: 90)
            #expect(client.output == "received \(bytes) right\n", "\(client)")
            let served = try await server.end(seconds: 30)
            #expect(served.output == "listening\nreceived \(bytes) right\n", "\(served)")
            print("live: 20 MB each way in \(clock.now - begin)")
        }

        private func counter(_ lab: TestLab, _ name: String, above: Int) async throws {
            let seen = try await lab.ask("do", "expect: { counter: { name: \(name), above: \(above) } }")
            #expect(seen.status == 0, "\(seen)")
        }

        @Test("20 MB go both ways at once, byte for byte; then while one packet in fifty is lost")
        func bulk() async throws {
            try await TestLab.serving { lab in
                try await exchange(lab, port: 5001)
                try await counter(lab, "verdict.forwarded", above: 2 * Self.bytes / 1380)
                let fault = try await lab.ask("do", "fault: { id: lossy, uplink-of: sonnenfeld, loss: 2% }")
                try #require(fault.status == 0, "\(fault)")
                try await exchange(lab, port: 5002)
                try await counter(lab, "wan.lost.chance", above: Self.bytes / 1380 / 100)
            }
        }

        @Test("1,500 bytes of a device do not fit an uplink of 1,280: it is told so, and then they come in parts")
        func pathMTU() async throws {
            try await TestLab.serving { lab in
                let narrow = try await lab.exec("plant/sonnenfeld", "ip", "link", "set", "tun0", "mtu", "1280")
                try #require(narrow.status == 0, "\(narrow)")
                let device = try await start(lab, Rig.client("large.py"), "device", Self.machine, "9000")
                let laptop = try await lab.exec(
                    "anna/laptop", Rig.python, Rig.client("large.py"), "laptop", Self.machine, "9000")
                #expect(laptop.output == "whole\n", "\(laptop)")
                let seen = try await device.end(seconds: 20)
                // Told once by the router; the second time its own kernel knows and refuses: EMSGSIZE.
                #expect(
                    seen.output == "listening\nicmp 3/4 mtu 1280 from 192.168.1.254\nerrno 90\nwhole\n", "\(seen)")
                let fragments = try await lab.ask(
                    "do", "expect: { counter: { name: verdict.fragmentWithoutFirst, equals: 0 } }")
                #expect(fragments.status == 0, "\(fragments)")
            }
        }
    }
}
