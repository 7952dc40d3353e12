package import AccessModel
package import Addressing
package import ScenarioModel

/// What broke an invariant.
package struct Violation: Hashable, Sendable {
    package var invariant: Invariant
    package var text: String
    /// The gateway's own record, when it gave one.
    package var record: String?

    package init(_ invariant: Invariant, _ text: String, record: String? = nil) {
        self.invariant = invariant
        self.text = text
        self.record = record
    }
}

/// Holds every packet that the gateway let into a plant against the invariants of a scenario.
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
        var revision: UInt64
    }

    package init(_ invariants: [Invariant], fixture: Fixture) {
        self.invariants = Set(invariants)
        ledger = PermissionLedger(fixture: fixture)
    }

    package mutating func actionBegins() { actionsUnderWay += 1 }

    /// - Parameter outcome: `nil` when the action was refused or failed.
    package mutating func actionEnded(_ action: Action, _ outcome: ActionOutcome?) {
        actionsUnderWay -= 1
        if let outcome { ledger.record(action, outcome) }
        settle()
    }

    package mutating func applied(_ revision: AppliedRevision) {
        ledger.record(revision)
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
        guard invariants.contains(.noLeak) else { return }
        let fact = Fact(person: forwarding.person, plant: forwarding.plant, revision: forwarding.revision)
        guard seen.insert(fact).inserted else { return }
        undecided.append(forwarding)
        settle()
    }

    /// Packets that went at a revision of which nobody said that it was applied; then nothing can be said of them.
    package var unaccounted: [Forwarding] { undecided }

    /// The flows that the gateway let through and the audit does not hold.
    package func missing(in audited: [AuditedFlow]) -> [AuditedFlow] {
        let audited = Set(audited)
        return flowOrder.filter { !audited.contains($0) }
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
            record: forwarding.record)
    }

    private mutating func settle() {
        guard actionsUnderWay == 0 else { return }
        let latest = ledger.latestRevision
        let ripe = undecided.filter { $0.revision <= latest }
        undecided.removeAll { $0.revision <= latest }
        for forwarding in ripe where violation == nil {
            let permitted = ledger.permitted(forwarding.person, at: forwarding.revision)
            guard !permitted.contains(forwarding.plant) else { continue }
            let names = permitted.map(\.text).sorted().joined(separator: ", ")
            violation = Violation(
                .noLeak,
                "a packet of \(forwarding.person) for \(forwarding.device) went into \(forwarding.plant) at revision "
                    + "\(forwarding.revision), where \(names.isEmpty ? "no plant is" : "only \(names) is") permitted",
                record: forwarding.record)
        }
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
