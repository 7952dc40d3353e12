import Foundation
import Testing

/// A served lab, poked from other terminals with unmodified programs.
@Suite("mirox-rig up", .serialized, .timeLimit(.minutes(5)))
struct UpTests {
    static let fixture = "Fixtures/sites/nordwind.yaml"

    @Test("unmodified ping, curl, mbpoll, ssh and pysunspec2 work at the technician's desk")
    func clients() async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"],
            "MIROX_RIG_PYTHON must name a python with pysunspec2; `make test` sets it")
        try await ServedLab.serve(Self.fixture) { lab in
            let ping = try await lab.exec("anna/laptop", "ping", "-c", "2", "-W", "2", "192.168.1.20")
            #expect(ping.status == 0, "\(ping)")

            let curl = try await lab.exec("anna/laptop", "curl", "-sS", "-i", "http://192.168.1.30/")
            #expect(
                curl.output.contains("X-Plant: sonnenfeld") || curl.output.contains("x-plant: sonnenfeld"), "\(curl)")

            let mbpoll = try await lab.exec(
                "anna/laptop", "mbpoll", "-m", "tcp", "-a", "1", "-0", "-r", "40000", "-c", "2", "-t", "4:hex",
                "-1", "192.168.1.20")
            #expect(mbpoll.output.contains("0x5375"), "\(mbpoll)")

            let ssh = try await lab.exec(
                "anna/laptop", "ssh", "-o", "BatchMode=yes", "-i", "/run/home/.ssh/service@service-pc.sonnenfeld",
                "service@192.168.1.40", "hostname")
            #expect(ssh.output.contains("sonnenfeld"), "\(ssh)")

            let script = """
                import sunspec2.modbus.client as client
                device = client.SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr='192.168.1.20', timeout=5)
                device.scan()
                print(sorted(k for k in device.models if isinstance(k, int)))
                print(device.common[0].SN.value)
                """
            let sunspec = try await lab.exec("anna/laptop", python, "-c", script)
            #expect(sunspec.output.contains("[1, 103, 120, 121, 122, 123, 160]"), "\(sunspec)")
            #expect(sunspec.output.contains("sonnenfeld/inverter-1"), "\(sunspec)")
        }
    }

    @Test("a laptop without permission is refused with ICMP 3/13, and exit statuses pass through")
    func refusals() async throws {
        try await ServedLab.serve(Self.fixture) { lab in
            let ping = try await lab.exec("ben/laptop", "ping", "-c", "1", "-W", "2", "192.168.1.20")
            #expect(ping.status == 1 && ping.output.contains("Packet filtered"), "\(ping)")

            let status = try await lab.exec("anna/laptop", "sh", "-c", "exit 42")
            #expect(status.status == 42, "\(status)")

            let unknown = try await lab.exec("nobody/laptop", "true")
            #expect(unknown.status == 64 && unknown.errors.contains("anna/laptop"), "\(unknown)")
        }
    }

    @Test("status, token and conf answer from another terminal")
    func questions() async throws {
        try await ServedLab.serve(Self.fixture) { lab in
            let status = try await lab.ask("status", "--json")
            #expect(status.status == 0 && status.output.contains("\"anna/laptop\""), "\(status)")

            let token = try await lab.ask("token", "anna")
            let bearer = token.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let me = try await lab.exec(
                "internet", "curl", "-sS", "-H", "Authorization: Bearer \(bearer)",
                "http://203.0.113.10:8080/api/v1/me/vpn/routes")
            #expect(me.output.contains("192.168.1.0"), "\(me)")

            let profile = try await lab.ask("conf", "anna/laptop")
            #expect(profile.output.contains("[Interface]") && profile.output.contains("PrivateKey"), "\(profile)")
        }
    }

    @Test("an ordinary user serves a lab and works in it, and a kept database goes on in the next lab")
    func ordinaryUser() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "mirox-data-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        for round in 1...2 {
            try await ServedLab.serve(
                Self.fixture, ["--data", folder.path], as: getuid() == 0 ? "nobody" : nil
            ) { lab in
                let ping = try await lab.exec("anna/laptop", "ping", "-c", "1", "-W", "5", "192.168.1.20")
                #expect(ping.status == 0, "\(ping)")
                let token = try await lab.ask("token", "anna").output.trimmingCharacters(in: .whitespacesAndNewlines)
                let sessions = try await lab.exec(
                    "internet", "curl", "-sS", "-H", "Authorization: Bearer \(token)",
                    "http://203.0.113.10:8080/api/v1/me/vpn/sessions")
                #expect(sessions.output.components(separatedBy: "\"started\"").count - 1 == round, "\(sessions)")
            }
        }
    }

    @Test("the control plane answers on the host, and its page says how things stand")
    func web() async throws {
        try await ServedLab.serve(Self.fixture) { lab in
            let line = try #require(lab.up.printed.split(separator: "\n").first { $0.contains("Control plane:") })
            let address = try #require(line.split(separator: " ").first { $0.hasPrefix("http://127.0.0.1:") })
            let page = try await Program.run("curl", "-sS", "-i", String(address))
            #expect(page.output.contains("200 OK") && page.output.contains("sonnenfeld"), "\(page)")
            let closed = try await Program.run("curl", "-sS", "-i", "\(address)api/v1/me/vpn")
            #expect(closed.output.contains("401") && closed.output.contains("application/problem+json"), "\(closed)")
        }
    }
}
