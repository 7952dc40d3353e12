package import AccessModel

extension Condition {
    /// A plant's agent as the gateway sees it, and as the control plane hears of it.
    package struct Agent: ConditionPayload {
        package var plant: PlantID
        /// Which of the plant's agents.
        package var place: Fixture.AgentPlace
        package var state: State?
        /// Whether its heartbeats come in at the control plane.
        package var reports: Bool?

        package enum State: String, Hashable, Sendable, Codable, CaseIterable {
            case online, offline
            /// Provisioned, and never heard of.
            case waiting
            case unprovisioned
        }

        package init(
            plant: PlantID, place: Fixture.AgentPlace = .first, state: State? = nil, reports: Bool? = nil
        ) {
            self.plant = plant
            self.place = place
            self.state = state
            self.reports = reports
        }

        package var sentence: String {
            let parts = [state.map { "is \($0.rawValue)" }, reports.map { Self.reportSentence($0) }]
            let which = place == .first ? "" : "second "
            return "the \(which)agent of \(plant) \(parts.compactMap { $0 }.joined(separator: " and "))"
        }

        private static func reportSentence(_ reports: Bool) -> String {
            reports ? "reports to the control plane" : "no longer reports to the control plane"
        }

        package func check(_ state: inout PlanState) { state.requireAgent(place, of: plant) }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .agent(let seen) = sighting else { return nil }
            let isFit = (state ?? seen.state) == seen.state && (reports ?? seen.reports) == seen.reports
            return Judgement(isFit, "it is \(seen.state.rawValue) and \(Self.reportSentence(seen.reports))")
        }

        static let entry = ConditionEntry(
            "agent", "A plant's agent, as the gateway sees it and as the control plane hears of it.",
            keys: [
                .required("plant", .plant, "whose agent"),
                .optional(
                    "which", .choice(Fixture.AgentPlace.self), "of a plant with two agents; the first unless said"),
                .someOf(
                    "what", "state", .choice(State.self), "how it is; `waiting`: provisioned, and never heard of"),
                .someOf("what", "reports", .flag, "whether its heartbeats come in at the control plane"),
            ],
            examples: [
                "agent: { plant: park-a, state: online }", "agent: { plant: park-a, which: second, state: offline }",
                "agent: { plant: park-a, reports: false }",
            ]
        ) { reader, fields in
            let plant = fields.required("plant").flatMap(reader.plant)
            let place = fields.optional("which")?.choice("one of two agents", Fixture.AgentPlace.self)
            let errorsBefore = fields.log.errorCount
            let state = fields.optional("state").flatMap { $0.choice("a state of an agent", State.self) }
            let reports = fields.optional("reports").flatMap { $0.bool() }
            if state == nil, reports == nil {
                guard fields.log.errorCount == errorsBefore else { return nil }
                fields.log.error("'agent' asserts nothing: say 'state' or 'reports'", at: fields.location)
            }
            return plant.map { .agent(Agent(plant: $0, place: place ?? .first, state: state, reports: reports)) }
        }
    }
}

/// How a plant's agent was found.
package struct AgentSighting: Hashable, Sendable, Codable {
    package var state: Condition.Agent.State
    package var reports: Bool

    package init(state: Condition.Agent.State, reports: Bool) {
        self.state = state
        self.reports = reports
    }
}
