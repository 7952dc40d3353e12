import AccessModel
import Addressing
import AsyncHTTPClient
import Browser
import ControlPlane
import ControlProtocol
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// A real control plane on a loopback socket, with a gateway that acknowledges what it is told until told not to.
final class Portal: Sendable {
    let folder: URL
    let seed: Seed
    private let serving = Mutex<Task<Void, any Error>?>(nil)
    private let polling = Mutex<Task<Void, any Error>?>(nil)
    private let portNumber = Mutex(0)

    var port: Int { portNumber.withLock { $0 } }
    var address: String { "http://127.0.0.1:\(port)" }

    /// Runs the body with a control plane; the gateway and all agents are up.
    static func serving(
        _ seed: Seed = Fleet.seed(), agents: [PlantID] = ["sonnenfeld", "weinberg", "abendrot"],
        _ body: (Portal) async throws -> Void
    ) async throws {
        let portal = try Portal(seed)
        try await portal.start()
        portal.connectGateway()
        do {
            try await portal.bringUp(agents)
            try await body(portal)
        } catch {
            await portal.end()
            throw error
        }
        await portal.end()
    }

    private init(_ seed: Seed) throws {
        self.seed = seed
        folder = FileManager.default.temporaryDirectory.appending(path: "portal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Starts the server, after `stop()` at its old port.
    func start() async throws {
        let server = try ControlPlaneServer(
            configuration: .init(
                databasePath: folder.appending(path: "control.sqlite").path, seed: seed,
                listen: Endpoint(IPv4Address(127, 0, 0, 1), UInt16(port)), console: Fleet.console))
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            defer { continuation.finish() }
            try await server.run { continuation.yield($0) }
        }
        serving.withLock { $0 = task }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next(), "the control plane does not start")
        portNumber.withLock { $0 = port }
    }

    func stop() async {
        let task = serving.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        _ = await task?.result
    }

    private func end() async {
        await disconnectGateway()
        await stop()
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: Speaking

    @discardableResult
    func call(_ who: String?, _ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Data {
        var headers = body == nil ? [:] : ["Content-Type": "application/json"]
        if let who { headers["Authorization"] = "Bearer token-of-\(who)" }
        return try await send(method, path, body, headers: headers)
    }

    @discardableResult
    func send(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws -> Data {
        var request = HTTPClientRequest(url: "\(address)\(path)")
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let data = Data((try await response.body.collect(upTo: 32 << 20)).readableBytesView)
        guard response.status.code < 300 else {
            throw Refused(
                call: "\(method) \(path)", status: response.status.code, text: String(decoding: data, as: UTF8.self))
        }
        return data
    }

    struct Refused: Error {
        var call: String
        var status: UInt
        var text: String
    }

    private func post(_ who: String?, _ path: String, _ body: some Encodable) async throws {
        try await call(who, .POST, path, String(decoding: JSONEncoder().encode(body), as: UTF8.self))
    }

    func decode<Value: Decodable>(
        _ who: String, _ path: String, as type: Value.Type = Value.self
    ) async throws -> Value {
        try JSONDecoder().decode(type, from: await call(who, .GET, path))
    }

    func sync() async throws { try await call("lab", .POST, "/api/v1/sync", #"{"now":true}"#) }

    func overview(of person: String) async throws -> VPNOverview { try await decode(person, "/api/v1/me/vpn") }

    func rows(of person: String) async throws -> [RouteRow] {
        try await decode(person, "/api/v1/me/vpn/routes?limit=5000", as: RoutePage.self).rows
    }

    /// The plant to which 192.168.1.0/24 leads for the person.
    func winner(_ person: String) async throws -> PlantID? {
        try await rows(of: person).first { $0.conflict?.role == .winner }?.plant
    }

    /// Open event streams, from the metrics.
    func streams() async throws -> Int {
        let text = String(decoding: try await call(nil, .GET, "/metrics"), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("mirox_event_streams ") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    // MARK: The gateway's side

    func connectGateway() {
        let task = Task {
            var since: UInt64 = 0
            while !Task.isCancelled {
                do {
                    let batch: RevisionBatch = try await decode(
                        "gateway", "/api/v1/gateway/revisions?since=\(since)&wait=5")
                    for revision in batch.revisions {
                        since = revision.number
                        try await post(
                            "gateway", "/api/v1/gateway/acks",
                            Acknowledgement(revision: revision.number, hash: revision.hash, outcome: .applied))
                    }
                } catch {
                    // The control plane restarts in some tests.
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
        polling.withLock { $0 = task }
    }

    func disconnectGateway() async {
        let task = polling.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        _ = await task?.result
    }

    /// Enrols the plants' agents and has the gateway hear them.
    func bringUp(_ plants: [PlantID]) async throws {
        for plant in plants {
            let key = Fleet.key(of: plant)
            try await post(nil, "/api/v1/agent/enroll", EnrolmentRequest(token: "enrol-\(plant)", publicKey: key))
        }
        try await report(plants.map { state(of: Fleet.key(of: $0)) })
    }

    func state(
        of key: PublicKey, silent: Double = 0, from source: String = "203.0.113.50", up: UInt64 = 0, down: UInt64 = 0
    ) -> PeerState {
        PeerState(
            publicKey: key, endpoint: Endpoint("\(source):40000"), lastHandshakeAge: silent,
            lastAuthenticatedAge: silent, bytesFromPeer: up, bytesToPeer: down)
    }

    func report(_ peers: [PeerState]) async throws {
        try await post(
            "gateway", "/api/v1/gateway/peers",
            PeerReport(incarnation: GatewayIncarnation(id: "first"), peers: peers))
    }

    func report(_ flows: [FlowRecord]) async throws {
        try await post(
            "gateway", "/api/v1/gateway/flows",
            FlowReport(incarnation: GatewayIncarnation(id: "first"), flows: flows))
    }

    /// Gives the person a certificate by the API, without a browser.
    func issue(_ person: String, key number: UInt8 = 7) async throws {
        try await post(person, "/api/v1/me/vpn/certificate", CertificateRequest(publicKey: Fleet.key(number)))
    }

    // MARK: The browser's side

    /// Signs in by the lab's page and goes to the address.
    func signIn(_ session: BrowserSession, as person: String, to path: String = "/profile/vpn") async throws {
        try await session.go(to: "\(address)/login?next=\(path)")
        let selector = person == "rig" ? "button[name=lab]" : "button[name=person][value='\(person)']"
        try await session.click(selector)
        try await session.wait(for: "location.pathname !== '/login' && document.readyState === 'complete'")
    }
}
