import Foundation
import Testing

/// What developers and CI hold in their hands beside the scenarios themselves.
extension LiveTests {
    @Suite("A red run explains itself and leaves its reports", .serialized)
    struct RedRunTests {
        @Test(
            "the path with its first difference, the records of gateway and control plane, all reports; shards are made of the same events"
        )
        func explained() async throws {
            try await Folder.temporary { folder in
                let file = try folder.write(
                    "red.scenario.yaml",
                    """
                    format: 1
                    scenario: The wrong park is expected
                    id: red-on-purpose
                    fixture: Fixtures/sites/two-parks-same-range.yaml
                    setup:
                      - issue: { for: anna, laptop: laptop }
                      - connect: { laptop: anna/laptop }
                      - eventually: { tunnel: { laptop: anna/laptop, state: up } }
                        within: 5s
                    steps:
                      - expect: { reach: { from: anna/laptop, to: "192.168.1.20:502", via: modbus, answered-by: park-b } }
                        covers: [R45]
                    """)
                let out = folder.path + "/out"
                let result = try await Rig.run("run", file, "--out", out, "--github", "--seed", "7")
                #expect(result.status == 1, "\(result)")
                let text = result.output.components(separatedBy: "\n\n").first ?? ""
                #expect(text.contains("red.scenario.yaml:11"), "\(result)")
                #expect(
                    text.contains("winner(anna, 192.168.1.0/24) = park-b") && text.contains("<-- first difference"),
                    "\(result)")
                #expect(text.contains("why: gateway d-") && text.contains("forwarded to park-a"), "\(result)")
                #expect(
                    text.contains("claimants park-a (since 2026-01-05), park-b (since 2026-02-01); winner park-a"),
                    "\(result)")
                #expect(text.contains("rerun: mirox-rig run") && text.contains("--seed 7 --capture on"), "\(result)")
                #expect(text.split(separator: "\n").count <= 40)
                #expect(result.output.contains("::error file="), "\(result)")
                #expect(result.output.contains("report=\(out)/report.html"), "\(result)")
                for name in ["events.ndjson", "report.html", "junit.xml", "ctrf.json"] {
                    #expect(FileManager.default.fileExists(atPath: "\(out)/\(name)"), "\(name) is missing")
                }
                let page = try String(contentsOfFile: "\(out)/report.html", encoding: .utf8)
                #expect(page.contains("\"forwarded\":true") && page.contains("The wrong park is expected"))

