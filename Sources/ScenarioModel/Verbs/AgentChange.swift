package import AccessModel

extension Action {
    package struct AgentChange: VerbPayload {
        package var plant: PlantID
        /// Which of the plant's agents.
        package var place: Fixture.AgentPlace
        package var change: Change

        package enum Change: String, Hashable, Sendable, Codable, CaseIterable {
            /// The control plane knows the agent, the agent process runs and is up when the action returns.
            case provision
            /// The control plane forgets the agent's peer and its process ends.
            case unprovision
            case start, stop
            /// Its tunnel dies while its heartbeat to the control plane goes on: half of it has crashed.
            case hang
        }

        package init(plant: PlantID, place: Fixture.AgentPlace = .first, change: Change) {
            self.plant = plant
            self.place = place
            self.change = change
        }

        package var sentence: String {
            let agent = "the \(place == .first ? "" : "second ")agent of \(plant)"
            return switch change {
            case .provision: "\(agent) is provisioned and comes up"
            case .unprovision: "\(agent) is unprovisioned"
            case .start: "\(agent) is started"
            case .stop: "\(agent) is stopped"
            case .hang: "\(agent) loses its tunnel and goes on reporting"
            }
        }

        package func check(_ state: inout PlanState) { state.requireAgent(place, of: plant) }

        package var doer: Doer {
            switch change {
            case .provision, .unprovision: .admin(of: [.plant(plant)])
            case .start, .stop, .hang: .rig
            }
        }

        static let entry = VerbEntry(
            "agent", "Changes the Mirox-Agent of a plant.",
            keys: [
                .oneOf("change", "provision", .plant, "the control plane knows the agent, and it comes up"),
                .oneOf("change", "unprovision", .plant, "the control plane forgets the agent, and it ends"),
                .oneOf("change", "start", .plant, "the agent's process runs again, with the key it had"),
                .oneOf("change", "stop", .plant, "the agent's process ends without a word, as in a power cut"),
                .oneOf("change", "hang", .plant, "the agent's tunnel dies, and its heartbeat goes on"),
                .optional(
                    "which", .choice(Fixture.AgentPlace.self), "of a plant with two agents; the first unless said"),
            ],
            examples: [
                "agent: { provision: park-a }", "agent: { unprovision: park-a }", "agent: { start: park-a }",
                "agent: { stop: park-a }", "agent: { hang: park-a }", "agent: { stop: park-a, which: second }",
            ]
        ) { reader, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: Change.allCases.map(\.rawValue)),
                let plant = reader.plant(value), let change = Change(rawValue: key)
            else { return nil }
            let place = fields.optional("which")?.choice("one of two agents", Fixture.AgentPlace.self)
            return .agent(AgentChange(plant: plant, place: place ?? .first, change: change))
        }
    }
}
