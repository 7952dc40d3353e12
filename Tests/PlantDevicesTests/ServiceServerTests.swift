import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Service PCs under the OpenSSH client.
@Suite struct ServiceServerTests {
    private static let identity = DeviceIdentity(plant: "park-a", device: "service-pc")
    private static let seed = [UInt8](0..<32)

    /// A service PC, what a client needs to reach it, and a folder for its files.
    private struct Desk {
        let fleet: DeviceFleet
        let port: UInt16
        let folder: URL

        /// Runs the OpenSSH client, which trusts no other host key than ours.
        func ssh(
            _ arguments: [String], user: String = "service", key: String? = "key", password: String? = nil,
            input: String? = nil, bytes: [UInt8] = [], port: UInt16? = nil, limitSeconds: Double = 20
        ) async throws -> Program {
            var options = [
                "-F", "/dev/null", "-p", "\(port ?? self.port)", "-l", user, "-o", "StrictHostKeyChecking=yes",
                "-o", "UserKnownHostsFile=\(folder.appending(path: "known_hosts").path)", "-o", "IdentitiesOnly=yes",
                "-o", "IdentityAgent=none", "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=10",
                "-o", "LogLevel=ERROR",
            ]
            var environment: [String: String] = [:]
            if let password {
                environment = [
                    "SSH_ASKPASS": Program.client("askpass"), "SSH_ASKPASS_REQUIRE": "force", "DESK_PASSWORD": password,
                ]
                options += ["-o", "PreferredAuthentications=password"]
            } else if let key {
                options += ["-i", folder.appending(path: key).path, "-o", "PreferredAuthentications=publickey"]
            }
            return try await Program.run(
                "ssh", options + [Listener.host] + arguments, environment: environment, input: input, bytes: bytes,
                limitSeconds: limitSeconds)
        }

        var counters: DeviceCounters { fleet.counters(ServiceServerTests.identity) ?? DeviceCounters() }

        /// Waits until the device has seen that, for at most five seconds.
        func until(_ holds: (DeviceCounters) -> Bool) async throws -> Bool {
            for _ in 0..<500 {
                if holds(counters) { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return false
        }
    }

    private func withDesk(sessionLimit: Int = 8, _ body: (Desk) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "desk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["key", "stranger"] {
            let made = try await Program.run(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.appending(path: name).path])
            #expect(made.status == 0)
        }
        let publicKey = try String(contentsOf: folder.appending(path: "key.pub"), encoding: .utf8)
        let configuration = ServicePCConfiguration(
            users: [
                .init(name: "service", password: "plant-park-a", publicKeys: [publicKey]),
                .init(name: "guest", password: "guest"),
            ], hostKeySeed: Self.seed, sessionLimit: sessionLimit)
        try await withDevice(.servicePC(configuration), as: Self.identity) { fleet, port in
            let known = "[\(Listener.host)]:\(port) \(try ServiceHostKey(seed: Self.seed).publicText)\n"
            try Data(known.utf8).write(to: folder.appending(path: "known_hosts"))
            try await body(Desk(fleet: fleet, port: port, folder: folder))
        }
    }

    @Test("The version string tells plant and device, without the characters that SSH forbids")
    func version() async throws {
        try await withDesk { desk in
            let client = try Client(port: desk.port)
            let greeting = String(decoding: client.receive(atMost: 255) ?? [], as: UTF8.self)
            #expect(greeting == "SSH-2.0-MiroxRig_park_a/service_pc\r\n")
        }
    }

    @Test("A key of the user opens the door, and a command's output, errors and status come through")
    func key() async throws {
        try await withDesk { desk in
            let name = try await desk.ssh(["hostname"])
            #expect(name.status == 0 && name.output == "park-a-service-pc\n", "\(name.errors)")
            let unknown = try await desk.ssh(["reboot"])
            #expect(unknown.status == 127 && unknown.errors == "sh: reboot: command not found\n")
            let address = try await desk.ssh(["ip", "addr"])
            #expect(address.output.contains("inet \(Listener.host)/24"))
            #expect(try await desk.until { $0.open == 0 })
            #expect(desk.counters.connections == 3 && desk.counters.requests == 3 && desk.counters.refusals == 0)
        }
    }

