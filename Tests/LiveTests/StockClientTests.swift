import Foundation
import Testing

extension LiveTests {
    @Suite("A stock WireGuard client at an exposed gateway", .serialized)
    struct StockClientTests {
        /// What the script saw, by the part that it belongs to.
        private func parts(of output: String) -> [String: String] {
            var parts: [String: String] = [:]
            var name = ""
            for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("== ") {
                    name = String(line.dropFirst(3))
                } else {
                    parts[name, default: ""] += line + "\n"
                }
            }
            return parts.mapValues { $0.trimmingCharacters(in: .newlines) }
        }

        private func tunnel(of laptop: String, in json: String?) throws -> String? {
            try JSONDecoder().decode(TestLab.Status.self, from: Data((json ?? "").utf8))
                .laptops.first { $0.name == laptop }?.tunnel
        }

        @Test(
            "wireguard-go with the printed profile reaches devices, and the laptop inside has let go of it",
            arguments: User.available)
        func reaches(_ user: User) async throws {
            let before = try HostTraces.now()
            let host = try Program(
                user.words + [
                    "unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork",
                    "--kill-child",
                    "--mount-proc", Rig.client("stock-client.sh"), Rig.path, Rig.nordwind, Rig.freeName(),
                ])
            let result = try await host.end(seconds: 60)
            try #require(result.status == 0, "\(result)")
            let seen = parts(of: result.output)

            #expect(try tunnel(of: "anna/laptop", in: seen["status-before"]) == "up")
            #expect(try tunnel(of: "anna/laptop", in: seen["status-after"]) == "down")
            #expect(try tunnel(of: "ben/laptop", in: seen["status-after"]) == "up")
            #expect(seen["conf"]?.contains("Endpoint = 127.0.0.1:") ?? false, "\(result)")

            let curl = seen["curl"]?.lowercased() ?? ""
            #expect(
                curl.contains("x-plant: sonnenfeld\r\n") && curl.contains("x-device: logger\r\n"),
                "\(result)")
            #expect(seen["ping"]?.contains("2 received") ?? false, "\(result)")
            #expect(seen["large-ping"]?.contains("2 received") ?? false, "\(result)")
            #expect(seen["modbus"]?.contains("[40000]: \t0x5375") ?? false, "\(result)")
            // A plant that is not anna's.
            #expect(seen["refused"]?.contains("Packet filtered") ?? false, "\(result)")
            #expect(seen["wg"]?.contains("latest handshake: ") ?? false, "\(result)")
            let handshake = seen["handshakes"]?.split(whereSeparator: \.isWhitespace).last.flatMap {
                Int($0)
            }
            #expect(handshake ?? 0 > 0, "\(result)")
            // Inside, the laptop has no way to the plants any more.
            #expect(seen["inside"]?.contains("status ") ?? false, "\(result)")

            #expect(seen["up-status"] == "143", "\(result)")
            #expect(seen["links-after"] == seen["links-before"], "\(result)")
            #expect(seen["mounts"] == "unchanged", "\(result)")
            #expect(try HostTraces.now() == before)
            print(
                "live: stock client as \(user.testDescription):\n\(seen["ping"] ?? "")\(seen["wg"] ?? "")")
        }
    }
}
