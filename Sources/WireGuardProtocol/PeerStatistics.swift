package import Addressing
package import Timebase

/// What an engine knows about a peer at the moment of asking.
package struct PeerStatistics: Hashable, Sendable {
    package var publicKey: PublicKey
    package var endpoint: Endpoint?
    /// The local address that the peer's last authenticated datagram was sent to.
    package var localAddress: IPv4Address?
    /// When keys were last confirmed.
    package var lastHandshake: Moment?
    /// When data or a keepalive last came in authenticated.
    package var lastAuthenticated: Moment?
    /// Inner packets and their bytes, padding and keepalives not counted.
    package var receivedPackets: UInt64 = 0
    package var receivedBytes: UInt64 = 0
    package var sentPackets: UInt64 = 0
    package var sentBytes: UInt64 = 0
    /// Bytes of authentic datagrams, handshakes and keepalives too: what `wg show` calls transfer.
    package var wireReceivedBytes: UInt64 = 0
    package var wireSentBytes: UInt64 = 0
    package var persistentKeepaliveSeconds: UInt16?
    package var stagedPackets = 0
    /// Whether there are keys to send with at this moment.
    package var hasUsableKeypair = false
}
