import AccessModel
import Addressing
import ControlProtocol
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import ControlPlane

/// A wall clock that moves only when told, beside a real one for waiting.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_790_000_000_000)

    var now: Timestamp { Timestamp(milliseconds: milliseconds.withLock { $0 }) }

    func advance(bySeconds seconds: Double) { milliseconds.withLock { $0 += Int64(seconds * 1000) } }

    var surroundings: Surroundings {
        var surroundings = Surroundings.system
        surroundings.now = { self.now }
        return surroundings
    }
}

/// Nordwind with park-a, Südlicht with park-b on the same range, shared with anna and otto of Nordwind.
enum Fleet {
    static let range = prefix("192.168.1.0/24")

    static func prefix(_ text: String) -> Prefix {
        guard let prefix = Prefix(text) else { preconditionFailure("\(text) is no prefix") }
        return prefix
    }

    static func key(_ number: UInt8) -> PublicKey {
        guard let key = PublicKey(bytes: (0..<32).map { UInt8($0) &+ number }) else { preconditionFailure() }
        return key
    }

    static var intent: Intent {
        let earlier = Timestamp("2026-01-05")
        let later = Timestamp("2026-02-01")
        var intent = Intent(
            people: Dictionary(
                uniqueKeysWithValues: ["anna", "otto", "olga", "sven"].map { ($0, Person(name: $0.text)) }),
            organizations: [
                "nordwind": Organization(
                    name: "Nordwind",
                    members: [
                        "olga": Member(standing: .admin), "anna": Member(jobRole: .operator),
                        "otto": Member(jobRole: .operator),
                    ]),
                "suedlicht": Organization(name: "Südlicht", members: ["sven": Member(standing: .admin)]),
            ],
            portfolios: [
                "sued": Portfolio(name: "Süd", organization: "nordwind"),
                "west": Portfolio(name: "West", organization: "suedlicht"),
            ],
            plants: [
                "park-a": Plant(
                    name: "Park A", portfolio: "sued",
                    subnets: [
                        Subnet(
                            prefix: range,
                            devices: [
                                Device(
                                    name: "inverter-1", address: IPv4Address(192, 168, 1, 20), type: "inverter",
                                    services: [Service(name: "modbus", port: 502)])
                            ])
                    ]),
                "park-b": Plant(
                    name: "Park B", portfolio: "west",
                    subnets: [Subnet(prefix: range), Subnet(prefix: prefix("10.4.0.0/24"))]),
            ],
            agents: ["park-a": Agent(plant: "park-a"), "park-b": Agent(plant: "park-b")])
        intent.cooperations["both"] = Cooperation(
            owner: "suedlicht", partner: "nordwind", shares: [.plant("park-b")], members: ["anna", "otto"],
            state: .accepted)
        for person in ["anna", "otto"] as [PersonID] {
            intent.grants[person] = [
                Grant(place: .plant("park-a"), since: earlier ?? .beginning),
                Grant(place: .plant("park-b"), since: later ?? .beginning),
            ]
        }
        return intent
    }

    static func seed(_ change: (inout Seed) -> Void = { _ in }) -> Seed {
        var settings = ControlSettings()
        settings.urgentWaitSeconds = 1.5
        settings.syncWaitSeconds = 0.3
        let people: [PersonID] = ["anna", "otto", "olga", "sven"]
        var seed = Seed(
            intent: intent,
            tokens: people.map { Seed.Token(secret: "token-of-\($0)", principal: .person($0)) } + [
                Seed.Token(secret: "token-of-gateway", principal: .gateway),
                Seed.Token(secret: "token-of-lab", principal: .lab),
            ],
            enrolments: [
                Seed.EnrolmentToken(secret: "enrol-park-a", agent: "park-a"),
                Seed.EnrolmentToken(secret: "enrol-park-b", agent: "park-b"),
            ],
            gateway: GatewayAddress(publicKey: key(200), endpoint: Endpoint(IPv4Address(203, 0, 113, 1), 51820)),
            settings: settings)
        change(&seed)
        return seed
    }
}

