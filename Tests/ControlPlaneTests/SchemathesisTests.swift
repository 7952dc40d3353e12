import Addressing
import ControlProtocol
import Foundation
import Testing

@testable import ControlPlane

/// An unmodified schemathesis takes the document at its word and tries it on a live server.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SchemathesisTests {
    @Test(
        "Whatever is sent, the answer is one that the document names, and never 500",
        arguments: ["lab", "anna", "gateway"])
    func schemathesis(caller: String) async throws {
        let python = try #require(
            ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"],
            "MIROX_RIG_PYTHON must name a Python with the packages of Tests/ControlPlaneTests/Clients/requirements.txt")
        try await withServer { port in
            // What waits for the gateway or for news would only wait.
            let examples = ProcessInfo.processInfo.environment["MIROX_RIG_API_EXAMPLES"] ?? "3"
            let result = try await Self.run([
                URL(fileURLWithPath: python).deletingLastPathComponent().appending(path: "st").path,
                "--config-file", Self.configuration, "run",
                "http://127.0.0.1:\(port)/api/v1/openapi.json", "--url", "http://127.0.0.1:\(port)",
                "--header", "Authorization: Bearer token-of-\(caller)",
                "--checks", Self.checks, "--phases", "examples,coverage,fuzzing", "--max-examples", examples,
                "--seed", "1", "--workers", "1", "--exclude-path-regex", "/events$",
                "--exclude-path", "/api/v1/lab/changes", "--generation-database", "none", "--no-color",
            ])
            #expect(result.status == 0, "\(result.output)")
        }
    }

    private static let configuration =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Clients/schemathesis.toml").path

    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
        "response_headers_conformance", "unsupported_method",
    ].joined(separator: ",")

    private func withServer(_ body: (Int) async throws -> Void) async throws {
        let folder = try DatabaseFolder()
        let seed = Fleet.seed { seed in
            seed.settings.urgentWaitSeconds = 0.001
            seed.settings.syncWaitSeconds = 0.001
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try ControlPlaneServer(
            configuration: .init(databasePath: folder.path, seed: seed, listen: .init(.init(127, 0, 0, 1), 0)))
        let serving = Task { try await server.run { continuation.yield($0) } }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let result: Result<Void, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        serving.cancel()
        _ = await serving.result
        try result.get()
    }

    private static func run(_ words: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let reading = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }
        let output = String(decoding: await reading.value, as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
