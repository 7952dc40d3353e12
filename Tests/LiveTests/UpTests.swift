import Foundation
import Testing

/// A served lab, poked from other terminals with unmodified programs.
@Suite("mirox-rig up", .serialized, .timeLimit(.minutes(5)))
struct UpTests {
    static let fixture = "Fixtures/sites/nordwind.yaml"

    /// Serves the fixture while the body runs, under a name of its own.
    private func serving(
        _ arguments: [String] = [], fixture: String = Self.fixture,
        _ body: (_ lab: [String], _ up: Program) async throws -> Void
    ) async throws {
        let name = "test-\(UInt32.random(in: 0 ... .max))"
        let up = try Program([Rig.path, "up", fixture, "--name", name] + arguments)
        let isReady = await up.prints("ready")
        try #require(isReady, "\(up.printed)")
        do {
            try await body(["--lab", name], up)
        } catch {
            up.signal(SIGINT)
            _ = try await up.end(seconds: 10)
            throw error
        }
        up.signal(SIGINT)
        let result = try await up.end(seconds: 10)
        #expect(result.status == 130, "\(result)")
    }

    private func exec(_ lab: [String], _ node: String, _ command: String...) async throws -> Program.Result {
        try await Program.run([Rig.path, "exec"] + lab + [node, "--"] + command, seconds: 30)
    }

    @Test("unmodified ping, curl, mbpoll, ssh and pysunspec2 work at the technician's desk")
    func clients() async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"],
            "MIROX_RIG_PYTHON must name a python with pysunspec2; `make test` sets it")
        try await serving { lab, _ in
            let ping = try await exec(lab, "anna/laptop", "ping", "-c", "2", "-W", "2", "192.168.1.20")
            #expect(ping.status == 0, "\(ping)")

            let curl = try await exec(lab, "anna/laptop", "curl", "-sS", "-i", "http://192.168.1.30/")
            #expect(
                curl.output.contains("X-Plant: sonnenfeld") || curl.output.contains("x-plant: sonnenfeld"), "\(curl)")

            let mbpoll = try await exec(
                lab, "anna/laptop", "mbpoll", "-m", "tcp", "-a", "1", "-0", "-r", "40000", "-c", "2", "-t", "4:hex",
                "-1", "192.168.1.20")
            #expect(mbpoll.output.contains("0x5375"), "\(mbpoll)")

            let ssh = try await exec(
                lab, "anna/laptop", "ssh", "-o", "BatchMode=yes", "-i", "/run/home/.ssh/service@service-pc.sonnenfeld",
                "service@192.168.1.40", "hostname")
            #expect(ssh.output.contains("sonnenfeld"), "\(ssh)")

            let script = """
                import sunspec2.modbus.client as client
                device = client.SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr='192.168.1.20', timeout=5)
                device.scan()
                print(sorted(k for k in device.models if isinstance(k, int)))
                print(device.common[0].SN.value)
                """
            let sunspec = try await exec(lab, "anna/laptop", python, "-c", script)
            #expect(sunspec.output.contains("[1, 103, 120, 121, 122, 123, 160]"), "\(sunspec)")
            #expect(sunspec.output.contains("sonnenfeld/inverter-1"), "\(sunspec)")
        }
    }

    @Test("a laptop without permission is refused with ICMP 3/13, and exit statuses pass through")
    func refusals() async throws {
        try await serving { lab, _ in
            let ping = try await exec(lab, "ben/laptop", "ping", "-c", "1", "-W", "2", "192.168.1.20")
            #expect(ping.status == 1 && ping.output.contains("Packet filtered"), "\(ping)")

            let status = try await exec(lab, "anna/laptop", "sh", "-c", "exit 42")
            #expect(status.status == 42, "\(status)")

            let unknown = try await exec(lab, "nobody/laptop", "true")
            #expect(unknown.status == 64 && unknown.errors.contains("anna/laptop"), "\(unknown)")
        }
    }

    @Test("status, token and conf answer from another terminal")
    func questions() async throws {
        try await serving { lab, _ in
            let status = try await Program.run([Rig.path, "status", "--json"] + lab)
            #expect(status.status == 0 && status.output.contains("\"anna/laptop\""), "\(status)")

            let token = try await Program.run([Rig.path, "token", "anna"] + lab)
            let bearer = token.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let me = try await exec(
                lab, "internet", "curl", "-sS", "-H", "Authorization: Bearer \(bearer)",
                "http://203.0.113.10:8080/api/v1/me/vpn/routes")
            #expect(me.output.contains("192.168.1.0"), "\(me)")

            let profile = try await Program.run([Rig.path, "conf", "anna/laptop"] + lab)
            #expect(profile.output.contains("[Interface]") && profile.output.contains("PrivateKey"), "\(profile)")
        }
    }
}
