import Foundation
import Testing

/// A lab served by `mirox-rig up` under a name of its own, and the terminals beside it.
struct ServedLab {
    let up: Program
    /// What `--lab` takes.
    let label: String
    /// `runuser …`, where another user types.
    private let prefix: [String]

    /// Serves the fixture while the body runs; ends it by Ctrl-C, and what it started must be gone then.
    static func serve(
        _ fixture: String, _ arguments: [String] = [], as user: String? = nil,
        _ body: (ServedLab) async throws -> Void
    ) async throws {
        let name = "test-\(UInt32.random(in: 0 ... .max))"
        let prefix = user.map { ["runuser", "-u", $0, "--"] } ?? []
        let up = try Program(prefix + [Rig.path, "up", fixture, "--name", name] + arguments)
        guard await up.prints("ready") else {
            Issue.record("the lab did not come up: \(up.printed)")
            return
        }
        let inside = Processes.descendants(of: up.identifier)
        do {
            try await body(ServedLab(up: up, label: name, prefix: prefix))
        } catch {
            up.signal(SIGINT)
            _ = try await up.end(seconds: 10)
            throw error
        }
        up.signal(SIGINT)
        let result = try await up.end(seconds: 10)
        if user == nil { #expect(result.status == 130, "\(result)") }
        #expect(!Processes.anyAlive(inside), "something of the lab is left")
    }

    /// Runs a program at a node, as a person would from another terminal.
    func exec(_ node: String, _ command: String..., seconds: Double = 30) async throws -> Program.Result {
        try await Program.run(prefix + [Rig.path, "exec", "--lab", label, node, "--"] + command, seconds: seconds)
    }

    /// Asks `status`, `token` or `conf`.
    func ask(_ words: String...) async throws -> Program.Result {
        try await Program.run(prefix + [Rig.path, words[0], "--lab", label] + words.dropFirst())
    }
}
