import AccessModel
import Addressing
import ScenarioModel
import Testing

@testable import ScenarioRunner

private let laptop = LaptopID(person: "anna", name: "laptop")
private let device = IPv4Address(192, 168, 1, 20)
private let range = Prefix(around: device, length: 24)

/// A watch over two parks on one range, with anna's certificate issued and applied as revision 1 of generation 1.
private struct Scene {
    var watch: InvariantWatch

    init(_ invariant: Invariant) throws {
        watch = InvariantWatch([invariant], fixture: try shippedFixture("two-parks-same-range"))
        act(.issue(.init(laptop)), generation: 1, applied: [(1, 1, .person("anna"))], key: Self.key(1))
    }

    static func key(_ number: UInt8) -> PublicKey? { PublicKey(bytes: [UInt8](repeating: number, count: 32)) }

    mutating func act(
        _ verb: Action.Verb, generation: UInt64,
        applied: [(revision: UInt64, generation: UInt64, scope: AppliedRevision.Scope)] = [], key: PublicKey? = nil
    ) {
        watch.actionBegins(Action(verb))
        var outcome = ActionOutcome(generation: generation)
        outcome.applied = applied.map {
            AppliedRevision(revision: $0.revision, generation: $0.generation, scope: $0.scope)
        }
        outcome.key = key
        watch.actionEnded(Action(verb), outcome)
    }

    mutating func forward(_ plant: PlantID, revision: UInt64, key: UInt8 = 1) {
        watch.forwarded(
            Forwarding(
                person: "anna", plant: plant, device: device, transport: 6, port: 502, revision: revision,
                key: Self.key(key)))
    }

    mutating func refuse(revision: UInt64) {
        watch.refused(Refusal(person: "anna", address: device, revision: revision, verdict: "noPermission"))
    }

    mutating func tell(_ kind: WorldChange.Kind, at seconds: Double = 0) {
        watch.changed(WorldChange(node: "gateway", kind: kind, text: ""), at: seconds)
    }

    mutating func table(_ revision: UInt64, _ rows: [(PlantID, Condition.RouteStatus)]) {
        tell(
            .table(
                "anna", revision: revision,
                rows.map { ScenarioModel.RouteRow(plant: $0.0, subnet: range, status: $0.1) }))
    }
}

@Suite("Every invariant, green and red")
struct InvariantKindTests {
    // MARK: one-key-at-a-time

    @Test("one-key-at-a-time: the old key until the sync, the new one after it")
    func keys() throws {
        var scene = try Scene(.oneKeyAtATime)
        scene.act(.rotate(.init(laptop)), generation: 2, key: Scene.key(2))
        scene.forward("park-a", revision: 1, key: 1)
        scene.act(.sync(.now), generation: 2, applied: [(2, 2, .everyone)])
        scene.forward("park-a", revision: 2, key: 2)
        #expect(scene.watch.violation == nil)
        scene.forward("park-a", revision: 2, key: 1)
        #expect(scene.watch.violation?.invariant == .oneKeyAtATime)
    }

    @Test("one-key-at-a-time: the new key before the sync is a violation as well")
    func earlyKey() throws {
        var scene = try Scene(.oneKeyAtATime)
        scene.act(.rotate(.init(laptop)), generation: 2, key: Scene.key(2))
        scene.forward("park-a", revision: 1, key: 2)
        #expect(scene.watch.violation?.invariant == .oneKeyAtATime)
    }

    @Test("one-key-at-a-time and no-leak: what a page may have done is no violation, and another person's is one")
    func pages() throws {
        var scene = try Scene(.noLeak)
        scene.act(.revoke(.init("anna")), generation: 2, applied: [(2, 2, .person("anna"))])
        scene.act(.page(.init(laptop: laptop, gesture: .open("/profile/vpn"))), generation: 2)
        scene.act(.page(.init(laptop: laptop, gesture: .click("Issue cert"))), generation: 3)
        scene.tell(.applied(AppliedRevision(revision: 3, generation: 3, scope: .person("anna"))))
        scene.forward("park-a", revision: 3, key: 9)
        #expect(scene.watch.violation == nil)
        scene.act(.withdraw(.init(person: "anna", places: [.plant("park-a")])), generation: 4)
        scene.act(.sync(.now), generation: 4, applied: [(4, 4, .everyone)])
        scene.forward("park-a", revision: 4, key: 9)
        #expect(scene.watch.violation?.invariant == .noLeak)
    }

