import Foundation
import Testing

extension LiveTests {
    @Suite("Options of run", .serialized)
    struct RunOptionTests {
        private static let reach = "Scenarios/reachability/every-device.scenario.yaml"

        /// A folder with a scenario that takes as long as one lets it.
        private static func slowScenario() throws -> URL {
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "Fixtures"), withDestinationURL: Rig.root.appending(path: "Fixtures"))
            let text = """
                format: 1
                scenario: Takes its time
                id: slow
                fixture: Fixtures/sites/one-plant.yaml
                steps:
                  - eventually: { session: { for: anna, online: true } }
                    within: 50s
                """
            try text.write(to: folder.appending(path: "slow.scenario.yaml"), atomically: true, encoding: .utf8)
            return folder
        }

        @Test("the table of options is the command's own")
        func table() async throws {
            let help = try await Rig.run("run", "--help")
            let source = try String(
                contentsOf: Rig.root.appending(path: "Sources/MiroxRig/RunArguments.swift"), encoding: .utf8)
            let names = source.components(separatedBy: "\": .").dropLast().compactMap {
                $0.components(separatedBy: "\"").last
            }
            #expect(names.count > 15)
            for name in names { #expect(help.output.contains("--\(name)"), "\(name)") }
        }

        @Test("the environment and the file say defaults, and the command line wins")
        func precedence() async throws {
            let folder = try Self.slowScenario()
            defer { try? FileManager.default.removeItem(at: folder) }
            try "format: 1\nrun: { filter: nothing-has-this-name }\nprofiles: { all: { filter: slow } }\n".write(
                to: folder.appending(path: "mirox-rig.yaml"), atomically: true, encoding: .utf8)
            func list(_ words: [String], _ environment: [String: String] = [:]) async throws -> Int32 {
                try await Program(
                    [Rig.path, "run", "--list", "slow.scenario.yaml"] + words, environment: environment, in: folder
                ).end().status
            }
            #expect(try await list([]) == 4)
            #expect(try await list(["--profile", "all"]) == 0)
            #expect(try await list([], ["MIROX_RIG_PROFILE": "all"]) == 0)
            #expect(try await list([], ["MIROX_RIG_FILTER": "slow"]) == 0)
            #expect(try await list(["--filter", "nothing"], ["MIROX_RIG_FILTER": "slow"]) == 4)
            #expect(try await list(["--profile", "al"]) == 2)
            #expect(try await list(["--shard", "3/2"]) == 64)
        }

        @Test("the whole run has a limit: everything is taken down, exit code 124")
        func globalTimeout() async throws {
            let before = try HostTraces.now()
            let folder = try Self.slowScenario()
            defer { try? FileManager.default.removeItem(at: folder) }
            let result = try await Rig.run(
                "run", folder.appending(path: "slow.scenario.yaml").path, "--global-timeout", "2s")
            #expect(result.status == 124, "\(result)")
            #expect(try HostTraces.now() == before)
        }

        @Test("an interrupted run takes its labs down and says so", arguments: [SIGINT, SIGTERM])
        func interrupted(_ signal: Int32) async throws {
            let before = try HostTraces.now()
            let folder = try Self.slowScenario()
            defer { try? FileManager.default.removeItem(at: folder) }
            let program = try Program(
                [Rig.path, "run", folder.appending(path: "slow.scenario.yaml").path, "--progress", "always"])
            #expect(await program.prints("step 1/1"))
            program.signal(signal)
            let result = try await program.end()
            #expect(result.status == 128 + signal, "\(result)")
            #expect(result.errors.contains("taking the labs down"), "\(result)")
            #expect(try HostTraces.now() == before)
        }

        @Test("a program that a scenario leaves behind makes it broken, and is named")
        func leak() async throws {
            let before = try HostTraces.now()
            try await Folder.temporary { folder in
                let file = try folder.write(
                    "leak.scenario.yaml",
                    """
                    format: 1
                    scenario: Leaves a program behind
                    id: leak
                    fixture: \(Rig.root.path)/Fixtures/sites/one-plant.yaml
                    steps:
                      - run: { id: stray, laptop: anna/laptop, command: "setsid sleep 600 </dev/null >/dev/null 2>&1 &" }
                      - expect: { program: { id: stray, exit: 0 } }
                    """)
                let run = try await Rig.run("run", file)
                #expect(run.status == 3, "\(run)")
                #expect(run.output.contains("nothing is left of the scenario"), "\(run)")
                #expect(run.output.contains("still runs (sleep 600)"), "\(run)")
            }
            #expect(try HostTraces.now() == before)
        }

        @Test("a line at which no step stands is refused before anything runs")
        func places() async throws {
            let line = try await Rig.run("run", "\(Self.reach):2")
            #expect(
                line.status == 2 && line.errors.contains("no step stands there; the first begins in line"), "\(line)")
            let stop = try await Rig.run("run", Self.reach, "--break", "\(Self.reach):900")
            #expect(stop.status == 2 && stop.errors.contains("no step stands there or behind it"), "\(stop)")
        }

        @Test("a kept lab can be asked until Ctrl-C")
        func keep() async throws {
            let before = try HostTraces.now()
            let program = try Program([Rig.path, "run", Self.reach, "--filter", "device=laptop", "--keep", "always"])
            #expect(await program.prints("Ctrl-C takes it down"), "\(program.printed)")
            let words = program.printed.components(separatedBy: "status --lab ")
            let name = try #require(words.last?.components(separatedBy: .whitespacesAndNewlines).first)
            let status = try await Rig.run("status", "--lab", name)
            #expect(status.status == 0 && status.output.contains("sonnenfeld"), "\(status)")
            program.signal(SIGINT)
            let result = try await program.end()
            #expect(result.status == 0, "\(result)")
            #expect(try HostTraces.now() == before)
        }
    }
}
