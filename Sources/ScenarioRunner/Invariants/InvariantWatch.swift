package import AccessModel
package import Addressing
package import ScenarioModel

/// What broke an invariant.
package struct Violation: Hashable, Sendable {
    package var invariant: Invariant
    package var text: String
    /// The gateway's own record, when it gave one.
    package var record: String?
    /// Whom the world is asked about.
    package var suspect: Suspect?

    package init(_ invariant: Invariant, _ text: String, record: String? = nil, suspect: Suspect? = nil) {
        self.invariant = invariant
        self.text = text
        self.record = record
        self.suspect = suspect
    }
}

/// Holds every packet that the gateway decided about, and every event, against the invariants of a scenario.
package struct InvariantWatch: Sendable {
    private let invariants: Set<Invariant>
    private var ledger: PermissionLedger
    /// Cannot be judged yet: an action is under way, or the revision is not known to be applied.
    private var undecided: [Forwarding] = []
    private var actionsUnderWay = 0
    private var winners: [Way: PlantID] = [:]
    private var seen: Set<Fact> = []
    private var flowOrder: [AuditedFlow] = []
    private var flows: Set<AuditedFlow> = []
    private var moves = MoveWatch()
    private var status = StatusWatch()
    private var sessions = SessionWatch()
    private var bystanders = BystanderWatch()

    /// Every packet counted by person, address and plant; `only` is read from it.
    package private(set) var packets: [Delivery: Int] = [:]
    /// The first thing that was wrong.
    package private(set) var violation: Violation?

    /// Where packets of a person for an address came out.
    package struct Delivery: Hashable, Sendable {
        package var person: PersonID
        package var address: IPv4Address
        package var plant: PlantID

        package init(person: PersonID, address: IPv4Address, plant: PlantID) {
            self.person = person
            self.address = address
            self.plant = plant
        }
    }

    private struct Way: Hashable {
        var person: PersonID
        var address: IPv4Address
        var revision: UInt64
    }

    private struct Fact: Hashable {
        var person: PersonID
        var plant: PlantID
        var address: IPv4Address
        var revision: UInt64
        var key: PublicKey?
    }

    package init(_ invariants: [Invariant], fixture: Fixture) {
        self.invariants = Set(invariants)
        ledger = PermissionLedger(fixture: fixture)
    }

    // MARK: What the scenario does

    package mutating func actionBegins(_ action: Action) {
        actionsUnderWay += 1
        // What it causes may be seen before it has returned.
        moves.acted(action)
        if !action.isOpening { bystanders.acted(action) }
    }

    /// - Parameter outcome: `nil` when the action was refused or failed.
    package mutating func actionEnded(_ action: Action, _ outcome: ActionOutcome?) {
        actionsUnderWay -= 1
        if let outcome {
            ledger.record(action, outcome)
            moves.acted(action)
            bystanders.acted(action)
        }
        settle()
    }

    // MARK: What the world tells

    package mutating func changed(_ change: WorldChange, at seconds: Double) {
        switch change.kind {
        case .applied(let revision): ledger.record(revision)
        case .table(let person, let revision, let rows): status.told(rows, of: person, revision: revision)
        case .sessionRows(let person, let rows):
            note(sessions.fallen(rows, of: person))
            note(sessions.told(rows, of: person))
        case .connection(let id, let state): note(bystanders.changed(id, state))
        case .tunnel(let laptop, .up): note(bystanders.shookHands(laptop, at: seconds))
        default: return
        }
        settle()
    }

    package mutating func forwarded(_ forwarding: Forwarding) {
        let delivery = Delivery(person: forwarding.person, address: forwarding.device, plant: forwarding.plant)
        packets[delivery, default: 0] += forwarding.packetCount
        if invariants.contains(.oneWinner) { checkWinner(forwarding) }
        if invariants.contains(.auditComplete) {
            let flow = AuditedFlow(forwarding)
            if flows.insert(flow).inserted { flowOrder.append(flow) }
        }
        if invariants.contains(.statusTruthful) { status.forwarded(forwarding) }
        if invariants.contains(.noSilentMove) { moves.forwarded(forwarding) }
        guard !invariants.isDisjoint(with: [.noLeak, .oneKeyAtATime, .noSilentMove, .statusTruthful]) else { return }
        let fact = Fact(
            person: forwarding.person, plant: forwarding.plant, address: forwarding.device,
            revision: forwarding.revision, key: forwarding.key)
        guard seen.insert(fact).inserted else { return }
        undecided.append(forwarding)
        settle()
    }

    package mutating func refused(_ refusal: Refusal) {
        guard invariants.contains(.statusTruthful) else { return }
        status.refused(refusal)
        settle()
    }

    // MARK: At the end

    /// Packets that went at a revision of which nobody said that it was applied; then nothing can be said of them.
    package var unaccounted: [Forwarding] { undecided }

    /// The flows that the gateway let through and the audit does not hold.
    package func missing(in audited: [AuditedFlow]) -> [AuditedFlow] {
        let audited = Set(audited)
        return flowOrder.filter { !audited.contains($0) }
    }

    // MARK: Judging

    private mutating func note(_ found: Violation?) {
        if violation == nil, let found, invariants.contains(found.invariant) { violation = found }
    }

    private mutating func checkWinner(_ forwarding: Forwarding) {
        let way = Way(person: forwarding.person, address: forwarding.device, revision: forwarding.revision)
        guard let other = winners[way] else {
            winners[way] = forwarding.plant
            return
        }
        guard other != forwarding.plant, violation == nil else { return }
        violation = Violation(
            .oneWinner,
            "\(forwarding.person)'s packets for \(forwarding.device) went to \(other) and to \(forwarding.plant) "
                + "within revision \(forwarding.revision)",
            record: forwarding.record, suspect: .packet(StrayPacket(forwarding)))
    }

    private mutating func settle() {
        guard actionsUnderWay == 0 else { return }
        let latest = ledger.latestRevision
        let ripe = undecided.filter { $0.revision <= latest }
        undecided.removeAll { $0.revision <= latest }
        for forwarding in ripe where violation == nil {
            note(leak(forwarding))
            note(strangeKey(forwarding))
        }
        note(moves.settle(upTo: latest) { [ledger] in ledger.permitted($0, at: $1) })
        note(status.settle(ledger))
    }

    private func leak(_ forwarding: Forwarding) -> Violation? {
        guard invariants.contains(.noLeak) else { return nil }
        let permitted = ledger.permitted(forwarding.person, at: forwarding.revision)
        guard !permitted.contains(forwarding.plant) else { return nil }
        let names = permitted.map(\.text).sorted().joined(separator: ", ")
        return Violation(
            .noLeak,
            "a packet of \(forwarding.person) for \(forwarding.device) went into \(forwarding.plant) at revision "
                + "\(forwarding.revision), where \(names.isEmpty ? "no plant is" : "only \(names) is") permitted",
            record: forwarding.record, suspect: .packet(StrayPacket(forwarding)))
    }

    private func strangeKey(_ forwarding: Forwarding) -> Violation? {
        guard invariants.contains(.oneKeyAtATime), let key = forwarding.key,
            let own = ledger.key(of: forwarding.person, at: forwarding.revision), own != key
        else { return nil }
        return Violation(
            .oneKeyAtATime,
            "a packet of \(forwarding.person) under the key \(key) was let through at revision \(forwarding.revision), "
                + "where \(own) is the one",
            record: forwarding.record, suspect: .packet(StrayPacket(forwarding)))
    }
}

extension Action {
    /// Whether it opens a connection, which exists only when it has returned.
    fileprivate var isOpening: Bool {
        if case .open = verb { return true }
        return false
    }
}

extension AuditedFlow {
    fileprivate init(_ forwarding: Forwarding) {
        self.init(
            person: forwarding.person, plant: forwarding.plant, device: forwarding.device,
            transport: forwarding.transport, port: forwarding.port)
    }

    /// The flow in words.
    package var text: String { "\(person) -> \(plant) \(device):\(port) (protocol \(transport))" }
}
