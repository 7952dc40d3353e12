import AccessModel

extension Condition {
    /// The laptop's tunnel as the laptop sees it.
    package struct Tunnel: ConditionPayload {
        package var laptop: LaptopID
        package var state: TunnelState

        package init(laptop: LaptopID, state: TunnelState) {
            self.laptop = laptop
            self.state = state
        }

        package var sentence: String {
            switch state {
            case .handshakeRefused: "\(laptop)'s handshakes get no answer"
            default: "\(laptop)'s tunnel is \(state.rawValue)"
            }
        }

        package func isNegative(under word: Throughout.Word) -> Bool {
            word == .never ? state == .up : state == .handshakeRefused
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .tunnel(let seen) = sighting else { return nil }
            return Judgement(seen == state, "the tunnel is \(seen.rawValue)")
        }

        static let entry = ConditionEntry(
            "tunnel", "A laptop's tunnel as the laptop sees it.",
            keys: [
                .required("laptop", .laptop, "which one"),
                .required(
                    "state", .choice(TunnelState.self),
                    "`up`: the gateway answers through it; `idle`: none, and none is tried; `handshake-refused`: one that was tried just "
                        + "now got no answer; `down`: not connected"),
            ],
            examples: ["tunnel: { laptop: anna/laptop, state: up }"]
        ) { reader, fields in
            let laptop = fields.required("laptop").flatMap(reader.laptop)
            let state = fields.required("state")?.choice("a state of a tunnel", TunnelState.self)
            guard let laptop, let state else { return nil }
            return .tunnel(Tunnel(laptop: laptop, state: state))
        }
    }

    package enum TunnelState: String, Hashable, Sendable, Codable, CaseIterable {
        /// A handshake is done and fresh, and the gateway answers.
        case up
        /// Configured, but there is no fresh handshake and none is being tried.
        case idle
        /// A handshake that was tried just now got no answer.
        case handshakeRefused = "handshake-refused"
        /// Not connected.
        case down
    }
}
