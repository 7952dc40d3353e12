package import Addressing

/// What an engine is told about a peer.
package struct PeerConfiguration: Equatable, Sendable {
    package var publicKey: PublicKey
    package var presharedKey: PresharedKey?
    /// Where to send until an authenticated datagram comes from elsewhere.
    package var endpoint: Endpoint?
    /// Seconds between keepalives, `nil` for none.
    package var persistentKeepaliveSeconds: UInt16?
    /// Whether this side may start a handshake.
    ///
    /// A gateway never does towards its peers: what it cannot send is dropped by name instead of staged.
    package var mayInitiate: Bool

    package init(
        publicKey: PublicKey, presharedKey: PresharedKey? = nil, endpoint: Endpoint? = nil,
        persistentKeepaliveSeconds: UInt16? = nil, mayInitiate: Bool = true
    ) {
        self.publicKey = publicKey
        self.presharedKey = presharedKey
        self.endpoint = endpoint
        self.persistentKeepaliveSeconds = persistentKeepaliveSeconds
        self.mayInitiate = mayInitiate
    }
}

/// Why an engine does not take a peer.
package enum PeerRefusal: Error, Hashable, Sendable {
    /// It is the engine's own key.
    case ownKey
    /// A public key of low order, which nobody can own.
    case lowOrderKey
    /// There is a peer of that key already.
    case duplicate
    /// The engine has as many peers as its configuration allows.
    case limit
}
