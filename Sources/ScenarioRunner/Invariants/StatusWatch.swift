import AccessModel
import Addressing
import ScenarioModel

/// Holds *status-truthful*: what the table of a person says at a revision is what the gateway does at that revision.
struct StatusWatch: Sendable {
    private struct Table: Sendable {
        var revision: UInt64
        var rows: [ScenarioModel.RouteRow]
    }

    private var tables: [PersonID: [Table]] = [:]
    private var waiting: [Waiting] = []
    private var seen: Set<Sight> = []

    private struct Waiting: Sendable {
        var sight: Sight
        var record: String?
    }

    /// Of packets that are alike one is looked at.
    private struct Sight: Hashable, Sendable {
        var person: PersonID
        var address: IPv4Address
        var revision: UInt64
        /// `nil`: it was refused.
        var plant: PlantID?
        var verdict: String

        var packet: StrayPacket { StrayPacket(person: person, address: address, plant: plant, revision: revision) }
    }

    /// More than any scenario has; those beyond are not judged, and counted.
    private static let limitWaiting = 10_000
    private(set) var unjudgedCount = 0

    mutating func forwarded(_ forwarding: Forwarding) {
        note(
            Sight(
                person: forwarding.person, address: forwarding.device, revision: forwarding.revision,
                plant: forwarding.plant, verdict: "forwarded"), forwarding.record)
    }

    mutating func refused(_ refusal: Refusal) {
        note(
            Sight(
                person: refusal.person, address: refusal.address, revision: refusal.revision, plant: nil,
                verdict: refusal.verdict), refusal.record)
    }

    private mutating func note(_ sight: Sight, _ record: String?) {
        guard seen.insert(sight).inserted else { return }
        guard waiting.count < Self.limitWaiting else {
            unjudgedCount += 1
            return
        }
        waiting.append(Waiting(sight: sight, record: record))
    }

    mutating func told(_ rows: [ScenarioModel.RouteRow], of person: PersonID, revision: UInt64) {
        tables[person, default: []].append(Table(revision: revision, rows: rows))
    }

    /// Judges what can be judged by now.
    mutating func settle(_ ledger: PermissionLedger) -> Violation? {
        var violation: Violation?
        var rest: [Waiting] = []
        for item in waiting {
            guard violation == nil, let table = table(for: item.sight, ledger) else {
                rest.append(item)
                continue
            }
            violation = Self.judge(item, table)
        }
        waiting = rest
        return violation
    }

    /// The table that holds at the packet's revision: told for it, or for an earlier one since which nothing concerned the person.
    private func table(for sight: Sight, _ ledger: PermissionLedger) -> Table? {
        guard ledger.latestRevision >= sight.revision,
            let table = tables[sight.person]?.filter({ $0.revision <= sight.revision }).max(by: {
                $0.revision < $1.revision
            })
        else { return nil }
        if let next = ledger.nextRevision(after: table.revision, for: sight.person), next <= sight.revision {
            return nil
        }
        return table
    }

    private static func judge(_ item: Waiting, _ table: Table) -> Violation? {
        let sight = item.sight
        let covering = table.rows.filter { row in
            row.subnet.contains(sight.address) && !row.shadowed.contains { $0.contains(sight.address) }
        }
        let said = covering.map(\.text).joined(separator: "; ")
        let shown = said.isEmpty ? "nothing about \(sight.address)" : said
        if let plant = sight.plant {
            // A loser keeps what nobody else claims.
            let own = covering.filter { $0.plant == plant }
            if own.contains(where: { $0.status == .active || $0.status == .conflict && !$0.shadowed.isEmpty }) {
                return nil
            }
            return Violation(
                .statusTruthful,
                "\(sight.person)'s packet for \(sight.address) went into \(plant) at revision \(sight.revision), and the table says \(shown)",
                record: item.record, suspect: .packet(sight.packet))
        }
        // A row that is active with a reason says itself why nobody answers: the policy that shows silent agents so.
        guard let active = covering.first(where: { $0.status == .active && $0.reason == nil }) else { return nil }
        return Violation(
            .statusTruthful,
            "\(sight.person)'s packet for \(sight.address) was refused (\(sight.verdict)) at revision \(sight.revision), "
                + "and the table says \(active.text)", record: item.record,
            suspect: .packet(sight.packet))
    }
}