                let again = try await Rig.run("report", "\(out)/events.ndjson", "--html", "\(out)/again.html")
                #expect(again.status == 1 && again.output.contains("RESULT total=1 passed=0 failed=1"), "\(again)")
                let second = try String(contentsOfFile: "\(out)/again.html", encoding: .utf8)
                #expect(second == page)
                let missing = try await Rig.run("report", "\(out)/none.ndjson")
                #expect(missing.status == 2, "\(missing)")
            }
        }
    }

    @Suite("Shards of a run become one report", .serialized)
    struct ShardTests {
        private static func scenario(_ number: Int, _ state: String) -> String {
            """
            format: 1
            scenario: Number \(number)
            id: part-\(number)
            fixture: \(Rig.root.path)/Fixtures/sites/one-plant.yaml
            steps:
              - expect: { tunnel: { laptop: anna/laptop, state: \(state) } }
            """
        }

        @Test("real shards come together with their captures; half of them is refused, and so is the same half twice")
        func shards() async throws {
            try await Folder.temporary { folder in
                for number in 1...4 {
                    _ = try folder.write("\(number).scenario.yaml", Self.scenario(number, number == 3 ? "up" : "down"))
                }
                let parts = (1...2).map { "\(folder.path)/part-\($0)" }
                var verdicts: [Int32] = []
                for (index, part) in parts.enumerated() {
                    let run = try await Rig.run(
                        "run", folder.path, "--shard", "\(index + 1)/2", "--seed", "7", "--capture", "on-failure",
                        "--out", part)
                    verdicts.append(run.status)
                }
                #expect(verdicts.sorted() == [0, 1])
                let files = parts.map { "\($0)/events.ndjson" }
                let out = folder.path + "/whole"
                let whole = try await Rig.run("report", files[1], files[0], "--out", out)
                #expect(whole.status == 1 && whole.output.contains("RESULT total=4 passed=3 failed=1"), "\(whole)")
                let page = try String(contentsOfFile: "\(out)/report.html", encoding: .utf8)
                #expect(page.contains("\"name\":\"part-3.pcapng\"") && page.contains("\"shards\":[\"2/2\",\"1/2\"]"))
                #expect(FileManager.default.fileExists(atPath: "\(out)/captures/part-3.pcapng"))
                let half = try await Rig.run("report", files[0])
                #expect(half.status == 2 && half.errors.contains("shard 2/2 is missing"), "\(half)")
                let twice = try await Rig.run("report", files[0], files[0])
                #expect(twice.status == 2 && twice.errors.contains("are the same shard, 1/2"), "\(twice)")
            }
        }

        @Test("every attempt has a capture of its own, and all of them are one case")
        func attempts() async throws {
            try await Folder.temporary { folder in
                let file = try folder.write("3.scenario.yaml", Self.scenario(3, "up"))
                let run = try await Rig.run(
                    "run", file, "--retries", "1", "--capture", "on-failure", "--out", folder.path)
                #expect(run.status == 1, "\(run)")
                let captures = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/captures")
                #expect(captures.sorted() == ["part-3-attempt-2.pcapng", "part-3.pcapng"])
                let xml = try String(contentsOfFile: folder.path + "/junit.xml", encoding: .utf8)
                #expect(
                    xml.components(separatedBy: "<testcase ").count == 2 && xml.contains("<rerunFailure "), "\(xml)")
                let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
                #expect(page.contains("\"name\":\"part-3-attempt-2.pcapng\""))
            }
        }
    }

    @Suite("Developers at a served lab", .serialized)
    struct DeskTests {
        private static let parks = "Fixtures/sites/two-parks-same-range.yaml"
        private static let probe = "reach: { from: anna/laptop, to: '192.168.1.20:502', via: modbus, answered-by:"

        @Test("do, explain-packet for now and for the past, and a record that passes when it is run")
        func desk() async throws {
            try await TestLab.serving(Self.parks) { lab in
                let before = try await lab.ask("explain-packet", "--from", "anna/laptop", "--to", "192.168.1.20:502")
                #expect(before.status == 0 && before.output.contains("verdict: forwarded to park-a"), "\(before)")
                #expect(before.output.contains("no decision about anna and 192.168.1.20:502"), "\(before)")
                let moment = try #require(
                    before.output.split(separator: " ").first { $0.hasSuffix("Z") && $0.contains("T") })

                let sent = try await lab.ask("do", "expect: { \(Self.probe) park-a } }")
                #expect(sent.status == 0 && sent.output.contains("ok, after"), "\(sent)")
                let picked = try await lab.ask("do", "use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }")
                #expect(picked.status == 0, "\(picked)")
                let read = try await lab.exec(
                    "anna/laptop", "mbpoll", "-m", "tcp", "-a", "1", "-0", "-r", "40000", "-c", "1", "-1",
                    "192.168.1.20")
                #expect(read.status == 0, "\(read)")

                let wrong = try await lab.ask("do", "expect: { \(Self.probe) park-a } }")
                #expect(wrong.status == 1 && wrong.output.contains("first difference"), "\(wrong)")
                let unknown = try await lab.ask("do", "use-prk: { as: anna }")
                #expect(unknown.status == 2 && unknown.output.contains("did you mean 'use-park'?"), "\(unknown)")

                let now = try await lab.ask("explain-packet", "--from", "anna/laptop", "--to", "192.168.1.20:502")
                #expect(
                    now.output.contains("verdict: forwarded to park-b") && now.output.contains("picked at"), "\(now)")
                #expect(
                    now.output.contains("gateway d-") && now.output.contains("owners of 192.168.1.20 before:"), "\(now)"
                )
                let past = try await lab.ask(
                    "explain-packet", "--from", "anna/laptop", "--to", "192.168.1.20:502", "--at", String(moment))
                #expect(past.output.contains("verdict: forwarded to park-a"), "\(past)")
                let outside = try await lab.ask("explain-packet", "--from", "anna/laptop", "--to", "192.168.77.1:80")
                #expect(outside.output.contains("refused: no entry in the person's table, ICMP 3/13"), "\(outside)")

                let record = try await lab.ask("record", "--id", "mine", "--title", "What I did")
                #expect(record.status == 0, "\(record)")
                #expect(
                    record.output.contains("- use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }"),
                    "\(record)")
                #expect(record.output.contains("via: modbus, answered-by: park-b"), "\(record)")
                try await Folder.temporary { folder in
                    let file = try folder.write("mine.scenario.yaml", record.output)
                    let run = try await Rig.run("run", file)
                    #expect(run.status == 0, "\(run)\n\(record.output)")
                }
            }
        }

        @Test(
            "what is done by the API is recorded as well; an export becomes a fixture of the same fleet, and a scenario that passes"
        )
        func exchange() async throws {
            try await TestLab.serving(Self.parks) { lab in
                let token = try await lab.ask("token", "anna").output.trimmingCharacters(in: .whitespacesAndNewlines)
                let winner = try await lab.exec(
                    "internet", "curl", "-sS", "-X", "PUT", "-H", "Authorization: Bearer \(token)",
                    "http://203.0.113.10:8080/api/v1/me/vpn/routes/park-b~192.168.1.0-24/winner")
                #expect(winner.status == 0, "\(winner)")
                let record = try await lab.ask("record")
                #expect(
                    record.output.contains("- use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }"),
                    "\(record)")

                let export = try await lab.ask("export")
                #expect(export.status == 0 && export.output.contains("mirox-rig-state/1"), "\(export)")
                #expect(!export.output.contains(token) && !export.output.contains("publicKey"))
                try await Folder.temporary { folder in
                    let document = try folder.write("state.json", export.output)
                    let taken = try await Rig.run(
                        "import", document, "--out", folder.path, "--id", "mine", "--keep-names")
                    #expect(taken.status == 0, "\(taken)")
                    let run = try await Rig.run("run", "\(folder.path)/mine.scenario.yaml")
                    #expect(run.status == 0, "\(run)")
                    try await TestLab.serving("\(folder.path)/mine.yaml") { twin in
                        let again = try await twin.ask("export")
                        #expect(try fleet(again.output) == fleet(export.output), "\(again)")
                    }
                    let hidden = try await Rig.run("import", document, "--out", folder.path, "--id", "hidden")
                    let text = try String(contentsOfFile: "\(folder.path)/hidden.yaml", encoding: .utf8)
                    #expect(
                        hidden.status == 0 && !text.contains("anna") && text.contains("192.168.1.0/24"), "\(hidden)")
                }
            }
        }

        @Test(
            "a record follows the ticks: what was reached before one, and refused behind it, is so again when it is run"
        )
        func ticks() async throws {
            try await TestLab.serving("Fixtures/sites/one-plant.yaml") { lab in
                let grant = try await lab.ask("do", "grant: { to: anna, plant: sonnenfeld }")
                #expect(grant.status == 0, "\(grant)")
                let poll = "mbpoll -m tcp -a 1 -0 -r 40000 -c 1 -1 -o 1 192.168.1.20"
                func read(until status: String) async throws {
                    let result = try await lab.exec("anna/laptop", "sh", "-c", "\(status) \(poll); do sleep 0.1; done")
                    #expect(result.status == 0, "\(result)")
                }
                try await read(until: "until")
                let withdraw = try await lab.ask("do", "withdraw: { from: anna, plant: sonnenfeld }")
                #expect(withdraw.status == 0, "\(withdraw)")
                try await read(until: "while")
                // What ended the last one may have been the cut of its connection; the next is refused.
                #expect(try await lab.exec("anna/laptop", "sh", "-c", "! \(poll)").status == 0)

                let record = try await lab.ask("record", "--id", "ticks")
                let order = [
                    "- grant:", "- sync:", "sonnenfeld answered then", "- withdraw:", "- sync:",
                    "the gateway refused it then",
                ]
                var rest = record.output[...]
                for words in order {
                    let place = try #require(rest.range(of: words), "\(words) is not behind the others: \(record)")
                    rest = rest[place.upperBound...]
                }
                #expect(rest.contains("outcome: admin-prohibited"), "\(record)")
                try await Folder.temporary { folder in
                    let run = try await Rig.run("run", try folder.write("ticks.scenario.yaml", record.output))
                    #expect(run.status == 0, "\(run)\n\(record.output)")
                }
            }
        }

        /// What an import rebuilds at once; choices and certificates are its scenario's.
        private func fleet(_ json: String) throws -> [String: NSObject] {
            var object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: NSObject])
            for key in ["exported", "picks", "owners"] { object[key] = nil }
            return object
        }

        @Test("the rows of a ticket become a scenario that passes")
        func ticket() async throws {
            try await Folder.temporary { folder in
                let table = try folder.write(
                    "ticket.csv",
                    """
                    plant,subnet,status,person
                    Solarpark Nord,192.168.1.0/24,conflict,Anna
                    Solarpark Ost,192.168.0.0/16,active,Anna
                    Dach 7,10.1.0.0/24,unreachable,Anna
                    """)
                let taken = try await Rig.run("import", table, "--table", "--out", folder.path, "--id", "ticket")
                #expect(taken.status == 0, "\(taken)")
                let run = try await Rig.run("run", "\(folder.path)/ticket.scenario.yaml")
                #expect(run.status == 0, "\(run)")
                let wrong = try folder.write("wrong.csv", "a,b,c,d\n")
                let refused = try await Rig.run("import", wrong, "--table", "--out", folder.path)
                #expect(refused.status == 2 && refused.errors.contains("line 1: 'b' is not a subnet"), "\(refused)")
            }
        }

        @Test(
            "a run stops where it is told to, with the lab up, and goes on; a failed one leaves its lab up until Ctrl-C"
        )
        func breakAndKeep() async throws {
            try await Folder.temporary { folder in
                let file = try folder.write(
                    "kept.scenario.yaml",
                    """
                    format: 1
                    scenario: Stops on the way
                    id: \(Rig.freeName())
                    fixture: Fixtures/sites/one-plant.yaml
                    steps:
                      - issue: { for: anna, laptop: laptop }
                      - connect: { laptop: anna/laptop }
                      - expect: { route: { for: anna, plant: sonnenfeld, status: active } }
                    """)
                let id = try #require(
                    String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("id: ") }?
                        .dropFirst(4))
                let environment = ["CI": "false"]
                let program = try Program(
                    [Rig.path, "run", file, "--break", "\(file):7", "--keep", "on-failure"], environment: environment)
                #expect(await program.prints("stands still before step 2/3"), "\(program.printed)")
                let status = try await Rig.run("status", "--lab", String(id))
                #expect(status.status == 0 && status.output.contains("anna/laptop  tunnel down"), "\(status)")
                let resumed = try await Rig.run("resume", "--lab", String(id))
                #expect(resumed.status == 0, "\(resumed)")
                // Nobody granted anything: the expectation fails, and the lab stays.
                #expect(await program.prints("its lab is left up"), "\(program.printed)")
                #expect(await program.prints("Ctrl-C takes it down"), "\(program.printed)")
                let granted = try await Rig.run(
                    "do", "--lab", String(id), "eventually: { tunnel: { laptop: anna/laptop, state: up } }\nwithin: 5s")
                #expect(granted.status == 0, "\(granted)")
                program.signal(SIGINT)
                let end = try await program.end(seconds: 20)
                #expect(end.status == 1, "\(end)")
                #expect(try !HostTraces.isAnnounced(String(id)))
                let inCI = try await Rig.run("run", file, "--keep", "always", environment: ["CI": "true"])
                #expect(inCI.status == 64, "\(inCI)")
            }
        }
    }

    @Suite("Agents from elsewhere, and a lab that comes back", .serialized)
    struct ComingBackTests {
        @Test(
            "a stock WireGuard peer enrols as a plant's agent and answers for its devices, and so does our own agent alone",
            arguments: ["stock", "ours"])
        func externalAgent(_ kind: String) async throws {
            let before = try HostTraces.now()
            let result = try await Program.run(
                [
                    "unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child",
                    "--mount-proc", Rig.client("external-agent.sh"), Rig.path, Rig.nordwind, Rig.freeName(), kind,
                ], seconds: 90)
            try #require(result.status == 0, "\(result)")
            #expect(result.output.contains("weinberg waits for an agent"), "\(result)")
            #expect(result.output.contains("refused before"), "\(result)")
            #expect(result.output.contains("answered by a real agent"), "\(result)")
            if kind == "ours" {
                #expect(result.output.contains("agent of weinberg is up"), "\(result)")
                #expect(result.output.contains("our agent ended with 130"), "\(result)")
            }
            #expect(try HostTraces.now() == before)
        }

        @Test("a lab without a gateway comes up when one from elsewhere takes the place")
        func externalGateway() async throws {
            let before = try HostTraces.now()
            let name = Rig.freeName()
            let up = try Program(
                [Rig.path, "up", "Fixtures/sites/two-parks-same-range.yaml", "--name", name, "--external-gateway"])
            #expect(await up.prints("The lab comes up when a gateway takes its place"), "\(up.printed)")
            let gateway = try Program([Rig.path, "exec", "--lab", name, "gateway", "--", Rig.path, "gateway"])
            #expect(await up.prints(" - ready\n"), "\(up.printed) \(gateway.printed)")
            func ask(_ words: String...) async throws -> Program.Result {
                try await Program.run([Rig.path] + words.prefix(1) + ["--lab", name] + words.dropFirst(), seconds: 30)
            }
            let probe = "reach: { from: anna/laptop, to: '192.168.1.20:502', via: modbus, answered-by:"
            let first = try await ask("do", "expect: { \(probe) park-a } }")
            #expect(first.status == 0, "\(first)")
            let pick = try await ask("do", "use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }")
            #expect(pick.status == 0, "\(pick)")
            let second = try await ask("do", "expect: { \(probe) park-b } }")
            #expect(second.status == 0, "\(second)")
            let status = try await ask("status")
            #expect(status.status == 0 && status.output.contains("park-b"), "\(status)")
            gateway.signal(SIGINT)
            let ended = try await gateway.end(seconds: 20)
            #expect(ended.status == 130 && ended.output.contains("gateway at 203.0.113.1:51820"), "\(ended)")
            up.signal(SIGINT)
            #expect(try await up.end(seconds: 20).status == 130)
            #expect(try HostTraces.now() == before)
        }

        @Test(
            "with --data the file of yesterday still works, agents keep their keys, choices and faults are there again")
        func data() async throws {
            try await Folder.temporary { folder in
                var seen: [String] = []
                for round in 1...2 {
                    try await TestLab.serving(
                        "Fixtures/sites/two-parks-same-range.yaml", ["--data", folder.path + "/kept"]
                    ) { lab in
                        let conf = try await lab.ask("conf", "anna/laptop")
                        seen.append(conf.output)
                        if round == 1 {
                            let pick = try await lab.ask(
                                "do", "use-park: { as: anna, subnet: 192.168.1.0/24, plant: park-b }")
                            #expect(pick.status == 0, "\(pick)")
                            let fault = try await lab.ask("do", "fault: { id: slow, uplink-of: park-b, delay: 5ms }")
                            #expect(fault.status == 0, "\(fault)")
                        }
                        if round == 2 {
                            // What was wrong on purpose is so again, not only known by its name.
                            let mute = try await lab.ask(
                                "do",
                                "eventually: { reach: { from: anna/laptop, to: '192.168.1.20:502', via: modbus, outcome: timeout } }\nwithin: 10s"
                            )
                            #expect(mute.status == 0, "\(mute)")
                            let healed = try await lab.ask("do", "heal: { id: mute }")
                            #expect(healed.status == 0, "\(healed)")
                        }
                        let probe = try await lab.ask(
                            "do",
                            "eventually: { reach: { from: anna/laptop, to: '192.168.1.20:502', via: modbus, answered-by: park-b } }\nwithin: 10s"
                        )
                        #expect(probe.status == 0, "round \(round): \(probe)")
                        if round == 1 {
                            let fault = try await lab.ask(
                                "do", "fault: { id: mute, device: inverter-1, plant: park-b, silent: true }")
                            #expect(fault.status == 0, "\(fault)")
                        }
                        let heal = round == 2 ? try await lab.ask("do", "heal: { id: slow }") : nil
                        #expect(heal?.status ?? 0 == 0, "\(String(describing: heal))")
                        let agents = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/kept/agents")
                        #expect(agents.sorted() == ["park-a.json", "park-b.json"])
                        seen.append(
                            try String(contentsOfFile: folder.path + "/kept/agents/park-a.json", encoding: .utf8))
                    }
                }
                #expect(seen.count == 4 && seen[0] == seen[2] && seen[1] == seen[3])
                let mode = try FileManager.default.attributesOfItem(
                    atPath: folder.path + "/kept/laptops/anna@laptop.conf")
                #expect(mode[.posixPermissions] as? Int == 0o600)
            }
        }
    }
}

/// A folder that goes with the test.
struct Folder {
    let path: String

    static func temporary(_ body: (Folder) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(Folder(path: url.path))
    }

    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}
