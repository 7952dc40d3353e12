package import Addressing
package import ControlProtocol

/// The conductor's conversation with the control plane's process: a start, then silence; all else is its HTTP API.
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
        case nothing
    }

    package enum Answer: Codable, Sendable {
        case done
    }

    package enum Event: Codable, Sendable {
        case ready
    }
}
