package import AccessModel
package import Addressing
package import ScenarioModel

/// Who may reach which plant under which key at which revision, kept from what the scenario did, without asking the product.
///
/// Changes of intent carry their generation, revisions carry the generation that they release and for whom: what a person
/// may do at a revision is what all changes up to that generation make together. So nothing hangs on the order in which
/// news arrives.
package struct PermissionLedger: Sendable {
    private let fixture: Fixture
    private var changes: [(generation: UInt64, verb: Action.Verb)] = []
    /// Without a key where a page may have made another one.
    private var keys: [(generation: UInt64, person: PersonID, key: PublicKey?)] = []
    private var applied: [AppliedRevision] = []
    private var latestGeneration: UInt64 = 0

    package init(fixture: Fixture) {
        self.fixture = fixture
    }

    /// The newest revision that is known to be applied.
    package var latestRevision: UInt64 { applied.last?.revision ?? 0 }

    package mutating func record(_ revision: AppliedRevision) {
        guard !applied.contains(where: { $0.revision == revision.revision }) else { return }
        let index = applied.firstIndex { $0.revision > revision.revision } ?? applied.endIndex
        applied.insert(revision, at: index)
        latestGeneration = max(latestGeneration, revision.generation)
    }

    package mutating func record(_ action: Action, _ outcome: ActionOutcome) {
        var twin = RightsTwin(fixture)
        guard twin.apply(action.verb) || outcome.key != nil else {
            outcome.applied.forEach { record($0) }
            return
        }
        if case .page(let use) = action.verb {
            // When it takes effect is not known either, so it counts from the beginning.
            changes.append((0, action.verb))
            keys.append((0, use.laptop.person, nil))
            outcome.applied.forEach { record($0) }
            return
        }
        // A world that does not tell the generation has at least counted the change.
        let generation = outcome.generation ?? outcome.applied.map(\.generation).max() ?? latestGeneration + 1
        changes.append((generation, action.verb))
        if let key = outcome.key, let person = action.verb.holder { keys.append((generation, person, key)) }
        latestGeneration = max(latestGeneration, generation)
        outcome.applied.forEach { record($0) }
    }

    /// The plants that a packet of this person may enter at a revision.
    package func permitted(_ person: PersonID, at revision: UInt64) -> Set<PlantID> {
        let released = released(for: person, at: revision)
        var twin = RightsTwin(fixture)
        for change in changes where change.generation <= released { twin.apply(change.verb) }
        return twin.permitted(person)
    }

    /// The one key under which the person's packets may come at a revision; `nil` when the world never told it.
    package func key(of person: PersonID, at revision: UInt64) -> PublicKey? {
        let released = released(for: person, at: revision)
        return keys.last { $0.person == person && $0.generation <= released }?.key ?? nil
    }

    /// The first revision after another that may have changed anything for a person; `nil` while none is known.
    package func nextRevision(after revision: UInt64, for person: PersonID) -> UInt64? {
        applied.first { $0.revision > revision && $0.scope.touches(person) }?.revision
    }

    private func released(for person: PersonID, at revision: UInt64) -> UInt64 {
        applied.filter { $0.revision <= revision && $0.scope.covers(person) }.map(\.generation).max() ?? 0
    }
}

extension Action.Verb {
    /// Whose key it makes.
    fileprivate var holder: PersonID? {
        switch self {
        case .issue(let issue): issue.laptop.person
        case .rotate(let rotation): rotation.laptop.person
        default: nil
        }
    }
}

extension AppliedRevision.Scope {
    /// Whether it releases changes of intent for a person.
    fileprivate func covers(_ person: PersonID) -> Bool {
        switch self {
        case .everyone: true
        case .person(let id): id == person
        case .plant: false
        }
    }

    /// Whether it may change what the person reaches.
    fileprivate func touches(_ person: PersonID) -> Bool {
        switch self {
        case .everyone, .plant: true
        case .person(let id): id == person
        }
    }
}
