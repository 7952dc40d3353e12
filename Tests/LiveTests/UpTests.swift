import Foundation
import Testing

/// A served lab, poked from other terminals with unmodified programs.
extension LiveTests {
    @Suite("mirox-rig up, exec and the questions to a lab", .serialized)
    struct UpTests {
        @Test(
            "unmodified ping, curl and mbpoll work at the technician's desk", arguments: User.available)
        func clients(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let ping = try await lab.exec("anna/laptop", "ping", "-c", "2", "-W", "2", "192.168.1.20")
                #expect(ping.status == 0 && ping.output.contains("2 received"), "\(ping)")

                let curl = try await lab.exec("anna/laptop", "curl", "-sS", "-i", "http://192.168.1.30/")
                #expect(curl.output.lowercased().contains("x-plant: sonnenfeld\r\n"), "\(curl)")
                #expect(curl.output.lowercased().contains("x-device: logger\r\n"), "\(curl)")

                let mbpoll = try await lab.exec(
                    "anna/laptop", "mbpoll", "-m", "tcp", "-a", "1", "-0", "-r", "40000", "-c", "2", "-t",
                    "4:hex",
                    "-1", "192.168.1.20")
                // "SunS"
                #expect(mbpoll.output.contains("0x5375") && mbpoll.output.contains("0x6E53"), "\(mbpoll)")

                let here = try await lab.exec(
                    "plant/sonnenfeld", "curl", "-sS", "-i", "http://192.168.1.30/")
                #expect(here.output.lowercased().contains("x-plant: sonnenfeld\r\n"), "\(here)")
            }
        }

