import AccessModel
import Addressing
import ControlProtocol

/// What a revision changes of a view, entry by entry: of a delta no more than it names, however large the view.
struct ViewChanges {
    typealias Change<Entry> = (old: Entry?, new: Entry?)

    /// Ascending by id.
    let people: [Change<PersonEntry>]
    let agents: [Change<AgentEntry>]

    init(from old: ReleasedView, to new: ReleasedView) {
        people = Self.differences(from: old.people, to: new.people, by: \.person)
        agents = Self.differences(from: old.agents, to: new.agents, by: \.agent)
    }

    /// - Precondition: the delta names each id once.
    init(of view: ReleasedView, by delta: Revision.Delta) {
        people = Self.changes(
            delta.people.map { (view.person($0.person), $0) } + delta.removedPeople.map { (view.person($0), nil) },
            by: \.person)
        agents = Self.changes(
            delta.agents.map { (view.agent($0.agent), $0) } + delta.removedAgents.map { (view.agent($0), nil) },
            by: \.agent)
    }

    var oldKeys: [PublicKey] { people.compactMap(\.old?.publicKey) + agents.compactMap(\.old?.publicKey) }

    var newKeys: [PublicKey] { people.compactMap(\.new?.publicKey) + agents.compactMap(\.new?.publicKey) }

    /// Those that change something, ascending.
    private static func changes<Entry: Equatable, ID: Comparable>(
        _ all: [Change<Entry>], by id: (Entry) -> ID
    ) -> [Change<Entry>] {
        all.filter { $0.old != $0.new }
            .compactMap { change in (change.new ?? change.old).map { (id: id($0), change: change) } }
            .sorted { $0.id < $1.id }
            .map(\.change)
    }

    /// What differs between two lists sorted by id.
    private static func differences<Entry: Equatable, ID: Comparable>(
        from old: [Entry], to new: [Entry], by id: (Entry) -> ID
    ) -> [Change<Entry>] {
        var result: [Change<Entry>] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if j == new.count || (i < old.count && id(old[i]) < id(new[j])) {
                result.append((old[i], nil))
                i += 1
            } else if i == old.count || id(new[j]) < id(old[i]) {
                result.append((nil, new[j]))
                j += 1
            } else {
                if old[i] != new[j] { result.append((old[i], new[j])) }
                i += 1
                j += 1
            }
        }
        return result
    }
}
