package import AccessModel
import ControlProtocol

/// The derivation without service and store, for whoever measures it.
package struct DerivationProbe {
    private var state: ControlState
    private let now = Timestamp(milliseconds: 1_790_000_000_000)

    /// Everybody is released once, every agent online.
    package init(intent: Intent) throws {
        state = ControlState(
            intent: intent, counters: Counters(), histories: [:], agents: [],
            liveness: intent.agents.mapValues { _ in .online })
        try state.releaseAll(at: now)
        state.journal = Journal()
    }

    /// Decides everybody anew, as a tick after a restart does.
    package mutating func recomputeAll() throws {
        state.dirty = Set(state.intent.people.keys)
        try state.releaseAll(at: now)
        state.journal = Journal()
    }

    /// One command and the push of one person.
    ///
    /// - Returns: how many people a gateway is told of.
    @discardableResult
    package mutating func change(_ command: Command, release person: PersonID) throws -> Int {
        let before = state.counters.revision
        try state.apply(command, by: "benchmark", at: now)
        try state.release(person, takingNewKey: false, at: now)
        state.journal = Journal()
        guard state.counters.revision > before, case .delta(let delta)? = state.recent.last?.content else { return 0 }
        return delta.people.count + delta.removedPeople.count
    }

    /// One command and a tick.
    package mutating func change(_ command: Command) throws {
        try state.apply(command, by: "benchmark", at: now)
        try state.releaseAll(at: now)
        state.journal = Journal()
    }

    /// The whole view's hash, taken anew.
    package func hashEverything() -> String { state.view.contentHash }

    package var routes: Int { state.view.people.reduce(0) { $0 + $1.routes.count } }
}
