extension Action.Fault {
    /// What befalls the next messages between the gateway and the control plane.
    package struct Message: Hashable, Sendable, Codable {
        package var kind: Kind
        package var fate: Fate
        /// How many messages it befalls.
        package var count: Int
        /// How long a delayed message takes, and how long one waits to be overtaken.
        package var span: Duration

        package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// From the control plane: what the gateway is to apply.
            case revisions
            /// From the gateway: that it has applied it.
            case acknowledgement
            /// From the gateway: who was heard.
            case peers
            /// From the gateway: who touched what.
            case flows
        }

        package enum Fate: String, Hashable, Sendable, Codable, CaseIterable {
            case drop, delay
            /// Comes twice.
            case duplicate
            /// Comes after the next one of its kind.
            case reorder
        }

        package init(kind: Kind, fate: Fate, count: Int = 1, span: Duration = .seconds(1)) {
            self.kind = kind
            self.fate = fate
            self.count = count
            self.span = span
        }

        package var sentence: String {
            let which = count == 1 ? "the next message" : "each of the next \(count) messages"
            let what =
                switch fate {
                case .drop: "is lost"
                case .delay: "comes \(span.text) late"
                case .duplicate: "comes twice"
                case .reorder: "is overtaken by the one after it"
                }
            return "\(which) of the kind '\(kind.rawValue)' between gateway and control plane \(what)"
        }

        static let keys: [Key] = [
            .optional("fate", .choice(Fate.self), "of `message`: what befalls it"),
            .optional("count", .int(1...1000), "of `message`: how many it befalls; one unless said"),
            .optional("after", .duration, "of `message`: how late it comes, or waits to be overtaken; 1s unless said"),
        ]
    }
}

extension StepReader {
    func messageFault(_ value: Cursor, _ fields: inout Fields) -> Action.Fault.Message? {
        let kind = value.choice("a kind of message", Action.Fault.Message.Kind.self)
        let fate = fields.required("fate")?.choice("a fate", Action.Fault.Message.Fate.self)
        let count = fields.optional("count").map { $0.int("a number of messages", in: 1...1000) }
        let span = fields.optional("after").map { $0.duration() }
        guard let kind, let fate else { return nil }
        return Action.Fault.Message(
            kind: kind, fate: fate, count: (count ?? nil) ?? 1, span: (span ?? nil) ?? .seconds(1))
    }
}
