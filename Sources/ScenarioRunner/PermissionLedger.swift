package import AccessModel
package import ScenarioModel

/// Who may reach which plant at which revision, kept from what the scenario did, without asking the product.
///
/// Changes of intent carry their generation, revisions carry the generation that they release and for whom: what a person
/// may do at a revision is what all changes up to that generation make together. So nothing hangs on the order in which
/// news arrives.
package struct PermissionLedger: Sendable {
    private let fixture: Fixture
    private var changes: [(generation: UInt64, person: PersonID, change: Change)] = []
    private var applied: [AppliedRevision] = []
    private var latestGeneration: UInt64 = 0

    private enum Change {
        case grant([Place])
        case withdraw([Place])
        case issue
        case revoke
    }

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
        let (person, change): (PersonID, Change)
        switch action.verb {
        case .grant(let grant): (person, change) = (grant.person, .grant(grant.places))
        case .withdraw(let grant): (person, change) = (grant.person, .withdraw(grant.places))
        case .issue(let issue): (person, change) = (issue.laptop.person, .issue)
        case .revoke(let revocation): (person, change) = (revocation.person, .revoke)
        default:
            outcome.applied.forEach { record($0) }
            return
        }
        // A world that does not tell the generation has at least counted the change.
        let generation = outcome.generation ?? outcome.applied.map(\.generation).max() ?? latestGeneration + 1
        changes.append((generation, person, change))
        latestGeneration = max(latestGeneration, generation)
        outcome.applied.forEach { record($0) }
    }

    /// The plants that a packet of this person may enter at a revision.
    package func permitted(_ person: PersonID, at revision: UInt64) -> Set<PlantID> {
        let released =
            applied.filter { $0.revision <= revision && $0.scope.covers(person) }.map(\.generation).max() ?? 0
        var places = Set(fixture.grants.filter { $0.person == person }.map(\.place))
        var hasCertificate = false
        for entry in changes where entry.person == person && entry.generation <= released {
            switch entry.change {
            case .grant(let granted): places.formUnion(granted)
            case .withdraw(let withdrawn): places.subtract(withdrawn)
            case .issue: hasCertificate = true
            case .revoke: hasCertificate = false
            }
        }
        guard hasCertificate else { return [] }
        return Set(places.flatMap { fixture.plants(in: $0) }.filter { opens($0, for: person) })
    }

    /// Whether the person's job role opens the plant: as a member of its owner, or by a cooperation that is accepted.
    private func opens(_ plant: PlantID, for person: PersonID) -> Bool {
        func role(in organization: OrganizationID) -> JobRole? {
            fixture.organizations.first { $0.id == organization }?.members.first { $0.person == person }?.jobRole
        }
        guard let owner = fixture.owner(of: plant) else { return false }
        if role(in: owner.id)?.opensVPN == true { return true }
        return fixture.cooperations.contains {
            $0.plant == plant && $0.isAccepted && $0.members.contains(person) && $0.cap.opensVPN
                && role(in: $0.partner)?.opensVPN == true
        }
    }
}

extension AppliedRevision.Scope {
    fileprivate func covers(_ person: PersonID) -> Bool {
        switch self {
        case .everyone: true
        case .person(let id): id == person
        case .plant: false
        }
    }
}
