/// `POST /api/v1/sync/faults`: what befalls the next messages of a kind between the gateway and the control plane.
package struct SyncFault: Hashable, Sendable, Codable {
    package var message: Message
    package var fate: Fate
    /// How many messages it befalls; one when not said.
    package var count: Int?
    /// How long a delayed message takes, and how long one waits to be overtaken; a second when not said.
    package var seconds: Double?

    package enum Message: String, Hashable, Sendable, Codable, CaseIterable {
        /// The answer that carries revisions; answers without any are never touched.
        case revisions
        case acknowledgement
        case peers
        case flows
    }

    package enum Fate: String, Hashable, Sendable, Codable, CaseIterable {
        /// Answered 503, as if the network had lost it.
        case drop
        case delay
        /// Arrives twice.
        case duplicate
        /// Arrives after the next one of its kind, or late when none comes.
        case reorder
    }

    package init(message: Message, fate: Fate, count: Int? = nil, seconds: Double? = nil) {
        self.message = message
        self.fate = fate
        self.count = count
        self.seconds = seconds
    }
}

/// `GET /api/v1/sync/faults`: those that still wait for a message, oldest first.
package struct SyncFaultPage: Hashable, Sendable, Codable {
    package var rows: [SyncFault]

    package init(rows: [SyncFault]) { self.rows = rows }
}

/// `POST /api/v1/clock`: moves the control plane's clock forward, by seconds.
package struct ClockRequest: Hashable, Sendable, Codable {
    package var advance: Double

    package init(advance: Double) { self.advance = advance }
}
