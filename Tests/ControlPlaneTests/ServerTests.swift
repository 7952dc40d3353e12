import AccessModel
import Addressing
import ControlProtocol
import Foundation
import Glibc
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ControlPlane

/// The real server on loopback sockets.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ServerTests {
    @Test("The server answers at its address and on a socket that it was handed, and stops when told")
    func serves() async throws {
        let folder = try DatabaseFolder()
        let (descriptor, adoptedPort) = try Self.listeningSocket()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = try ControlPlaneServer(
            configuration: .init(
                databasePath: folder.path, seed: Fleet.seed(), listen: Endpoint(IPv4Address(127, 0, 0, 1), 0),
                adopted: [descriptor]))
        let serving = Task {
            try await server.run { port in continuation.yield(port) }
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        for port in [port, adoptedPort] {
            let start = try await Self.get(port, "/")
            #expect(start.status == .seeOther && start.headers[.location] == "/login")
            let page = try await Self.get(port, "/login")
            #expect(page.status == .ok)
            #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            let text = String(buffer: page.body ?? ByteBuffer())
            #expect(text.contains("anna") && text.contains("nordwind") && text.contains("without a password"))
            let health = try await Self.get(port, "/healthz")
            #expect(health.status == .ok)
            let nobody = try await Self.get(port, "/api/v1/me/vpn")
            #expect(nobody.status == .unauthorized)
        }
        serving.cancel()
        _ = await serving.result
        await #expect(throws: (any Error).self) { _ = try await Self.get(port, "/healthz") }
    }

    private static func get(_ port: Int, _ path: String) async throws -> TestClient.Response {
        let client = TestClient(
            host: "127.0.0.1", port: port, configuration: .init(timeout: .seconds(5)))
        client.connect()
        do {
            let response = try await client.get(path)
            try await client.shutdown()
            return response
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private static func listeningSocket() throws -> (CInt, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> Int in
                guard bind(descriptor, generic, length) == 0, listen(descriptor, 16) == 0,
                    getsockname(descriptor, generic, &length) == 0
                else { return 0 }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
        try #require(port > 0)
        return (descriptor, port)
    }
}
