import AccessModel
import Addressing
import ScenarioModel
import Testing

@testable import ScenarioRunner

@Suite("The ledger of permissions, in whatever order the news comes")
struct InvariantWatchTests {
    private let fixture: Fixture
    private var watch: InvariantWatch

    init() throws {
        fixture = try instance("  - sync: { now: true }").fixture
        watch = InvariantWatch([.noLeak], fixture: fixture)
        watch.actionBegins()
        watch.actionEnded(
            Action(.issue(.init(LaptopID(person: "anna", name: "laptop")))),
            ActionOutcome(generation: 1, applied: [.init(revision: 1, generation: 1, scope: .person("anna"))]))
    }

    private func packet(_ revision: UInt64) -> Forwarding {
        Forwarding(
            person: "anna", plant: "sonnenfeld", device: IPv4Address(192, 168, 1, 40), transport: 6, port: 22,
            revision: revision)
    }

    private let grant = Action(.grant(.init(person: "anna", places: [.plant("sonnenfeld")])))
    private let withdrawal = Action(.withdraw(.init(person: "anna", places: [.plant("sonnenfeld")])))

    @Test("packet, then the acknowledgement, then the answer to the grant: no leak")
    mutating func packetFirst() {
        watch.actionBegins()
        watch.forwarded(packet(2))
        watch.applied(.init(revision: 2, generation: 2, scope: .everyone))
        #expect(watch.violation == nil)
        watch.actionEnded(grant, ActionOutcome(generation: 2))
        #expect(watch.violation == nil)
        #expect(watch.unaccounted.isEmpty)
    }

    @Test("a packet waits for the news of its revision, and is judged then")
    mutating func waits() {
        watch.actionBegins()
        watch.actionEnded(grant, ActionOutcome(generation: 2))
        watch.forwarded(packet(2))
        #expect(watch.violation == nil)
        #expect(watch.unaccounted.count == 1)
        watch.applied(.init(revision: 2, generation: 2, scope: .everyone))
        #expect(watch.violation == nil)
        #expect(watch.unaccounted.isEmpty)
    }

    @Test("a tick that the answer to a withdrawal comes after counts all the same")
    mutating func lateAnswer() {
        watch.actionBegins()
        watch.actionEnded(grant, ActionOutcome(generation: 2))
        watch.applied(.init(revision: 2, generation: 2, scope: .everyone))
        watch.actionBegins()
        watch.applied(.init(revision: 3, generation: 3, scope: .everyone))
        watch.forwarded(packet(3))
        watch.actionEnded(withdrawal, ActionOutcome(generation: 3))
        #expect(watch.violation?.invariant == .noLeak)
    }

    @Test("a push for one person releases what waits for that person, and for nobody else; an agent's event nothing")
    mutating func scopes() {
        watch.actionBegins()
        watch.actionEnded(grant, ActionOutcome(generation: 2))
        watch.applied(.init(revision: 2, generation: 2, scope: .person("olga")))
        watch.applied(.init(revision: 3, generation: 2, scope: .plant("sonnenfeld")))
        var leaking = watch
        leaking.forwarded(packet(3))
        #expect(leaking.violation?.invariant == .noLeak)
        watch.applied(.init(revision: 4, generation: 2, scope: .person("anna")))
        watch.forwarded(packet(4))
        #expect(watch.violation == nil)
    }

    @Test("a grant opens nothing to whose job role is not the VPN's")
    mutating func jobRole() {
        watch.actionBegins()
        watch.actionEnded(
            Action(.issue(.init(LaptopID(person: "olga", name: "laptop")))), ActionOutcome(generation: 2))
        watch.actionBegins()
        watch.actionEnded(
            Action(.grant(.init(person: "olga", places: [.plant("sonnenfeld")]))), ActionOutcome(generation: 3))
        watch.applied(.init(revision: 2, generation: 3, scope: .everyone))
        var packet = packet(2)
        packet.person = "olga"
        watch.forwarded(packet)
        #expect(watch.violation?.invariant == .noLeak)
    }
}

extension InvariantWatch {
    /// Some action begins, whichever.
    fileprivate mutating func actionBegins() { actionBegins(Action(.sync(.now))) }

    fileprivate mutating func applied(_ revision: AppliedRevision) {
        changed(WorldChange(node: "gateway", kind: .applied(revision), text: ""), at: 0)
    }
}
