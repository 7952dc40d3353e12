import AccessModel

extension Condition {
    /// A connection that an `open` step made.
    package struct Connection: ConditionPayload {
        package var id: ConnectionID
        package var state: ConnectionState

        package init(id: ConnectionID, state: ConnectionState) {
            self.id = id
            self.state = state
        }

        package var sentence: String {
            switch state {
            case .open: "the connection '\(id)' is open"
            default: "the connection '\(id)' has ended: \(state.rawValue)"
            }
        }

        package func check(_ state: inout PlanState) { state.require("connection", id.text) }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .connection(let seen) = sighting else { return nil }
            return Judgement(seen == state, "\(id) is \(seen.rawValue)")
        }

        static let entry = ConditionEntry(
            "connection", "A connection that an `open` step made.",
            keys: [
                .required("id", .name, "the name that `open` gave it"),
                .oneOf("what", "state", .choice(OpenState.self), "alive: its last heartbeat was answered"),
                .oneOf(
                    "what", "ended", .choice(End.self),
                    "how it ended; `stalled`: heartbeats get no answer and no end"),
            ],
            examples: ["connection: { id: shell, state: open }", "connection: { id: shell, ended: reset }"]
        ) { _, fields in
            let id = fields.required("id")?.text("the id of a connection")
            guard let (key, value) = fields.exactlyOne(of: ["state", "ended"]) else { return nil }
            let state: ConnectionState? =
                if key == "state" {
                    value.choice("a state (for others say 'ended')", OpenState.self).map { _ in .open }
                } else {
                    value.choice("an end of a connection", End.self)
                        .flatMap { ConnectionState(rawValue: $0.rawValue) }
                }
            guard let id, let state else { return nil }
            return .connection(Connection(id: ConnectionID(id), state: state))
        }

        private enum OpenState: String, CaseIterable { case open }

        private enum End: String, CaseIterable { case reset, closed, stalled }
    }

    package enum ConnectionState: String, Hashable, Sendable, Codable, CaseIterable {
        /// Alive, and its last heartbeat was answered.
        case open
        case reset, closed
        /// Heartbeats get no answer and no end.
        case stalled
    }
}
