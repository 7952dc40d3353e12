import Synchronization
package import Timebase

/// The messages between the control plane and its gateway and agents.
package enum ControlMessage: String, Hashable, Sendable, Codable, CaseIterable {
    /// An answer to the gateway's long poll.
    case revisions
    case acknowledgement
    case peers
    case flows
    case enrolment
    case heartbeat
}

/// What a fault does to one message.
package enum MessageFate: Hashable, Sendable {
    case pass
    /// Lost on its way: the client tries again, as it would when the network had lost it.
    case drop
    case delay(Span)
    /// Arrives twice.
    case duplicate
    /// Arrives after the next one of its kind.
    case overtaken
}

/// Where a test puts its hand on the messages of a client; everything passes by default.
package final class MessageGate: Sendable {
    package typealias Filter = @Sendable (ControlMessage) -> MessageFate

    private let filter = Mutex<Filter?>(nil)

    package init() {}

    /// Asked once for each message from now on; `nil`: all pass.
    package func setFilter(_ filter: Filter?) { self.filter.withLock { $0 = filter } }

    func fate(of message: ControlMessage) -> MessageFate {
        filter.withLock { $0 }?(message) ?? .pass
    }
}
