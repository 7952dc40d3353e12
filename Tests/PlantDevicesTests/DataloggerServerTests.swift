import DeviceModel
import Foundation
import Testing

@testable import PlantDevices

/// Data loggers over real sockets.
@Suite struct DataloggerServerTests {
    private static let identity = DataloggerTests.identity

    private func withLogger(
        _ configuration: DataloggerConfiguration = DataloggerTests.configuration,
        _ body: (DeviceFleet, UInt16) async throws -> Void
    ) async throws {
        try await withDevice(.datalogger(configuration), as: Self.identity, body)
    }

    /// One request; head and body of the answer.
    private func request(_ client: Client, _ text: String) throws -> (head: String, body: String) {
        try client.send(Array(text.utf8))
        var bytes: [UInt8] = []
        while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
            guard let more = client.receive(), !more.isEmpty else { break }
            bytes += more
        }
        let parts = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")
        guard parts.count > 1 else { return (parts[0], "") }
        var body = parts.dropFirst().joined(separator: "\r\n\r\n")
        let length = parts[0].components(separatedBy: "\r\n").compactMap { line in
            line.lowercased().hasPrefix("content-length: ") ? Int(line.dropFirst(16)) : nil
        }.first
        while let length, !text.hasPrefix("HEAD"), body.utf8.count < length {
            guard let more = client.receive(), !more.isEmpty else { break }
            body += String(decoding: more, as: UTF8.self)
        }
        return (parts[0], body)
    }

    @Test(
        "Every answer names plant and device, also a refusal",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200), ("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
            ("GET /solar_api/GetAPIVersion.cgi HTTP/1.0\r\n\r\n", 200),
            ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", 405),
            (
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n\(String(repeating: "x", count: 99_999))",
                413
            ),
            ("nonsense\r\n\r\n", 400),
        ])
    func answers(_ text: String, _ status: Int) async throws {
        try await withLogger { fleet, port in
            let (head, _) = try request(try Client(port: port), text)
            #expect(head.hasPrefix("HTTP/1.1 \(status) ") || head.hasPrefix("HTTP/1.0 \(status) "), "\(head)")
            #expect(head.contains("X-Plant: park-a") && head.contains("X-Device: logger"), "\(head)")
            #expect(fleet.counters(Self.identity)?.requests == 1)
            #expect(fleet.counters(Self.identity)?.refusals == (status < 400 ? 0 : 1))
        }
    }

    @Test("A connection is kept for further requests and answers them in order")
    func keepAlive() async throws {
        try await withLogger { fleet, port in
            let client = try Client(port: port)
            #expect(try request(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").body.contains("park-a"))
            #expect(try request(client, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n").head.contains("404"))
            #expect(fleet.counters(Self.identity)?.connections == 1)
            #expect(fleet.counters(Self.identity)?.open == 1)
        }
    }

    @Test("Who is one too many is reset, who says nothing is closed in time")
    func limits() async throws {
        var configuration = DataloggerTests.configuration
        (configuration.connectionLimit, configuration.idleLimitSeconds) = (2, 1)
        try await withLogger(configuration) { fleet, port in
            let first = try Client(port: port)
            let second = try Client(port: port)
            _ = try request(first, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try request(second, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try Client(port: port).isOver)
            #expect(fleet.counters(Self.identity)?.refusals == 1)
            #expect(first.isOver && second.isOver)
        }
    }

    @Test("A removed logger resets its connections and listens no more; its health is asked out of band")
    func removal() async throws {
        try await withLogger { fleet, port in
            let client = try Client(port: port)
            _ = try request(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let health = await fleet.health(Self.identity)
            #expect(health?.isServing == true && health?.counters.requests == 1)
            await fleet.remove(Self.identity)
            #expect(client.isOver)
            #expect(try await isRefused(port))
            let again = try Listener()
            try await fleet.add(
                .datalogger(DataloggerTests.configuration), as: Self.identity, listener: again.descriptor)
            #expect(try request(try Client(port: again.port), "GET / HTTP/1.0\r\n\r\n").body.contains("logger"))
        }
    }
}
