import Foundation
import Glibc
import Synchronization

/// A program that ran to its end.
struct Program {
    let status: Int32
    let output: String
    let errors: String

    /// Runs a program, found on the path; it is ended when it takes longer than the limit.
    ///
    /// Not by Foundation's `Process`, which learns of a child's end by a descriptor that children started at the same
    /// time inherit: the end of a short one would be seen when a long one ends.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        bytes: [UInt8] = [], limitSeconds: Double = 30
    ) async throws -> Program {
        let folder = FileManager.default.temporaryDirectory.appending(path: "devices-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes: a pipe that is not read stops the program.
        let files = ["input", "output", "errors"].map { folder.appending(path: $0) }
        for file in files { try Data(file == files[0] ? input.map { Array($0.utf8) } ?? bytes : []).write(to: file) }
        let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
            Thread.detachNewThread {
                done.resume(
                    with: Result {
                        try wait(
                            for: spawn(name, arguments, environment, files.map(\.path)), limitSeconds: limitSeconds)
                    })
            }
        }
        func content(_ index: Int) throws -> String {
            String(decoding: try Data(contentsOf: files[index]), as: UTF8.self)
        }
        return Program(status: status, output: try content(1), errors: try content(2))
    }

    private static func spawn(
        _ name: String, _ arguments: [String], _ environment: [String: String], _ files: [String]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, path) in files.enumerated() {
            posix_spawn_file_actions_addopen(&actions, Int32(descriptor), path, O_RDWR, 0)
        }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var words = ([name] + arguments).map { strdup($0) } + [nil]
        var settings = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var identifier = pid_t()
        let result = posix_spawnp(&identifier, name, &actions, nil, &words, &settings)
        guard result == 0 else { throw SystemFailure(description: "\(name): \(String(cString: strerror(result)))") }
        return identifier
    }

    /// The exit status, or 128 and the signal; blocks its thread.
    private static func wait(for identifier: pid_t, limitSeconds: Double) throws -> Int32 {
        let watch = Watch(identifier)
        DispatchQueue.global().asyncAfter(deadline: .now() + limitSeconds) { watch.kill() }
        var status: Int32 = 0
        var information = siginfo_t()
        // Seen to end first, taken away after the watch is over: until then the number is the program's own.
        let waited = waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT)
        watch.end()
        try demand(waited == 0 && waitpid(identifier, &status, 0) == identifier, "waitpid")
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    /// Ends a program that takes too long, and never another that has got its number.
    private final class Watch: Sendable {
        private let identifier: pid_t
        private let isRunning = Mutex(true)

        init(_ identifier: pid_t) { self.identifier = identifier }

        func kill() {
            isRunning.withLock { if $0 { _ = Glibc.kill(identifier, SIGKILL) } }
        }

        func end() { isRunning.withLock { $0 = false } }
    }

    /// Runs one of the clients in `Clients` with the Python that `MIROX_RIG_PYTHON` names; its JSON output.
    static func python(_ script: String, _ arguments: [String]) async throws -> [String: Any] {
        let program = try await run(try pythonPath(), [client(script)] + arguments)
        guard program.status == 0,
            let seen = try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any]
        else { throw SystemFailure(description: "\(script) failed: \(program.errors)\(program.output)") }
        return seen
    }

    /// The path of a file in `Clients`.
    static func client(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Clients/\(name)").path
    }

    static func pythonPath() throws -> String {
        guard let python = ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"] else {
            throw SystemFailure(
                description: """
                    MIROX_RIG_PYTHON must name a Python with the packages of Tests/PlantDevicesTests/Clients/\
                    requirements.txt (for example .build/python/bin/python)
                    """)
        }
        return python
    }
}