/// A database in a folder of its own, which goes with it.
final class DatabaseFolder: Sendable {
    let path: String
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "control.sqlite").path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

/// A control plane behind its router, with somebody to speak for everybody.
struct World {
    let service: ControlPlaneService
    let client: any TestClientProtocol
    let clock: TestClock

    /// Runs the body against a control plane in `folder`; the seed counts only when the database is new.
    static func run(
        in folder: DatabaseFolder? = nil, clock: TestClock = TestClock(), seed: Seed? = Fleet.seed(),
        _ body: @Sendable (World) async throws -> Void
    ) async throws {
        let folder = try folder ?? DatabaseFolder()
        let service = try ControlPlaneService(
            store: Store(path: folder.path), seed: seed, surroundings: clock.surroundings)
        let application = Application(router: ControlPlaneServer.router(of: service))
        try await application.test(.router) { client in
            try await body(World(service: service, client: client, clock: clock))
        }
    }

    // MARK: Speaking

    struct Answer {
        var status: Int
        var data: Data
        var headers: HTTPFields

        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try JSONDecoder().decode(type, from: data)
        }

        var problem: String? { try? decode(Problem.self).code }
    }

    @discardableResult
    func call(
        _ who: String?, _ method: HTTPRequest.Method, _ path: String, _ body: (some Encodable)?,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        let text = try body.map { try JSONEncoder().encode($0) }
        return try await send(who, method, path, text, headers: headers)
    }

    @discardableResult
    func call(
        _ who: String?, _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await send(who, method, path, nil, headers: headers)
    }

    @discardableResult
    func send(
        _ who: String?, _ method: HTTPRequest.Method, _ path: String, _ body: Data?, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let who { headers[.authorization] = "Bearer token-of-\(who)" }
        return try await client.execute(
            uri: "/api/v1/\(path)", method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) }
        ) { response in
            Answer(
                status: response.status.code, data: Data(response.body.readableBytesView), headers: response.headers)
        }
    }

    func rows(of person: String) async throws -> [RouteRow] {
        try await call(person, .get, "me/vpn/routes").decode(RoutePage.self).rows
    }

    func row(of person: String, _ plant: PlantID, _ subnet: Prefix = Fleet.range) async throws -> RouteRow? {
        try await rows(of: person).first { $0.plant == plant && $0.subnet == subnet }
    }

    // MARK: Usual steps

    @discardableResult
    func issue(_ person: String, _ key: UInt8) async throws -> Answer {
        try await call(person, .post, "me/vpn/certificate", CertificateRequest(publicKey: Fleet.key(key)))
    }

    @discardableResult
    func sync() async throws -> Answer {
        try await call("lab", .post, "sync", SyncRequest(now: true))
    }

    /// Enrols both agents and lets the gateway report their handshakes.
    func bringAgentsUp(_ plants: [(String, UInt8)] = [("park-a", 101), ("park-b", 102)]) async throws {
        for (plant, key) in plants {
            let request = EnrolmentRequest(token: "enrol-\(plant)", publicKey: Fleet.key(key))
            let answer = try await call(nil, .post, "agent/enroll", request)
            #expect(answer.status == 201)
        }
        try await report(plants.map { PeerState.heard(Fleet.key($0.1)) })
    }

    func report(_ peers: [PeerState], incarnation: String = "first") async throws {
        let report = PeerReport(incarnation: GatewayIncarnation(id: incarnation), peers: peers)
        let answer = try await call("gateway", .post, "gateway/peers", report)
        #expect(answer.status == 204)
    }

    func report(_ flows: [FlowRecord], incarnation: String = "first") async throws {
        let report = FlowReport(incarnation: GatewayIncarnation(id: incarnation), flows: flows)
        let answer = try await call("gateway", .post, "gateway/flows", report)
        #expect(answer.status == 204)
    }

    /// Runs the body while a gateway polls, applies and acknowledges.
    func withGateway(
        _ gateway: FakeGateway = FakeGateway(), _ body: (FakeGateway) async throws -> Void
    ) async throws {
        let polling = Task { try await gateway.poll(self) }
        let result: Result<Void, any Error>
        do {
            try await gateway.isCurrent(in: self)
            result = .success(try await body(gateway))
        } catch {
            result = .failure(error)
        }
        // Not a revision more once this has returned.
        polling.cancel()
        _ = await polling.result
        try result.get()
    }
}

