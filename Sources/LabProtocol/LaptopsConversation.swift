package import Addressing
package import Capture

/// The conductor's conversation with the process that holds the laptops' WireGuard engines.
package enum LaptopsConversation: Conversation {
    package static let role = RoleName.laptops
    package static let ready = Event.ready

    package struct Configuration: Codable, Sendable {
        package var laptops: [Laptop]
        package var seed: UInt64
        /// From the first packet on.
        package var capture: CapturePlan?

        package init(laptops: [Laptop], seed: UInt64) {
            self.laptops = laptops
            self.seed = seed
        }
    }

    package struct Laptop: Codable, Sendable, Hashable {
        /// `anna/laptop`.
        package var name: String
        package var wanAddress: IPv4Address
        package var homeLAN: Prefix?

        package init(name: String, wanAddress: IPv4Address, homeLAN: Prefix?) {
            self.name = name
            self.wanAddress = wanAddress
            self.homeLAN = homeLAN
        }
    }

    package enum Verb: Codable, Sendable {
        /// Capture from now on, all tunnels with new handshakes, or no more.
        case capture(CapturePlan?)
        /// What stands beside every captured packet from now on.
        case captureComment(String)
        /// Import the text of a `.conf` and activate the tunnel.
        case connect(laptop: String, configuration: String)
        case disconnect(laptop: String)
        case state(laptop: String)
        /// Move to another address of the internet with the same keys.
        case roam(laptop: String, wan: IPv4Address)
        /// Start a handshake now; the state's counts say what came of it.
        case shakeHands(laptop: String)
        case impair(NamedLinkFault)
        case heal(id: String)
    }

    package enum Answer: Codable, Sendable {
        case done
        case state(TunnelState)
    }

    package enum Event: Codable, Sendable {
        case ready
        case handshakeCompleted(laptop: String)
    }
}

/// A laptop's tunnel, as the laptop sees it.
package struct TunnelState: Codable, Sendable, Hashable {
    package var isConnected: Bool
    package var publicKey: PublicKey?
    package var handshakesCompleted: UInt64
    package var lastHandshakeAge: Double?
    package var packetsSent: UInt64
    package var packetsReceived: UInt64
    package var bytesSent: UInt64
    package var bytesReceived: UInt64

    package init(
        isConnected: Bool, publicKey: PublicKey?, handshakesCompleted: UInt64,
        lastHandshakeAge: Double?, packetsSent: UInt64, packetsReceived: UInt64, bytesSent: UInt64,
        bytesReceived: UInt64
    ) {
        self.isConnected = isConnected
        self.publicKey = publicKey
        self.handshakesCompleted = handshakesCompleted
        self.lastHandshakeAge = lastHandshakeAge
        self.packetsSent = packetsSent
        self.packetsReceived = packetsReceived
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
    }
}
