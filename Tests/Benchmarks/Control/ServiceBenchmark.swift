import AccessModel
import Addressing
import AsyncHTTPClient
import ControlPlane
import ControlProtocol
import DataPlane
import Foundation
import NIOCore
import NIOHTTP1
import Timebase
import TunnelRouting

/// The service over loopback: from a person's call to the gateway's tables, and calls a second.
enum ServiceBenchmark {
    private static let people = 200

    static func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var intent = Fleets.intent(people: people, plants: 100, plantsOfOne: 20, subnets: 3)
        intent.certificates = [:]
        let server = try ControlPlaneServer(
            configuration: .init(
                databasePath: folder.appending(path: "control.sqlite").path, seed: seed(of: intent),
                listen: Endpoint(IPv4Address(127, 0, 0, 1), 0)))
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let serving = Task { try await server.run { continuation.yield($0) } }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { return }
        let base = "http://127.0.0.1:\(port)"
        let gateway = Task { try await follow(base) }
        try await reportAgents(of: intent, base)
        let naive = measure("naive derivation of this fleet, \(people) people x 100 plants", runs: 3) {
            _ = NaiveDerivation.everybody(intent, states: intent.plants.mapValues { _ in .online })
        }
        try await switches(base, naive)
        try await revocations(base, naive)
        try await requests(base)
        gateway.cancel()
        serving.cancel()
        _ = await serving.result
    }

    private static func seed(of intent: Intent) -> Seed {
        Seed(
            intent: intent,
            tokens: (0..<people).map {
                Seed.Token(secret: "token-\($0)", principal: .person(PersonID("person-\($0)")))
            } + [.init(secret: "gateway", principal: .gateway), .init(secret: "lab", principal: .lab)],
            enrolments: [],
            gateway: GatewayAddress(
                publicKey: Fleets.key(0, kind: 9), endpoint: Endpoint(IPv4Address(127, 0, 0, 1), 1)),
            settings: ControlSettings(urgentWaitSeconds: 5))
    }

    /// The gateway's own client and core, without packets.
    private static func follow(_ base: String) async throws {
        let client = ControlPlaneClient(base: base, bearer: "gateway")
        var core = GatewayCore()
        while !Task.isCancelled {
            let batch = try await client.revisions(since: core.revision, waitSeconds: 5)
            for revision in batch.revisions {
                try await client.send(core.apply(revision, at: Moment(nanoseconds: 0)).acknowledgement)
            }
        }
    }

    private static func reportAgents(of intent: Intent, _ base: String) async throws {
        let peers = intent.agents.values.compactMap(\.publicKey).map {
            PeerState(
                publicKey: $0, endpoint: Endpoint(IPv4Address(198, 18, 0, 1), 1), lastHandshakeAge: 0,
                lastAuthenticatedAge: 0, bytesFromPeer: 0, bytesToPeer: 0)
        }
        let client = ControlPlaneClient(base: base, bearer: "gateway")
        try await client.send(PeerReport(incarnation: GatewayIncarnation(id: "bench"), peers: peers))
    }

    // MARK: Calls

    private static func call(
        _ method: String, _ base: String, _ path: String, as token: String, _ body: (any Encodable)? = nil
    ) async throws -> Data {
        let isOutside = path.hasPrefix("../../")
        var request = HTTPClientRequest(url: base + (isOutside ? "/" + path.dropFirst(6) : "/api/v1/" + path))
        request.method = .RAW(value: method)
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let body { request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body))) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let content = try await response.body.collect(upTo: 64 << 20)
        guard (200..<300).contains(Int(response.status.code)) else {
            throw CocoaError(.fileReadUnknown, userInfo: ["status": response.status.code, "path": path])
        }
        return Data(content.readableBytesView)
    }

    private static func switches(_ base: String, _ naive: Double) async throws {
        try await issue(0..<people, base)
        var times: [Double] = []
        let range = "192.168.1.0-24"
        for turn in 0..<200 {
            let start = ContinuousClock.now
            _ = try await call(
                "PUT", base, "me/vpn/routes/plant-\(7 + turn % 2)~\(range)/winner", as: "token-1")
            times.append(start.duration(to: .now) / .milliseconds(1))
        }
        told("winner switch, call to the gateway's acknowledgement", times, naive)
    }

    private static func issue(_ numbers: Range<Int>, _ base: String) async throws {
        for number in numbers {
            let body = CertificateRequest(publicKey: Fleets.key(number, kind: 2))
            _ = try await call("POST", base, "me/vpn/certificate", as: "token-\(number)", body)
        }
    }

    private static func revocations(_ base: String, _ naive: Double) async throws {
        var times: [Double] = []
        for number in 2..<102 {
            let start = ContinuousClock.now
            _ = try await call("DELETE", base, "me/vpn/certificate", as: "token-\(number)")
            times.append(start.duration(to: .now) / .milliseconds(1))
        }
        told("revoke, call to the gateway's acknowledgement", times, naive)
    }

    /// Beside the calls one that decides nothing: what server and client can do at all on this machine.
    private static func requests(_ base: String) async throws {
        var ceiling = 0.0
        for (name, path) in [
            ("nothing (/healthz)", "../../healthz"), ("overview", "me/vpn"), ("60 routes", "me/vpn/routes"),
        ] {
            let count = 2000
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        for _ in 0..<count / 8 { _ = try await call("GET", base, path, as: "token-\(110 + lane)") }
                    }
                }
                try await group.waitForAll()
            }
            let seconds = start.duration(to: .now) / .seconds(1)
            let rate = Double(count) / seconds
            if ceiling == 0 { ceiling = rate }
            say(
                "API, \(name): \(Int(rate)) requests a second, 8 at a time; \(Report.text(rate / ceiling)) of one that decides nothing"
            )
        }
    }

    /// The figure of A13 is for the slowest of a hundred; the naive way would derive everybody before it could answer.
    private static func told(_ name: String, _ times: [Double], _ naive: Double) {
        let sorted = times.sorted()
        let late = sorted[Int(Double(sorted.count) * 0.99)]
        Report.line(
            name, sorted[sorted.count / 2], nil,
            "median of \(sorted.count)")
        Report.ratio("\(name), p99", late, goal: 250, naive: naive + late)
    }
}
