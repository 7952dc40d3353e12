import AccessModel
import Addressing
import ControlProtocol

/// What was decided for whom and when, in bounded memory, so that a question about a moment in the past has an answer.
///
/// It begins with the process: of what an earlier one decided only the newest is known, from the database.
struct DecisionLog {
    private struct Entry {
        var at: Timestamp
        var revision: UInt64
        var generation: UInt64
        var person: PersonID
        /// `nil`: the person had no certificate, or was deactivated.
        var derivation: RouteDerivation?
    }

    private struct Publication {
        var revision: UInt64
        var at: Timestamp
        var acknowledged: Timestamp?
    }

    /// In the order of time; `entries[first...]` are kept.
    private var entries: [Entry] = []
    private var first = 0
    private var weight = 0
    private var publications: [Publication] = []
    private var pickTimes: [UInt64: Timestamp] = [:]
    /// Entries that were dropped for want of room.
    private(set) var forgotten: UInt64 = 0

    private let limitWeight: Int
    private let limitPublications: Int

    init(limitWeight: Int = 300_000, limitPublications: Int = 4096) {
        self.limitWeight = limitWeight
        self.limitPublications = limitPublications
    }

    /// Begins with what the database knows: the newest release of everybody, whose owners are incumbents by now.
    mutating func begin(with state: ControlState, at now: Timestamp) {
        let states = state.states(of: state.view.agents)
        for (person, history) in state.histories.sorted(by: { $0.key < $1.key }) {
            guard let release = history.releases.last else { continue }
            let derivation = RouteDerivation(
                claims: release.content.claims, picks: state.intent.picks[person] ?? [], states: states,
                incumbents: release.content.table, policy: state.intent.policy)
            append(
                Entry(
                    at: now, revision: release.revision, generation: state.counters.generation, person: person,
                    derivation: release.content.entry == nil ? nil : derivation))
        }
        publications = [Publication(revision: state.counters.revision, at: now, acknowledged: nil)]
        acknowledge(state.counters.acknowledged, at: now)
        trim()
    }

    /// Takes what one change wrote.
    mutating func record(_ journal: Journal, after state: ControlState, at now: Timestamp) {
        for logged in journal.commands {
            if case .pick = logged.command { pickTimes[state.intent.lastPickOrder] = logged.at }
        }
        if state.counters.revision > publications.last?.revision ?? 0 {
            publications.append(Publication(revision: state.counters.revision, at: now, acknowledged: nil))
        }
        acknowledge(state.counters.acknowledged, at: now)
        for (person, release) in journal.releases {
            append(
                Entry(
                    at: now, revision: release.revision, generation: state.counters.generation, person: person,
                    derivation: release.content.entry == nil ? nil : journal.derivations[person]))
        }
        trim()
    }

    private mutating func acknowledge(_ revision: UInt64, at now: Timestamp) {
        var index = publications.count - 1
        while index >= 0, publications[index].revision > revision { index -= 1 }
        while index >= 0, publications[index].acknowledged == nil {
            publications[index].acknowledged = now
            index -= 1
        }
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        weight += entry.derivation?.weight ?? 1
    }

    private mutating func trim() {
        while weight > limitWeight, first < entries.count {
            weight -= entries[first].derivation?.weight ?? 1
            entries[first].derivation = nil
            first += 1
            forgotten += 1
        }
        if first > 1024, first * 2 > entries.count {
            entries.removeFirst(first)
            first = 0
        }
        if publications.count > limitPublications { publications.removeFirst(publications.count - limitPublications) }
        if pickTimes.count > limitPublications, let oldest = pickTimes.keys.min() { pickTimes[oldest] = nil }
    }

    /// What was decided for a person and an address, as it stood at a moment; `nil` means now.
    func report(
        person: PersonID, address: IPv4Address, at moment: Timestamp?, now: Timestamp
    ) -> RouteDecisionReport {
        let at = moment ?? now
        let own = entries[first...].filter { $0.person == person && $0.at <= at }
        let known = publications.filter { $0.at <= at }
        let acknowledged = known.last { $0.acknowledged.map { $0 <= at } ?? false }
        let records = own.map { record($0, address) }
        let applied = records.last { $0.revision <= acknowledged?.revision ?? 0 }
        var changes: [RouteDecisionRecord] = []
        for record in records where record.decision?.owner != changes.last?.decision?.owner || changes.isEmpty {
            changes.append(record)
        }
        return RouteDecisionReport(
            person: person, address: address, at: at, newest: records.last, applied: applied,
            published: known.last.map { .init(revision: $0.revision, at: $0.at) },
            acknowledged: acknowledged.flatMap { item in
                item.acknowledged.map { .init(revision: item.revision, at: $0) }
            },
            changes: changes.suffix(RouteDecisionReport.mostChanges), forgotten: forgotten)
    }

    private func record(_ entry: Entry, _ address: IPv4Address) -> RouteDecisionRecord {
        let decision = entry.derivation?.decision(at: address)
        let picked = decision?.pick.flatMap { pickTimes[$0] }
        return RouteDecisionRecord(
            at: entry.at, revision: entry.revision, generation: entry.generation, decision: decision, picked: picked)
    }
}