    @Test("A password opens the door of its own user; nothing else does")
    func password() async throws {
        try await withDesk { desk in
            let right = try await desk.ssh(["whoami"], user: "guest", password: "guest")
            #expect(right.status == 0 && right.output == "guest\n", "\(right.errors)")
            #expect(desk.counters.refusals == 0)
            let wrong = try await desk.ssh(["whoami"], user: "guest", password: "plant-park-a")
            #expect(wrong.status == 255 && wrong.errors.contains("Permission denied"), "\(wrong.errors)")
            #expect(try await desk.ssh(["whoami"], user: "nobody", password: "guest").status == 255)
            #expect(try await desk.ssh(["whoami"], key: "stranger").status == 255)
            #expect(try await desk.ssh(["whoami"], user: "guest").status == 255)
            #expect(desk.counters.refusals == 4 && desk.counters.requests == 1)
        }
    }

    @Test("Another host key is another device")
    func hostKey() async throws {
        try await withDesk { desk in
            let other = try ServiceHostKey(seed: [UInt8](repeating: 9, count: 32))
            #expect(try ServiceHostKey(seed: Self.seed) == ServiceHostKey(seed: Self.seed))
            #expect(throws: DeviceProblem.self) { try ServiceHostKey(seed: [1, 2, 3]) }
            try Data("[\(Listener.host)]:\(desk.port) \(other.publicText)\n".utf8)
                .write(to: desk.folder.appending(path: "known_hosts"))
            let program = try await desk.ssh(["hostname"])
            #expect(program.status == 255 && program.errors.contains("host key"), "\(program.errors)")
        }
    }

    @Test("A shell without a terminal runs its input and ends with it")
    func script() async throws {
        try await withDesk { desk in
            let program = try await desk.ssh(["-T"], input: "whoami\ncat /etc/plant\nexit 5\n")
            #expect(program.output == "service\nplant=park-a\ndevice=service-pc\n")
            #expect(program.status == 5)
            #expect(try await desk.ssh(["-T"], input: "").status == 0)
        }
    }

    @Test("A shell with a terminal echoes, prompts and can be interrupted")
    func terminal() async throws {
        try await withDesk { desk in
            let program = try await desk.ssh(["-tt"], input: "hostname\rsleep 60\r\u{3}exit 3\r")
            #expect(program.output.contains("service@park-a-service-pc:~$ hostname\r\npark-a-service-pc\r\n"))
            #expect(program.output.contains("sleep 60\r\n^C\r\n"))
            #expect(program.status == 3)
        }
    }

