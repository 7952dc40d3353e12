package import AccessModel

extension Condition {
    /// A plant's agent as the gateway sees it.
    package struct Agent: ConditionPayload {
        package var plant: PlantID
        package var state: State

        package enum State: String, Hashable, Sendable, Codable, CaseIterable {
            case online, offline
            /// Provisioned, and never heard of.
            case waiting
            case unprovisioned
        }

        package init(plant: PlantID, state: State) {
            self.plant = plant
            self.state = state
        }

        package var sentence: String { "the agent of \(plant) is \(state.rawValue)" }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .agent(let seen) = sighting else { return nil }
            return Judgement(seen == state, "it is \(seen.rawValue)")
        }

        static let entry = ConditionEntry(
            "agent", "A plant's agent, as the gateway sees it.",
            keys: [
                .required("plant", .plant, "whose agent"),
                .required("state", .choice(State.self), "how it is; `waiting`: provisioned, and never heard of"),
            ],
            examples: ["agent: { plant: park-a, state: online }"]
        ) { reader, fields in
            let plant = fields.required("plant").flatMap(reader.plant)
            let state = fields.required("state")?.choice("a state of an agent", State.self)
            guard let plant, let state else { return nil }
            return .agent(Agent(plant: plant, state: state))
        }
    }
}
