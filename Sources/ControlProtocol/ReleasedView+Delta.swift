package import AccessModel

extension ReleasedView {
    package func person(_ id: PersonID) -> PersonEntry? {
        let index = people.partitioningIndex { $0.person >= id }
        return index < people.count && people[index].person == id ? people[index] : nil
    }

    package func agent(_ id: AgentID) -> AgentEntry? {
        let index = agents.partitioningIndex { $0.agent >= id }
        return index < agents.count && agents[index].agent == id ? agents[index] : nil
    }

    /// The view after a delta; entries are replaced, inserted or removed by id.
    package func applying(_ delta: Revision.Delta) -> Self {
        var view = self
        view.apply(delta)
        return view
    }

    /// Entries are replaced, inserted or removed by id; a delta of few entries touches few.
    package mutating func apply(_ delta: Revision.Delta) {
        people.merge(delta.people, removing: delta.removedPeople, by: \.person)
        agents.merge(delta.agents, removing: delta.removedAgents, by: \.agent)
    }

    /// The smallest delta that makes `new` of this view.
    package func delta(to new: Self, base: UInt64) -> Revision.Delta {
        let people = Self.difference(from: people, to: new.people, by: \.person)
        let agents = Self.difference(from: agents, to: new.agents, by: \.agent)
        return Revision.Delta(
            base: base, people: people.changed, removedPeople: people.removed, agents: agents.changed,
            removedAgents: agents.removed)
    }

    private static func difference<Entry: Equatable, ID: Comparable & Hashable>(
        from old: [Entry], to new: [Entry], by id: (Entry) -> ID
    ) -> (changed: [Entry], removed: [ID]) {
        let before = Dictionary(old.map { (id($0), $0) }) { first, _ in first }
        let kept = Set(new.map(id))
        return (new.filter { before[id($0)] != $0 }, old.map(id).filter { !kept.contains($0) })
    }
}

extension Array {
    /// Many changes are merged in one pass, few are put in one by one.
    fileprivate mutating func merge<ID: Comparable & Hashable>(
        _ changed: [Element], removing: [ID], by name: (Element) -> ID
    ) {
        guard changed.count + removing.count <= 32 else {
            let gone = Set(removing).union(changed.map(name))
            self = (filter { !gone.contains(name($0)) } + changed).sorted { name($0) < name($1) }
            return
        }
        for id in removing {
            let index = partitioningIndex { name($0) >= id }
            if index < count, name(self[index]) == id { remove(at: index) }
        }
        for element in changed {
            let index = partitioningIndex { name($0) >= name(element) }
            if index < count, name(self[index]) == name(element) {
                self[index] = element
            } else {
                insert(element, at: index)
            }
        }
    }
}

extension Revision.Delta {
    package var isEmpty: Bool {
        people.isEmpty && removedPeople.isEmpty && agents.isEmpty && removedAgents.isEmpty
    }
}
