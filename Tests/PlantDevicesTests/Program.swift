import Foundation

/// A program that ran to its end.
struct Program {
    let status: Int32
    let output: String
    let errors: String

    /// Runs a program, found on the path; it is ended when it takes longer than the limit.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        limitSeconds: Double = 30
    ) async throws -> Program {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let folder = FileManager.default.temporaryDirectory.appending(path: "devices-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes: a pipe that is not read stops the program.
        func file(_ name: String, _ content: String = "") throws -> FileHandle {
            let url = folder.appending(path: name)
            try Data(content.utf8).write(to: url)
            return try FileHandle(forUpdating: url)
        }
        process.standardInput = try file("input", input ?? "")
        process.standardOutput = try file("output")
        process.standardError = try file("errors")
        await withCheckedContinuation { done in
            process.terminationHandler = { _ in done.resume() }
            do {
                try process.run()
                let identifier = process.processIdentifier
                DispatchQueue.global().asyncAfter(deadline: .now() + limitSeconds) { [weak process] in
                    if let process, process.isRunning, process.processIdentifier == identifier { process.terminate() }
                }
            } catch {
                process.terminationHandler = nil
                done.resume()
            }
        }
        func content(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
        }
        return Program(status: process.terminationStatus, output: try content("output"), errors: try content("errors"))
    }

    /// Runs one of the clients in `Clients` with the Python that `MIROX_RIG_PYTHON` names; its JSON output.
    static func python(_ script: String, _ arguments: [String]) async throws -> [String: Any] {
        guard let python = ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"] else {
            throw SystemFailure(
                description: """
                    MIROX_RIG_PYTHON must name a Python with the packages of Tests/PlantDevicesTests/Clients/\
                    requirements.txt (for example .build/python/bin/python)
                    """)
        }
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Clients/\(script)").path
        let program = try await run(python, [path] + arguments)
        guard program.status == 0,
            let seen = try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any]
        else { throw SystemFailure(description: "\(script) failed: \(program.errors)\(program.output)") }
        return seen
    }
}
