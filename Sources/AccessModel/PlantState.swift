/// How far a plant's agents have come.
package enum PlantState: String, Hashable, Sendable, Codable, Comparable, CaseIterable {
    /// No agent is provisioned, or none has come up since it was.
    case noAgent = "no-agent"
    case offline
    case online

    private var rank: Int {
        switch self {
        case .noAgent: 0
        case .offline: 1
        case .online: 2
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

extension PlantState {
    /// The state of every plant that has an agent; the best of its agents counts.
    ///
    /// - Parameter agents: the agents that the gateway knows, which is what decides, not those that somebody wants.
    package static func states(
        of agents: some Sequence<(AgentID, PlantID)>, liveness: [AgentID: AgentLiveness]
    ) -> [PlantID: PlantState] {
        var states: [PlantID: PlantState] = [:]
        for (agent, plant) in agents {
            let state: PlantState =
                switch liveness[agent] {
                case .online: .online
                case .offline: .offline
                case nil: .noAgent
                }
            states[plant] = max(states[plant] ?? .noAgent, state)
        }
        return states
    }
}