    @Test("Much output reaches a client whole, and sessions side by side do not mix")
    func load() async throws {
        try await withDesk(sessionLimit: 20) { desk in
            let line = String(repeating: "x", count: 3000)
            let input = (0..<300).map { "echo \($0) \(line)\n" }.joined()
            let outputs = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await desk.ssh(["-T"], input: input).output } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            let expected = (0..<300).map { "\($0) \(line)\n" }.joined()
            #expect(outputs.map(\.utf8.count) == [Int](repeating: expected.utf8.count, count: 8))
            #expect(outputs.allSatisfy { $0 == expected })
        }
    }

    @Test("A session lives until its connection is reset, and then its slot is free")
    func reset() async throws {
        try await withDesk(sessionLimit: 1) { desk in
            let relay = try Relay(to: desk.port)
            let known = "[\(Listener.host)]:\(relay.port) \(try ServiceHostKey(seed: Self.seed).publicText)\n"
            let file = desk.folder.appending(path: "known_hosts")
            try Data((known + (try String(contentsOf: file, encoding: .utf8))).utf8).write(to: file)
            async let beating = desk.ssh(["heartbeat", "0.05"], port: relay.port)
            #expect(try await desk.until { $0.requests == 1 })
            #expect(try await desk.ssh(["hostname"]).status == 255)
            #expect(desk.counters.open == 1 && desk.counters.refusals == 1)
            let passed = relay.passedBytes
            #expect(try await desk.until { _ in relay.passedBytes > passed + 300 })
            relay.cut()
            #expect(try await desk.until { $0.open == 0 })
            let broken = try await beating
            #expect(broken.status == 255 && broken.output.contains("park-a/service-pc heartbeat 2\n"))
            #expect(try await desk.ssh(["hostname"]).output == "park-a-service-pc\n")
        }
    }

    @Test("Several commands share one connection; other subsystems and forwarding are refused, not left hanging")
    func sharing() async throws {
        try await withDesk { desk in
            let socket = "/tmp/desk-\(UUID().uuidString.prefix(8))"
            let options = ["-o", "ControlPath=\(socket)"]
            async let master = desk.ssh(["-o", "ControlMaster=yes"] + options + ["-N"])
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: socket) {
                try await Task.sleep(for: .milliseconds(10))
            }
            for _ in 0..<15 {
                #expect(try await desk.ssh(options + ["whoami"]).output == "service\n")
            }
            #expect(try await desk.ssh(options + ["-s", "sftp"]).status == 0)
            #expect(try await desk.ssh(options + ["-s", "netconf"]).status != 0)
            #expect(try await desk.ssh(["-W", "127.0.0.1:1"]).status == 255)
            let forwarding = ["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "-N"]
            #expect(try await desk.ssh(forwarding).status == 255)
            #expect(desk.counters.connections == 3)
            _ = try await desk.ssh(options + ["-O", "exit"])
            _ = try await master
        }
    }

    @Test("Noise kills nothing, silence costs a slot for a while only, and a removed device resets its sessions")
    func noise() async throws {
        try await withDesk(sessionLimit: 100) { desk in
            var random = Lehmer(seed: 7)
            for round in 0..<60 {
                let client = try Client(port: desk.port)
                var bytes = (0..<Int(random.next() % 2000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                if round % 2 == 0 { bytes = Array("SSH-2.0-noise\r\n".utf8) + bytes }
                try? client.send(bytes)
                if round % 3 == 0 { client.reset() }
            }
            #expect(try await desk.ssh(["hostname"]).output == "park-a-service-pc\n")
            #expect(await desk.fleet.health(Self.identity)?.isServing == true)
            async let beating = desk.ssh(["heartbeat", "0.05"])
            #expect(try await desk.until { $0.requests == 2 })
            await desk.fleet.remove(Self.identity)
            #expect(try await beating.status == 255)
            #expect(try await isRefused(desk.port))
        }
    }

    @Test("Whatever comes over a channel for files, the session beside it goes on")
    func spoiltFiles() async throws {
        try await withDesk { desk in
            var spoiler = Spoiler(seed: 12)
            // The greeting, a file opened for writing, ten bytes at an offset, the list of a directory.
            let visit: [UInt8] =
                [0, 0, 0, 5, 1, 0, 0, 0, 3, 0, 0, 0, 18, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0x61, 0, 0, 0, 0x1A, 0, 0, 0, 0]
                + [0, 0, 0, 35, 6, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 10]
                + [UInt8](repeating: 7, count: 10) + [0, 0, 0, 10, 11, 0, 0, 0, 3, 0, 0, 0, 1, 0x2E]
            async let beating = desk.ssh(["heartbeat", "0.05"])
            #expect(try await desk.until { $0.requests >= 1 })
            for _ in 0..<12 { _ = try await desk.ssh(["-s", "sftp"], bytes: spoiler.spoil(visit)) }
            #expect(try await desk.ssh(["-s", "sftp"], bytes: visit).status == 0)
            #expect(try await desk.ssh(["ls"]).output == "a\n")
            await desk.fleet.remove(Self.identity)
            #expect(try await beating.output.contains("heartbeat 2\n"))
        }
    }

    @Test("An auditor finds nothing that fails, only that there is no post-quantum key exchange")
    func audit() async throws {
        try await withDesk { desk in
            let program = try await Program.run(
                try Program.pythonPath(),
                ["-m", "ssh_audit.ssh_audit", "-n", "--skip-rate-test", "-p", "\(desk.port)", Listener.host])
            #expect(program.status == 2, "\(program.output)\(program.errors)")
            // One for each of our four key exchanges.
            #expect(program.output.components(separatedBy: "[warn]").count == 1 + 4, "\(program.output)")
            #expect(
                !program.output.contains("[fail]") && program.output.contains("MiroxRig_park_a"), "\(program.output)")
        }
    }
}
