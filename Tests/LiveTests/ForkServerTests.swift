import Foundation
import Testing

extension LiveTests {
    @Suite("A lab's processes are forked by a server that stands ready", .serialized)
    struct ForkServerTests {
        /// What `ps` shows of everything below the program: names, and arguments.
        private static func shown(below lab: TestLab) -> (names: [String], arguments: [String]) {
            let pids = Processes.descendants(of: lab.up.identifier)
            return (
                pids.compactMap { Processes.name(of: $0) }.sorted(),
                pids.compactMap { Processes.arguments(of: $0)?.joined(separator: " ") }
            )
        }

        @Test("each goes by its own name, and answers as one that was executed", arguments: User.available)
        func names(_ user: User) async throws {
            try await TestLab.serving(as: user) { lab in
                let (names, arguments) = Self.shown(below: lab)
                #expect(
                    names == [
                        "mirox-conductor", "mirox-control-p", "mirox-fork", "mirox-fork", "mirox-gateway", "mirox-init",
                        "mirox-keeper", "mirox-laptops", "mirox-plants",
                    ])
                for role in ["conductor", "control-plane", "gateway", "laptops", "plants"] {
                    #expect(arguments.contains("mirox-rig \(role)"), "\(arguments)")
                }
                let ping = try await lab.exec("anna/laptop", "ping", "-c", "1", "-W", "2", "192.168.1.20")
                #expect(ping.status == 0, "\(ping)")
            }
        }

        @Test("where the servers are gone, processes are executed")
        func withoutServer() async throws {
            try await TestLab.serving { lab in
                for pid in Processes.descendants(of: lab.up.identifier) where Processes.name(of: pid) == "mirox-fork" {
                    kill(pid, SIGKILL)
                }
                let restart = try await lab.ask("do", "fault: { restart: control-plane }")
                #expect(restart.status == 0, "\(restart)")
                let (_, arguments) = Self.shown(below: lab)
                #expect(!arguments.contains("mirox-rig control-plane"), "\(arguments)")
                #expect(
                    arguments.contains { $0.hasPrefix("/proc/self/exe") && $0.contains("control-plane") },
                    "\(arguments)")
                let tunnel = try await lab.ask("do", "expect: { tunnel: { laptop: anna/laptop, state: up } }")
                #expect(tunnel.status == 0, "\(tunnel)")
            }
        }

        @Test("nothing is left to whoever takes orphans: the program takes its server away itself")
        func reaped() async throws {
            let scenario = "Scenarios/reachability/any-tool.scenario.yaml"
            let run = try await Program.run(
                ["python3", Rig.client("orphans.py"), Rig.path, "run", scenario], seconds: 60)
            #expect(run.status == 0, "\(run)")
            #expect(run.output.hasSuffix("\norphans: 0\n"), "\(run)")
        }

        @Test("an environment that one request cannot hold is none of its business")
        func large() async throws {
            let environment = Dictionary(
                uniqueKeysWithValues: (0..<4).map { ("LARGE_\($0)", String(repeating: "x", count: 100_000)) })
            let run = try await Program.run(
                [Rig.path, "run", "Scenarios/reachability/any-tool.scenario.yaml"], environment: environment,
                seconds: 60)
            #expect(run.status == 0, "\(run)")
        }
    }
}