        @Test("pysunspec2 discovers the inverter", arguments: User.available)
        func sunspec(_ user: User) async throws {
            let python = try #require(
                ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"],
                "MIROX_RIG_PYTHON must name a python with pysunspec2; `make test` sets it")
            let isUsable =
                try await Program.run(user.words + [python, "-c", "import sunspec2"]).status == 0
            guard isUsable || user == .ours else {
                print("live: \(python) lies where nobody may not read; pysunspec2 is tried as root only")
                return
            }
            try await TestLab.serving(as: user) { lab in
                let scan = try await lab.exec(
                    "anna/laptop", python, Rig.client("sunspec.py"), "192.168.1.20")
                #expect(
                    scan.output == "[1, 103, 120, 121, 122, 123, 160]\nsonnenfeld/inverter-1\n", "\(scan)")
            }
        }

        @Test("ssh finds the host known, and lets in by key and by password", arguments: User.available)
        func ssh(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let line = "ssh -o StrictHostKeyChecking=yes"
                // The key is found by the desk's own ssh configuration.
                let key = try await lab.exec(
                    "anna/laptop", "sh", "-c", "\(line) -o BatchMode=yes service@192.168.1.40 hostname")
                #expect(key.status == 0 && key.output == "sonnenfeld-service-pc\n", "\(key)")

                let asking = ["SSH_ASKPASS": Rig.client("askpass"), "SSH_ASKPASS_REQUIRE": "force"]
                let password = try await lab.exec(
                    "anna/laptop", "sh", "-c", "\(line) -o PubkeyAuthentication=no service@192.168.1.40 hostname",
                    environment: asking.merging(["DESK_PASSWORD": "plant-sonnenfeld"]) { $1 })
                #expect(password.status == 0 && password.output == "sonnenfeld-service-pc\n", "\(password)")

                let wrong = try await lab.exec(
                    "anna/laptop", "sh", "-c",
                    "\(line) -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 service@192.168.1.40 hostname",
                    environment: asking.merging(["DESK_PASSWORD": "plant-weinberg"]) { $1 })
                #expect(wrong.status == 255 && wrong.errors.contains("Permission denied"), "\(wrong)")

                let stranger = try await lab.exec(
                    "anna/laptop", "sh", "-c",
                    "\(line) -o BatchMode=yes -o UserKnownHostsFile=/dev/null service@192.168.1.40 hostname")
                #expect(
                    stranger.status == 255 && stranger.errors.contains("verification failed"), "\(stranger)")
            }
        }

        @Test("a laptop without permission is refused with ICMP 3/13", arguments: User.available)
        func refusals(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let allowed = try await lab.exec(
                    "anna/laptop", "ping", "-c", "1", "-W", "2", "192.168.1.20")
                #expect(allowed.status == 0, "\(allowed)")

                let ping = try await lab.exec("ben/laptop", "ping", "-c", "1", "-W", "2", "192.168.1.20")
                #expect(ping.status == 1 && ping.output.contains("Packet filtered"), "\(ping)")

                let curl = try await lab.exec(
                    "ben/laptop", "curl", "-sS", "--max-time", "10", "http://192.168.1.30/")
                // Refused at once; a packet that is merely lost would end with 28.
                #expect(curl.status == 7, "\(curl)")
            }
        }

        @Test("exit statuses pass through, and a wrong node or lab is named")
        func statuses() async throws {
            try await TestLab.serving { lab in
                let status = try await lab.exec("anna/laptop", "sh", "-c", "exit 42")
                #expect(status.status == 42, "\(status)")

                let signal = try await lab.exec("anna/laptop", "sh", "-c", "kill -TERM $$")
                #expect(signal.status == 143, "\(signal)")

                // Of a folder that may not be read, nobody can say that the program is not in it.
                let missing = try await lab.exec(
                    "anna/laptop", "no-such-program", environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
                #expect(missing.status == 127 && missing.errors.contains("no-such-program"), "\(missing)")

                let unknown = try await lab.exec("nobody/laptop", "true")
                #expect(unknown.status == 64 && unknown.errors.contains("anna/laptop"), "\(unknown)")

                let other = try await Rig.run("exec", "--lab", lab.name + "x", "anna/laptop", "--", "true")
                #expect(other.status == 64 && other.errors.contains(lab.name), "\(other)")
            }
        }

        @Test("two labs of one fixture stand side by side, and each is asked by its name")
        func twoLabs() async throws {
            try await TestLab.serving { one in
                try await TestLab.serving { other in
                    for lab in [one, other] {
                        let curl = try await lab.exec(
                            "anna/laptop", "curl", "-sS", "-i", "http://192.168.1.30/")
                        #expect(curl.output.lowercased().contains("x-plant: sonnenfeld\r\n"), "\(curl)")
                    }
                    let unnamed = try await Rig.run("exec", "anna/laptop", "--", "true")
                    #expect(unnamed.status == 64 && unnamed.errors.contains("--lab"), "\(unnamed)")
                }
            }
        }

        @Test("status, token and conf answer from another terminal", arguments: User.available)
        func questions(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let status = try await lab.status()
                #expect(status.plants.map(\.agent) == ["up", "up", "up", "up"])
                #expect(status.laptops.map(\.name) == ["anna/laptop", "anna/phone", "ben/laptop"])
                #expect(status.laptops.map(\.tunnel) == ["up", "down", "up"])

                let token = try await lab.ask("token", "anna")
                let bearer = token.output.trimmingCharacters(in: .whitespacesAndNewlines)
                let routes = try await lab.exec(
                    "internet", "curl", "-sS", "-H", "Authorization: Bearer \(bearer)",
                    "http://203.0.113.10:8080/api/v1/me/vpn/routes")
                #expect(routes.output.contains("192.168.1.0"), "\(routes)")

                let web = try #require(
                    lab.up.printed.split(whereSeparator: \.isWhitespace).first {
                        $0.hasPrefix("http://127.0.0.1:")
                    })
                let host = try await Program.run(
                    "curl", "-sS", "-H", "Authorization: Bearer \(bearer)", "\(web)api/v1/me/vpn/routes")
                #expect(host.output == routes.output, "\(host)")

                let profile = try await lab.ask("conf", "anna/laptop")
                #expect(
                    profile.output.contains("[Interface]\n") && profile.output.contains("PrivateKey = "))
                let none = try await lab.ask("conf", "anna/phone")
                #expect(none.status == 64 && none.errors.contains("anna/laptop"), "\(none)")
            }
        }

        @Test("the control plane answers on the host, and its page says how things stand", arguments: User.available)
        func web(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let web = try #require(lab.web)
                let page = try await Program.run("curl", "-sS", "-i", "-L", web)
                #expect(page.output.contains("200 OK") && page.output.contains("anna"), "\(page)")
                #expect(lab.up.printed.contains("Lab page: \(web)lab\n"))

                let closed = try await Program.run("curl", "-sS", "-i", "\(web)api/v1/me/vpn")
                #expect(
                    closed.output.contains("401") && closed.output.contains("application/problem+json"), "\(closed)")
            }
        }

        @Test("a kept database goes on in the next lab", arguments: User.available)
        func kept(_ user: User) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            // Whoever serves the lab writes there.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            for round in 1...2 {
                try await TestLab.serving(Rig.nordwind, ["--data", folder.path], as: user) { lab in
                    let ping = try await lab.exec("anna/laptop", "ping", "-c", "1", "-W", "5", "192.168.1.20")
                    #expect(ping.status == 0, "\(ping)")
                    let token = try await lab.ask("token", "anna")
                    let bearer = token.output.trimmingCharacters(in: .whitespacesAndNewlines)
                    let sessions = try await lab.exec(
                        "internet", "curl", "-sS", "-H", "Authorization: Bearer \(bearer)",
                        "http://203.0.113.10:8080/api/v1/me/vpn/sessions")
                    #expect(sessions.output.components(separatedBy: "\"started\"").count - 1 == round, "\(sessions)")
                }
            }
        }
    }
}
