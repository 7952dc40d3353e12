package import AccessModel

extension Action {
    package struct AgentChange: VerbPayload {
        package var plant: PlantID
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

        package init(plant: PlantID, change: Change) {
            self.plant = plant
            self.change = change
        }

        package var sentence: String {
            switch change {
            case .provision: "the agent of \(plant) is provisioned and comes up"
            case .unprovision: "the agent of \(plant) is unprovisioned"
            case .start: "the agent of \(plant) is started"
            case .stop: "the agent of \(plant) is stopped"
            case .hang: "the agent of \(plant) loses its tunnel and goes on reporting"
            }
        }

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
            ],
            examples: [
                "agent: { provision: park-a }", "agent: { unprovision: park-a }", "agent: { start: park-a }",
                "agent: { stop: park-a }", "agent: { hang: park-a }",
            ]
        ) { reader, fields, _ in
            guard let (key, value) = fields.exactlyOne(of: Change.allCases.map(\.rawValue)),
                let plant = reader.plant(value), let change = Change(rawValue: key)
            else { return nil }
            return .agent(AgentChange(plant: plant, change: change))
        }
    }
}
