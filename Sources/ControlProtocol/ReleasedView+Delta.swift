extension ReleasedView {
    /// The view after a delta; entries are replaced, inserted or removed by id.
    package func applying(_ delta: Revision.Delta) -> Self {
        ReleasedView(
            people: Self.merge(people, delta.people, removing: delta.removedPeople, by: \.person),
            agents: Self.merge(agents, delta.agents, removing: delta.removedAgents, by: \.agent))
    }

    /// The smallest delta that makes `new` of this view.
    package func delta(to new: Self, base: UInt64) -> Revision.Delta {
        let people = Self.difference(from: people, to: new.people, by: \.person)
        let agents = Self.difference(from: agents, to: new.agents, by: \.agent)
        return Revision.Delta(
            base: base, people: people.changed, removedPeople: people.removed, agents: agents.changed,
            removedAgents: agents.removed)
    }

    private static func merge<Entry, ID: Comparable & Hashable>(
        _ entries: [Entry], _ changed: [Entry], removing: [ID], by id: (Entry) -> ID
    ) -> [Entry] {
        let gone = Set(removing).union(changed.map(id))
        return (entries.filter { !gone.contains(id($0)) } + changed).sorted { id($0) < id($1) }
    }

    private static func difference<Entry: Equatable, ID: Comparable & Hashable>(
        from old: [Entry], to new: [Entry], by id: (Entry) -> ID
    ) -> (changed: [Entry], removed: [ID]) {
        let before = Dictionary(old.map { (id($0), $0) }) { first, _ in first }
        let kept = Set(new.map(id))
        return (new.filter { before[id($0)] != $0 }, old.map(id).filter { !kept.contains($0) })
    }
}

extension Revision.Delta {
    package var isEmpty: Bool {
        people.isEmpty && removedPeople.isEmpty && agents.isEmpty && removedAgents.isEmpty
    }
}
