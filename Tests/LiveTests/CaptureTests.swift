import Foundation
import Testing

extension LiveTests {
    @Suite("Captures, read by Debian's tshark", .serialized)
    struct CaptureTests {
        private func withFolder(_ body: (String) async throws -> Void) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            // Whoever runs the rig writes there.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            defer { try? FileManager.default.removeItem(at: folder) }
            try await body(folder.path)
        }

        /// A scenario whose third step is the first that sends packets.
        private func scenario(in folder: String) throws -> String {
            let path = "\(folder)/packets.scenario.yaml"
            try """
            format: 1
            scenario: Packets to look at
            id: packets
            fixture: \(Rig.root.path)/Fixtures/sites/one-plant.yaml
            setup:
              - grant: { to: anna, plant: sonnenfeld }
              - issue: { for: anna, laptop: laptop }
              - connect: { laptop: anna/laptop }
            steps:
              - eventually: { tunnel: { laptop: anna/laptop, state: up } }
                within: 5s
              - expect:
                  - reach: { from: anna/laptop, to: inverter-1, via: modbus, answered-by: sonnenfeld, read: { unit: 1, register: 40000, count: 2 } }
                  - reach: { from: anna/laptop, to: logger, via: http, answered-by: sonnenfeld, status: 200 }
            """.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        private func byteCount(of file: String) -> Int {
            (try? Data(contentsOf: URL(fileURLWithPath: file)).count) ?? 0
        }

        private func captures(in folder: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/captures")) ?? []).sorted()
        }

        /// Lines of the fields of all packets that the filter lets through.
        private func tshark(_ file: String, _ filter: String, _ fields: String...) async throws -> [[String]] {
            let result = try await Program.run(
                ["tshark", "-n", "-r", file, "-Y", filter, "-T", "fields", "-E", "occurrence=a"]
                    + fields.flatMap { ["-e", $0] })
            try #require(result.status == 0, "\(result)")
            return result.output.split(separator: "\n").map {
                $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
        }

        @Test(
            "the file opens its tunnels by itself, names its nodes and steps, and holds nobody's key",
            arguments: User.available)
        func opens(_ user: User) async throws {
            try await withFolder { folder in
                let run = try await Rig.run(
                    "run", try scenario(in: folder), "--capture", "on", "--out", folder, as: user)
                #expect(run.status == 0, "\(run)")
                let files = captures(in: folder)
                try #require(files.count == 1, "\(files)")
                let file = "\(folder)/captures/\(files[0])"

                let names = Set(try await tshark(file, "ip", "frame.interface_name").map { $0[0] })
                #expect(names == ["gateway:wan", "sonnenfeld/agent:tun0", "anna/laptop:tun0"])

                // Outside a datagram between WAN addresses, inside what was said: every one opens.
                let data = try await tshark(file, "wg.type == 4 && frame.len > 60", "ip.src", "ip.dst", "tcp.dstport")
                #expect(data.count > 20)
                #expect(data.allSatisfy { $0[0].split(separator: ",").count == 2 }, "\(data)")
                #expect(
                    data.contains {
                        $0[0] == "203.0.113.50,100.64.0.2" && $0[1] == "203.0.113.1,192.168.1.20" && $0[2] == "502"
                    }, "\(data)")
                // The same stream is seen at several places, so its reassembly is not asked for. The answer that ended the scenario
                // is there too: it is in the file before anybody gets it.
                let http = try await tshark(
                    file,
                    "frame.interface_name == \"anna/laptop:tun0\" && tcp.srcport == 80 && tcp.payload contains \"HTTP/1.1 200\"",
                    "frame.number")
                #expect(http.count == 1, "\(data)")

                let comments = try await tshark(file, "frame.comment", "frame.number", "frame.comment")
                let steps = Set(comments.compactMap { $0.last?.prefix { $0 != ":" } })
                #expect(steps.contains("step 3") && steps.contains("step 5"), "\(steps)")
                #expect(comments.contains { $0.last?.contains("anna/laptop") ?? false })

                // In the order of cause and effect: a request at the laptop, at the gateway, at the plant.
                let syns = try await tshark(
                    file, "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 80", "frame.interface_name")
                #expect(
                    syns.prefix(4).map { $0[0] }
                        == ["anna/laptop:tun0", "gateway:wan", "gateway:wan", "sonnenfeld/agent:tun0"], "\(syns)")

                let secrets =
                    try String(decoding: Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
                    .components(separatedBy: "LOCAL_STATIC_PRIVATE_KEY").count - 1
                #expect(secrets == 1)
                print(
                    "live: capture of \(data.count) data messages, \(try Data(contentsOf: URL(fileURLWithPath: file)).count) bytes"
                )
            }
        }

        @Test("on failure only what failed is kept, and its place is told")
        func onFailure() async throws {
            try await withFolder { folder in
                let passing = try await Rig.run(
                    "run", try scenario(in: folder), "--capture", "on-failure", "--out", folder)
                #expect(passing.status == 0 && captures(in: folder).isEmpty, "\(passing) \(captures(in: folder))")

                let failing = "\(folder)/failing.scenario.yaml"
                try """
                format: 1
                scenario: This one fails
                id: failing
                fixture: \(Rig.root.path)/Fixtures/sites/one-plant.yaml
                steps:
                  - expect: { tunnel: { laptop: anna/laptop, state: up } }
                """.write(toFile: failing, atomically: true, encoding: .utf8)
                let run = try await Rig.run("run", failing, "--capture", "on-failure", "--out", folder)
                #expect(run.status == 1, "\(run)")
                #expect(captures(in: folder).count == 1)
                #expect(run.errors.contains("\(folder)/captures/"), "\(run)")
                let agents = try await tshark(
                    "\(folder)/captures/\(captures(in: folder)[0])", "wg.type == 2", "frame.interface_name")
                #expect(!agents.isEmpty)
            }
        }

        @Test("a served lab is captured by a command, into a file that opens as well")
        func served() async throws {
            try await withFolder { folder in
                try await TestLab.serving { lab in
                    let file = "\(folder)/lab.pcapng"
                    let capture = try Program(
                        [Rig.path, "capture", "--lab", lab.name, "--out", file, "--seconds", "4"])
                    // Until the capture has begun there is nothing in the file.
                    while byteCount(of: file) < 1_000 {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    let ping = try await lab.exec(
                        "anna/laptop", "ping", "-c", "2", "-i", "0.2", "-W", "2", "192.168.1.20")
                    #expect(ping.status == 0, "\(ping)")
                    let result = try await capture.end(seconds: 30)
                    #expect(result.status == 0, "\(result)")
                    let echoes = try await tshark(
                        file, "frame.interface_name == \"gateway:wan\" && wg && icmp", "icmp.type")
                    // Two hops each way, twice.
                    #expect(echoes.count == 8, "\(echoes)")
                    let again = try await lab.ask("capture", "--seconds", "0.2", "--out", file)
                    #expect(again.status == 0, "\(again)")
                    let terminal = try await Rig.run("capture", "--seconds", "0")
                    #expect(terminal.status == 64, "\(terminal)")
                }
            }
        }
    }
}
