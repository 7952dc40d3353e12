package import AccessModel

extension Condition {
    /// A plant's agent as the gateway sees it.
    package struct Agent: ConditionPayload {
        package var plant: PlantID
        /// Which of the plant's agents.
        package var place: Fixture.AgentPlace
        package var state: State

        package enum State: String, Hashable, Sendable, Codable, CaseIterable {
            case online, offline
            /// Provisioned, and never heard of.
            case waiting
            case unprovisioned
        }

        package init(plant: PlantID, place: Fixture.AgentPlace = .first, state: State) {
            self.plant = plant
            self.place = place
            self.state = state
        }

        package var sentence: String {
            "the \(place == .first ? "" : "second ")agent of \(plant) is \(state.rawValue)"
        }

        package func check(_ state: inout PlanState) { state.requireAgent(place, of: plant) }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .agent(let seen) = sighting else { return nil }
            return Judgement(seen == state, "it is \(seen.rawValue)")
        }

        static let entry = ConditionEntry(
            "agent", "A plant's agent, as the gateway sees it.",
            keys: [
                .required("plant", .plant, "whose agent"),
                .optional(
                    "which", .choice(Fixture.AgentPlace.self), "of a plant with two agents; the first unless said"),
                .required("state", .choice(State.self), "how it is; `waiting`: provisioned, and never heard of"),
            ],
            examples: [
                "agent: { plant: park-a, state: online }", "agent: { plant: park-a, which: second, state: offline }",
            ]
        ) { reader, fields in
            let plant = fields.required("plant").flatMap(reader.plant)
            let place = fields.optional("which")?.choice("one of two agents", Fixture.AgentPlace.self)
            let state = fields.required("state")?.choice("a state of an agent", State.self)
            guard let plant, let state else { return nil }
            return .agent(Agent(plant: plant, place: place ?? .first, state: state))
        }
    }
}