    // MARK: no-silent-move

    @Test("no-silent-move: a pick moves a range, and so does the loss of the plant")
    func moves() throws {
        var scene = try Scene(.noSilentMove)
        scene.forward("park-a", revision: 1)
        scene.act(
            .usePark(.init(person: "anna", subnet: range, plant: "park-b")), generation: 1,
            applied: [(2, 1, .person("anna"))])
        scene.forward("park-b", revision: 2)
        #expect(scene.watch.violation == nil)
        scene.act(.withdraw(.init(person: "anna", places: [.plant("park-b")])), generation: 2)
        scene.act(.sync(.now), generation: 2, applied: [(3, 2, .everyone)])
        scene.forward("park-a", revision: 3)
        #expect(scene.watch.violation == nil)
    }

    @Test("no-silent-move: anything else does not")
    func silentMove() throws {
        var scene = try Scene(.noSilentMove)
        scene.forward("park-a", revision: 1)
        scene.act(.sync(.now), generation: 1, applied: [(2, 1, .everyone)])
        scene.forward("park-b", revision: 2)
        #expect(scene.watch.violation?.invariant == .noSilentMove)
        // Somebody else's pick is no reason either.
        var other = try Scene(.noSilentMove)
        other.forward("park-a", revision: 1)
        other.act(
            .usePark(.init(person: "olga", subnet: range, plant: "park-b")), generation: 1,
            applied: [(2, 1, .person("olga"))])
        other.forward("park-b", revision: 2)
        #expect(other.watch.violation?.invariant == .noSilentMove)
    }

    // MARK: status-truthful

    @Test("status-truthful: what is forwarded is active, what is refused is not; the table may come before or after")
    func status() throws {
        var scene = try Scene(.statusTruthful)
        scene.table(1, [("park-a", .active), ("park-b", .conflict)])
        scene.forward("park-a", revision: 1)
        scene.refuse(revision: 2)
        scene.act(.sync(.now), generation: 1, applied: [(2, 1, .everyone)])
        scene.table(2, [("park-b", .conflict)])
        #expect(scene.watch.violation == nil)
    }

    @Test("status-truthful: forwarded, and the table says otherwise")
    func forwardedButNotActive() throws {
        var scene = try Scene(.statusTruthful)
        scene.forward("park-b", revision: 1)
        scene.table(1, [("park-a", .active), ("park-b", .conflict)])
        #expect(scene.watch.violation?.invariant == .statusTruthful)
    }

    @Test("status-truthful: refused, and the table says active")
    func refusedButActive() throws {
        var scene = try Scene(.statusTruthful)
        scene.refuse(revision: 1)
        scene.table(1, [("park-a", .active)])
        #expect(scene.watch.violation?.invariant == .statusTruthful)
    }

    @Test("status-truthful: refused, and the row says itself that its agent is silent")
    func activeWithAReason() throws {
        var scene = try Scene(.statusTruthful)
        scene.refuse(revision: 1)
        let row = ScenarioModel.RouteRow(plant: "park-a", subnet: range, status: .active, reason: "agent_offline")
        scene.tell(.table("anna", revision: 1, [row]))
        #expect(scene.watch.violation == nil)
    }

    @Test("status-truthful: a table of another revision says nothing")
    func otherRevision() throws {
        var scene = try Scene(.statusTruthful)
        scene.act(.sync(.now), generation: 1, applied: [(2, 1, .everyone)])
        scene.table(1, [("park-a", .active)])
        scene.refuse(revision: 2)
        #expect(scene.watch.violation == nil)
        scene.table(2, [("park-a", .active)])
        #expect(scene.watch.violation?.invariant == .statusTruthful)
    }

