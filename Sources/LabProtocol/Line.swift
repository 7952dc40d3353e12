/// What the conductor of a lab and its roles say to each other: one JSON object a line over a socket pair that the role inherits.
///
/// The conductor sends requests; a role answers each, in any order, and reports events in between.
package struct Request<Verb: Codable & Sendable>: Codable, Sendable {
    package var id: UInt64
    package var verb: Verb

    package init(id: UInt64, verb: Verb) {
        self.id = id
        self.verb = verb
    }
}

/// One line from a role to the conductor.
package enum Message<Answer: Codable & Sendable, Event: Codable & Sendable>: Codable, Sendable {
    case answer(id: UInt64, Answer)
    /// The request could not be done; the text says why, for people.
    case refusal(id: UInt64, String)
    case event(Event)
}

/// The conversation of one role: its verbs, what it answers, and what it reports unasked.
package protocol Conversation: SendableMetatype {
    associatedtype Configuration: Codable & Sendable
    associatedtype Verb: Codable & Sendable
    associatedtype Answer: Codable & Sendable
    associatedtype Event: Codable & Sendable

    /// The role's word on the command line: `mirox-rig gateway`.
    static var role: RoleName { get }
    /// The event that says that the role is ready for requests.
    static var ready: Event { get }
}

/// The processes of a lab, besides the conductor.
package enum RoleName: String, Codable, Sendable, CaseIterable {
    case controlPlane = "control-plane"
    case gateway
    case plants
    case laptops
}

/// The names under which descriptors are handed into a lab.
package enum LabDescriptors {
    /// A role's conversation with the conductor, and the conductor's with the program outside.
    package static let conversation = "conversation"
    /// A listening TCP socket on the host.
    package static let web = "web"
    /// A UDP socket on the host.
    package static let exposed = "exposed"
    /// A file on the host for captured packets.
    package static let capture = "capture"
}