extension PeerState {
    static func heard(
        _ key: PublicKey, handshake: Double? = 0, authenticated: Double? = 0, from address: IPv4Address? = nil,
        up: UInt64 = 0, down: UInt64 = 0
    ) -> PeerState {
        PeerState(
            publicKey: key, endpoint: Endpoint(address ?? IPv4Address(198, 18, 0, 10), 40000),
            lastHandshakeAge: handshake, lastAuthenticatedAge: authenticated, bytesFromPeer: up, bytesToPeer: down)
    }
}

/// The gateway's side of the protocol, without packets.
final class FakeGateway: Sendable {
    struct Held {
        var revision: UInt64 = 0
        var view = ReleasedView()
        /// Every entry that was ever applied for a person, in order.
        var history: [PersonID: [PersonEntry?]] = [:]
        var snapshots = 0
        /// An acknowledgement that could not be sent.
        var unsent: Acknowledgement?
    }

    private let held = Mutex(Held())

    var view: ReleasedView { held.withLock { $0.view } }
    var revision: UInt64 { held.withLock { $0.revision } }
    var snapshots: Int { held.withLock { $0.snapshots } }

    func entry(of person: PersonID) -> PersonEntry? { view.people.first { $0.person == person } }

    /// Where the address leads for the person.
    func plant(for person: PersonID, at address: IPv4Address) -> PlantID? {
        entry(of: person)?.routes.first { $0.range.contains(address) && $0.isReachable }?.plant
    }

    func poll(_ world: World) async throws {
        while !Task.isCancelled { try await pollOnce(world, wait: 5) }
    }

    func pollOnce(_ world: World, wait: Int = 0) async throws {
        if let unsent = held.withLock({ $0.unsent }) { try await acknowledge(unsent, to: world) }
        let answer = try await world.call("gateway", .get, "gateway/revisions?since=\(revision)&wait=\(wait)")
        let batch = try answer.decode(RevisionBatch.self)
        for revision in batch.revisions {
            try await acknowledge(apply(revision), to: world)
        }
    }

    private func acknowledge(_ acknowledgement: Acknowledgement, to world: World) async throws {
        let answer = try await world.call("gateway", .post, "gateway/acks", acknowledgement)
        held.withLock { $0.unsent = answer.status == 204 ? nil : acknowledgement }
    }

    private func apply(_ revision: Revision) -> Acknowledgement {
        held.withLock { held in
            let view: ReleasedView
            switch revision.content {
            case .snapshot(let snapshot):
                view = snapshot
                held.snapshots += 1
            case .delta(let delta):
                guard delta.base == held.revision else {
                    return Acknowledgement(
                        revision: held.revision, hash: held.view.contentHash, outcome: .needsSnapshot)
                }
                view = held.view.applying(delta)
            }
            guard view.contentHash == revision.hash else {
                return Acknowledgement(revision: held.revision, hash: held.view.contentHash, outcome: .needsSnapshot)
            }
            held.view = view
            held.revision = revision.number
            return Acknowledgement(revision: revision.number, hash: revision.hash, outcome: .applied)
        }
    }

    /// Waits until everything published is acknowledged.
    func isCurrent(in world: World) async throws {
        let isCurrent = await world.service.acknowledged(within: 5)
        #expect(isCurrent)
    }
}