    // MARK: sessions

    @Test("at-most-one-online", arguments: [0, 1, 2])
    func online(count: Int) throws {
        var scene = try Scene(.atMostOneOnline)
        let rows = (0..<3).map { SessionRow(isOnline: $0 < count, bytes: 1) }
        scene.tell(.sessionRows("anna", rows))
        #expect((scene.watch.violation?.invariant == .atMostOneOnline) == (count > 1))
    }

    @Test("volumes-agree: a volume never falls")
    func fallingVolume() throws {
        var scene = try Scene(.volumesAgree)
        for bytes in [10, 20, 20] {
            scene.tell(.sessionRows("anna", [SessionRow(isOnline: true, bytes: UInt64(bytes))]))
        }
        #expect(scene.watch.violation == nil)
        scene.tell(.sessionRows("anna", [SessionRow(isOnline: true, bytes: 19)]))
        #expect(scene.watch.violation?.invariant == .volumesAgree)
    }

    // MARK: bystanders-undisturbed

    private func opened() throws -> Scene {
        var scene = try Scene(.bystandersUndisturbed)
        scene.act(opening(), generation: 1)
        return scene
    }

    @Test("bystanders-undisturbed: a connection ends only for what concerns its person or plant")
    func connections() throws {
        var concerned = try opened()
        concerned.act(.withdraw(.init(person: "anna", places: [.plant("park-a")])), generation: 2)
        concerned.tell(.connection("c", .reset))
        #expect(concerned.watch.violation == nil)
        var plant = try opened()
        plant.act(.agent(.init(plant: "park-a", change: .stop)), generation: 1)
        plant.tell(.connection("c", .stalled))
        #expect(plant.watch.violation == nil)
        var disturbed = try opened()
        disturbed.act(.withdraw(.init(person: "sven", places: [.plant("park-b")])), generation: 2)
        disturbed.act(.agent(.init(plant: "park-b", change: .stop)), generation: 1)
        disturbed.act(.sync(.now), generation: 2, applied: [(2, 2, .everyone)])
        disturbed.tell(.connection("c", .reset))
        #expect(disturbed.watch.violation?.invariant == .bystandersUndisturbed)
    }

    @Test("bystanders-undisturbed: no tunnel shakes hands anew for somebody else's sake")
    func handshakes() throws {
        var scene = try Scene(.bystandersUndisturbed)
        scene.act(.connect(.init(laptop)), generation: 1)
        scene.tell(.tunnel(laptop, .up), at: 1)
        scene.act(.revoke(.init("olga")), generation: 2, applied: [(2, 2, .person("olga"))])
        scene.tell(.tunnel(laptop, .up), at: 121)
        #expect(scene.watch.violation == nil, "WireGuard makes a handshake every two minutes")
        scene.tell(.tunnel(laptop, .up), at: 130)
        #expect(scene.watch.violation?.invariant == .bystandersUndisturbed)
    }

    private func opening() -> Action.Verb {
        let target = Target(
            address: device, port: 502, device: DeviceReference(plant: "park-a", device: "inverter-1"), candidates: [])
        return .open(.init(id: "c", from: laptop, target: target, via: .modbus, heartbeat: .seconds(1)))
    }

    @Test("bystanders-undisturbed: what was done before a connection began concerns it at the next sync, and no later")
    func concernedAtTheSync() throws {
        for (isWithdrawn, syncs, isDisturbed) in [(true, 1, false), (false, 1, true), (true, 2, true)] {
            var scene = try Scene(.bystandersUndisturbed)
            if isWithdrawn {
                scene.act(.withdraw(.init(person: "anna", places: [.plant("park-a")])), generation: 2)
            }
            if syncs == 2 { scene.act(.sync(.now), generation: 2) }
            scene.act(opening(), generation: 2)
            scene.act(.sync(.now), generation: 2)
            scene.tell(.connection("c", .reset))
            #expect((scene.watch.violation != nil) == isDisturbed)
        }
    }

