import Foundation
import Testing

extension LiveTests {
    @Suite("mirox-rig run", .serialized)
    struct ScenarioSuiteTests {
        @Test("every scenario passes, and the last line says so", arguments: User.available)
        func everything(_ user: User) async throws {
            let before = try HostTraces.now()
            // As ourselves `make run` runs them all; here the ordinary user does.
            let choice = user == .ours ? ["--tag", "smoke"] : ["--not-tag", "page"]
            let result = try await Program.run(
                user.words + [Rig.path, "run", "Scenarios"] + choice, seconds: 240)
            #expect(result.status == 0, "\(result)")
            let last = result.output.split(separator: "\n").last ?? ""
            #expect(
                last.hasPrefix("RESULT ") && last.contains("failed=0") && last.contains("broken=0"),
                "\(result)")
            #expect(!last.contains("passed=0"), "\(result)")
            #expect(try HostTraces.now() == before)
            print("live: run as \(user.testDescription): \(last)")
        }

        @Test("a wrong file is named with its place, nothing runs, and the exit code is 2")
        func wrongFile() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: Rig.freeName())
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "wrong.scenario.yaml")
            try "format: 1\nscenario: wrong\nid: wrong\nfixtur: x\nsteps: []\n".write(
                to: file, atomically: true, encoding: .utf8)
            let result = try await Rig.run("run", file.path)
            #expect(result.status == 2, "\(result)")
            #expect((result.output + result.errors).contains("wrong.scenario.yaml:4:1"), "\(result)")
        }
    }

    @Suite("However the rig ends", .serialized)
    struct EndTests {
        @Test(
            "no process, mount, interface or announcement is left", arguments: [SIGINT, SIGTERM, SIGKILL])
        func nothingIsLeft(_ signal: Int32) async throws {
            let before = try HostTraces.now()
            let lab = try await TestLab()
            let time = try await lab.end(signal)
            #expect(try HostTraces.now() == before)
            print("live: signal \(signal): everything gone after \(time)")
        }

        @Test("a program that somebody runs in the lab ends with it")
        func joined() async throws {
            let lab = try await TestLab()
            let program = try Program(
                [
                    Rig.path, "exec", "--lab", lab.name, "anna/laptop", "--", "sh", "-c",
                    "echo here; exec sleep 1000",
                ])
            #expect(await program.prints("here\n"))
            let inside = Processes.descendants(of: program.identifier)
            try await lab.end(SIGKILL)
            let result = try await program.end(seconds: 5)
            #expect(result.status == 137, "\(result)")
            #expect(!inside.isEmpty && !Processes.anyAlive(inside))
        }
    }
}
