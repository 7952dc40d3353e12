import Foundation
import Testing

@Suite("mirox-rig run", .serialized, .timeLimit(.minutes(5)))
struct ScenarioSuiteTests {
    @Test("every scenario passes, and the last line says so")
    func everything() async throws {
        let result = try await Rig.run("run", "Scenarios", "-j", "2", seconds: 120)
        #expect(result.status == 0, "\(result)")
        let last = result.output.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("RESULT ") && last.contains("failed=0") && last.contains("broken=0"), "\(result)")
    }

    @Test("an ordinary user gets the same")
    func ordinaryUser() async throws {
        guard getuid() == 0 else { return }
        let result = try await Program.run(
            ["runuser", "-u", "nobody", "--", Rig.path, "run", "Scenarios", "-j", "2"], seconds: 120)
        #expect(result.status == 0, "\(result)")
    }

    @Test("a wrong file is named with its place, nothing runs, and the exit code is 2")
    func wrongFile() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "mirox-rig-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "wrong.scenario.yaml")
        try "format: 1\nscenario: wrong\nid: wrong\nfixtur: x\nsteps: []\n".write(
            to: file, atomically: true, encoding: .utf8)
        let result = try await Rig.run("run", file.path)
        #expect(result.status == 2, "\(result)")
        #expect((result.output + result.errors).contains("wrong.scenario.yaml:4:1"), "\(result)")
    }

    @Test("SIGKILL of the rig leaves no process, namespace or mount")
    func killed() async throws {
        let mountsBefore = try String(contentsOfFile: "/proc/mounts", encoding: .utf8)
        let name = "kill-\(UInt32.random(in: 0 ... .max))"
        let up = try Program([Rig.path, "up", UpTests.fixture, "--name", name])
        let isReady = await up.prints("ready")
        try #require(isReady, "\(up.printed)")
        let inside = Processes.descendants(of: up.identifier)
        #expect(inside.count >= 5, "\(inside)")
        up.signal(SIGKILL)
        _ = try await up.end()
        let clock = ContinuousClock()
        let start = clock.now
        while Processes.anyAlive(inside), clock.now - start < .seconds(2) {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(!Processes.anyAlive(inside), "still there after \(clock.now - start)")
        #expect(try String(contentsOfFile: "/proc/mounts", encoding: .utf8) == mountsBefore)
    }
}
