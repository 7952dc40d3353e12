import Foundation
import Testing

extension LiveTests {
    @Suite("Debian's wg at the nodes of a lab", .serialized)
    struct WireGuardToolTests {
        @Test(
            "wg shows the gateway's peers, each node its own tunnel, and no key of a person", arguments: User.available)
        func show(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let ping = try await lab.exec("anna/laptop", "ping", "-c", "2", "-W", "2", "192.168.1.20")
                #expect(ping.status == 0, "\(ping)")

                let gateway = try await lab.exec("gateway", "wg", "show")
                #expect(gateway.status == 0, "\(gateway)")
                #expect(gateway.output.contains("interface: wg0\n"), "\(gateway)")
                #expect(gateway.output.contains("listening port: 51820\n"), "\(gateway)")
                #expect(gateway.output.contains("allowed ips: 192.168.1.0/24\n"), "\(gateway)")
                #expect(gateway.output.contains("allowed ips: 100.64.0."), "\(gateway)")
                #expect(gateway.output.contains("latest handshake: "), "\(gateway)")
                // Four agents, and two people whose laptops are connected.
                let peers = try await lab.exec("gateway", "wg", "show", "wg0", "peers")
                #expect(peers.output.split(separator: "\n").count == 6, "\(peers)")

                let laptop = try await lab.exec("anna/laptop", "wg", "show", "all", "dump")
                let lines = laptop.output.split(separator: "\n").map {
                    $0.split(separator: "\t", omittingEmptySubsequences: false)
                }
                try #require(lines.count == 2 && lines[0].count == 5 && lines[1].count == 9, "\(laptop)")
                #expect(lines[0][0] == "tun0" && lines[0][1] == "(none)", "\(laptop)")
                #expect(lines[1][3] == "203.0.113.1:51820", "\(laptop)")
                #expect(Int(lines[1][6]) ?? 0 > 148 + 2 * 96 && Int(lines[1][7]) ?? 0 > 148 + 2 * 96, "\(laptop)")
                // The gateway that the laptop sees is the one that `wg` names at the gateway.
                let key = try await lab.exec("gateway", "wg", "show", "wg0", "public-key")
                #expect(key.output == "\(lines[1][1])\n", "\(key)")

                let profile = try await lab.ask("conf", "anna/laptop")
                let secret = try #require(
                    profile.output.split(separator: "\n").first { $0.hasPrefix("PrivateKey") }?.split(separator: " ")
                        .last)
                let config = try await lab.exec("anna/laptop", "wg", "showconf", "tun0")
                #expect(config.output.contains("AllowedIPs = ") && !config.output.contains(secret), "\(config)")
                let private_ = try await lab.exec("anna/laptop", "wg", "show", "tun0", "private-key")
                #expect(private_.output == "(none)\n", "\(private_)")

                let plant = try await lab.exec("plant/sonnenfeld", "wg", "show", "all", "endpoints")
                #expect(plant.output.hasPrefix("tun0\t") && plant.output.hasSuffix("\t203.0.113.1:51820\n"), "\(plant)")
                let keepalive = try await lab.exec("plant/sonnenfeld", "wg", "show", "tun0", "persistent-keepalive")
                #expect(keepalive.output.hasSuffix("\t25\n"), "\(keepalive)")
            }
        }

        @Test("nothing can be changed through the sockets, and noise at them hurts nobody")
        func readOnly() async throws {
            try await TestLab.serving { lab in
                let set = try await lab.exec("plant/sonnenfeld", "wg", "set", "tun0", "listen-port", "1")
                #expect(set.status == 1 && set.errors.contains("Operation not permitted"), "\(set)")
                let noise = try await lab.exec(
                    "plant/sonnenfeld", Rig.python, "-c",
                    """
                    import socket, time
                    def talk(data):
                        s = socket.socket(socket.AF_UNIX)
                        s.settimeout(10)
                        s.connect("/run/wireguard/tun0.sock")
                        s.sendall(data)
                        s.shutdown(socket.SHUT_WR)
                        out = b""
                        while part := s.recv(65536): out += part
                        return out
                    print(talk(b"GET / HTTP/1.1\\r\\n\\r\\n\\n\\n"), talk(b"get=1"), talk(b"\\n" * 3))
                    idle = [socket.socket(socket.AF_UNIX) for _ in range(60)]
                    for s in idle: s.connect("/run/wireguard/tun0.sock")
                    for s in idle: s.close()
                    for attempt in range(200):
                        try:
                            answers = talk(b"get=1\\n\\nget=1\\n\\n").count(b"errno=0")
                        except OSError:
                            answers = 0
                        if answers == 2: break
                        time.sleep(0.05)
                    print(answers)
                    """)
                #expect(noise.status == 0 && noise.output.hasPrefix("b'errno=-22\\n\\n' b'' "), "\(noise)")
                #expect(noise.output.hasSuffix("\n2\n"), "\(noise)")
                let show = try await lab.exec("plant/sonnenfeld", "wg", "show", "tun0", "peers")
                #expect(show.status == 0 && show.output.split(separator: "\n").count == 1, "\(show)")
            }
        }

        @Test("a tunnel that leads to its own gateway's address makes no loop")
        func loop() async throws {
            try await TestLab.serving { lab in
                let before = try await lab.exec("anna/laptop", "wg", "show", "tun0", "transfer")
                let ping = try await lab.exec(
                    "anna/laptop", "sh", "-c",
                    "ip route add 203.0.113.1/32 dev tun0 && ping -c 10 -i 0.05 -W 1 203.0.113.1; sleep 1; true")
                #expect(!ping.output.contains(" 0% packet loss"), "\(ping)")
                let after = try await lab.exec("anna/laptop", "wg", "show", "tun0", "transfer")
                func sent(_ result: Program.Result) -> Int {
                    Int(result.output.split(whereSeparator: \.isWhitespace).last ?? "") ?? .max
                }
                #expect(sent(after) - sent(before) < 70_000, "\(before) \(after)")
                let still = try await lab.exec("anna/laptop", "ping", "-c", "1", "-W", "2", "192.168.1.20")
                #expect(still.status == 0, "\(still)")
            }
        }
    }
}