    @Test("bystanders-undisturbed: a connection that was not opened, or only reports itself, is nobody's end")
    func notOpened() throws {
        var refused = try Scene(.bystandersUndisturbed)
        refused.watch.actionBegins(Action(opening()))
        refused.watch.actionEnded(Action(opening()), nil)
        refused.tell(.connection("c", .reset))
        #expect(refused.watch.violation == nil)
        var alive = try opened()
        alive.tell(.connection("c", .open))
        #expect(alive.watch.violation == nil)
        alive.tell(.connection("c", .reset))
        #expect(alive.watch.violation?.invariant == .bystandersUndisturbed)
    }

    @Test("bystanders-undisturbed: one's own connecting, and whatever follows a fault, disturbs nobody")
    func ownDoing() throws {
        var again = try Scene(.bystandersUndisturbed)
        again.act(.connect(.init(laptop)), generation: 1)
        again.tell(.tunnel(laptop, .up), at: 1)
        again.act(.connect(.init(laptop)), generation: 1)
        again.tell(.tunnel(laptop, .up), at: 5)
        #expect(again.watch.violation == nil)
        var gone = again
        gone.act(.disconnect(.init(laptop)), generation: 1)
        gone.tell(.tunnel(laptop, .up), at: 6)
        gone.tell(.tunnel(laptop, .up), at: 8)
        #expect(gone.watch.violation == nil)
        var later = try opened()
        later.act(.clock(.init(.seconds(3600))), generation: 1)
        later.tell(.connection("c", .reset))
        #expect(later.watch.violation == nil)
    }

    // MARK: At the end

    @Test("volumes-agree: sessions and audit say the same at the end")
    func volumes() async throws {
        let plan = try instance("  - sync: { now: true }", invariants: "[volumes-agree]")
        let world = FakeWorld()
        world.set { $0.volumes = [Volume(person: "anna", sessionBytes: 5, auditBytes: 5)] }
        #expect(await run(plan, in: world).verdict == .passed)
        let other = FakeWorld()
        other.set { $0.volumes = [Volume(person: "anna", sessionBytes: 5, auditBytes: 4)] }
        let ran = await run(plan, in: other)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.what == "anna: 5 bytes in the sessions, 4 in the audit")
    }

    @Test("key-stays-home: a key that is found somewhere is a violation")
    func strayKeys() async throws {
        let plan = try instance("  - sync: { now: true }", invariants: "[key-stays-home]")
        #expect(await run(plan, in: FakeWorld()).verdict == .passed)
        let world = FakeWorld()
        world.set { $0.strayKeys = ["the private key of anna/laptop stands in the file x, as base64"] }
        let ran = await run(plan, in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.what.contains("the file x") == true)
    }

    // MARK: The twin of rights

    @Test("no-leak knows roles, cooperations and plants that come and go")
    func rights() throws {
        var scene = try Scene(.noLeak)
        scene.forward("park-b", revision: 1)
        #expect(scene.watch.violation == nil)
        scene.act(
            .cooperation(.init(id: "nordwind-suedlicht", owner: "suedlicht", partner: "nordwind", change: .pause)),
            generation: 2)
        scene.act(.sync(.now), generation: 2, applied: [(2, 2, .everyone)])
        scene.act(
            .role(.init(person: "anna", organization: "nordwind", standing: nil, jobRole: .viewer)), generation: 3)
        scene.act(.sync(.now), generation: 3, applied: [(3, 3, .everyone)])
        var paused = scene
        paused.forward("park-b", revision: 2)
        #expect(paused.watch.violation?.invariant == .noLeak)
        var fine = scene
        fine.forward("park-a", revision: 2)
        #expect(fine.watch.violation == nil)
        fine.forward("park-a", revision: 3)
        #expect(fine.watch.violation?.invariant == .noLeak)
    }
}
