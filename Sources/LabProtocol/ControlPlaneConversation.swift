package import Addressing
package import ControlProtocol

/// The conductor's conversation with the control plane's process: what its lab page wants to know or done; all else is its
/// HTTP API.
package enum ControlPlaneConversation: Conversation {
    package static let role = RoleName.controlPlane
    package static let ready = Event.ready

    package struct Configuration: Codable, Sendable {
        package var databasePath: String
        /// Fills an empty database; ignored by one that holds something.
        package var seed: Seed
        package var listen: Endpoint
        /// A listening TCP socket on the host, inherited.
        package var webDescriptor: Int32?

        package init(databasePath: String, seed: Seed, listen: Endpoint, webDescriptor: Int32?) {
            self.databasePath = databasePath
            self.seed = seed
            self.listen = listen
            self.webDescriptor = webDescriptor
        }
    }

    package enum Verb: Codable, Sendable {
        /// What was asked under this id.
        case answer(id: UInt64, LabAnswer)
    }

    package enum Answer: Codable, Sendable {
        case done
    }

    package enum Event: Codable, Sendable {
        case ready
        case question(id: UInt64, LabQuestion)
    }
}
