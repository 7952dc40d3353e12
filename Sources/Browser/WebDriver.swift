import Addressing
import AsyncHTTPClient
import Foundation
import LinuxFabric
import NIOCore
import NIOHTTP1
import Synchronization

/// A running chromedriver, spoken to by the W3C WebDriver protocol: JSON over HTTP on loopback.
///
/// Each session is a browser of its own, with a fresh profile. `quit()` ends them all.
package final class WebDriver: Sendable {
    /// A page's log or a screenshot, in base64.
    static let limitBytes = 64 << 20
    private static let startSeconds = 30.0

    let program: BrowserProgram
    /// Profiles and downloads of the sessions.
    package let folder: String
    private let process: ChildProgram
    /// Kept open: a driver that cannot print ends.
    private let output: UnixStream
    /// Browsers that are open.
    let sessions = Mutex<Set<String>>([])
    private let port: UInt16

    /// Starts the driver on a free port of this process's loopback.
    ///
    /// - Parameter folder: exists, and holds what the browsers write.
    package init(_ program: BrowserProgram, folder: String) async throws {
        self.program = program
        self.folder = folder
        var environment = ProcessEnvironment.current
        // Chromium writes a little into its home, which need not be ours, and leaves its profiles where it made them.
        environment["HOME"] = folder
        environment["TMPDIR"] = folder
        // It could choose a port by itself, but does not say which where there is no IPv6.
        let port: UInt16
        do {
            port = try Self.freePort()
            let (ours, theirs) = try UnixStream.pair()
            output = ours
            process = try ChildProgram(
                .init(
                    executable: program.driver, arguments: ["--port=\(port)"], environment: environment,
                    output: theirs.number, error: nil))
        } catch {
            throw BrowserError(.notStarted, "\(program.driver): \(error)")
        }
        let process = process
        let timer = Task {
            try await Task.sleep(for: .seconds(Self.startSeconds))
            process.kill()
        }
        defer { timer.cancel() }
        self.port = port
        for try await line in output.lines() where line.contains("started successfully") { return }
        process.kill()
        throw BrowserError(.notStarted, "\(program.driver) ended before it listened")
    }

    /// A port of loopback that nobody has; somebody may take it before the driver does, who then does not start.
    private static func freePort() throws -> UInt16 {
        try HandedSocket.listen(at: Endpoint(IPv4Address(127, 0, 0, 1), 0)).endpoint.port
    }

    /// Ends the driver; sessions that were not closed end with it.
    package func quit() async {
        // A driver that ends leaves its browsers behind.
        for id in sessions.withLock({ $0 }) {
            _ = try? await send(.DELETE, "/session/\(id)", seconds: 10, as: JSONValue.self)
        }
        process.signal(SIGTERM)
        let timer = Task { [process] in
            try await Task.sleep(for: .seconds(5))
            process.signalGroup(SIGKILL)
        }
        _ = await process.waitForEnd()
        timer.cancel()
    }

    // MARK: Speaking

    private struct Envelope<Value: Decodable>: Decodable { var value: Value }

    private struct Refusal: Decodable {
        var error: String
        var message: String
    }

    /// Sends one command.
    ///
    /// - Throws: `refused` with the standard's name of the error.
    func send<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, seconds: Int64 = 60,
        as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(seconds))
        let data = Data((try await response.body.collect(upTo: Self.limitBytes)).readableBytesView)
        guard response.status.code < 300 else {
            let refusal = try JSONDecoder().decode(Envelope<Refusal>.self, from: data).value
            let firstLine = refusal.message.split(separator: "\n").first.map(String.init) ?? ""
            throw BrowserError(.refused(refusal.error), firstLine.isEmpty ? refusal.error : firstLine)
        }
        return try JSONDecoder().decode(Envelope<Answer>.self, from: data).value
    }
}
