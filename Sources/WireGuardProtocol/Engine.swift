package import Addressing
package import Timebase

/// WireGuard of one local identity with many peers, without sockets, clock or chance of its own.
///
/// Datagrams and inner packets go in with the moment they came; fates come back at once, and what is rare (handshake
/// messages, keepalives, events) waits in a queue. The rule of use: one call, then drain `nextOutput()`, then the next
/// call; and `advance(to:)` no later than `nextDeadline`.
///
/// Not `Sendable`: an engine belongs to one thread.
package final class Engine {
    package let publicKey: PublicKey
    package let configuration: EngineConfiguration

    /// - Parameters:
    ///   - entropy: fills a buffer with random bytes; ephemeral keys, indices and jitter come from it.
    ///   - wallClock: read for the timestamp of each initiation, and for nothing else.
    package init(
        privateKey: PrivateKey, configuration: EngineConfiguration = EngineConfiguration(),
        entropy: @escaping (UnsafeMutableRawBufferPointer) -> Void, wallClock: @escaping () -> WallTime
    ) {
        publicKey = privateKey.publicKey
        self.configuration = configuration
    }

    // MARK: Peers

    /// Takes a peer; with a persistent keepalive and an endpoint it starts the handshake at once.
    package func addPeer(_ peer: PeerConfiguration, at now: Moment) throws(PeerRefusal) -> PeerHandle {
        throw .limit
    }

    /// Erases the peer's keys; from now on its datagrams find nobody.
    package func removePeer(_ peer: PeerHandle) {}

    package func peer(for publicKey: PublicKey) -> PeerHandle? { nil }

    /// All peers, by slot.
    package var peers: [PeerHandle] { [] }

    package func statistics(of peer: PeerHandle, at now: Moment) -> PeerStatistics? { nil }

    /// Sends to another place from now on, until an authenticated datagram comes from elsewhere.
    package func setEndpoint(_ endpoint: Endpoint?, of peer: PeerHandle) {}

    // MARK: Packets

    /// Takes a datagram from a socket; data is opened in place, nothing is allocated for it.
    package func receive(
        _ datagram: UnsafeMutableRawBufferPointer, from source: Endpoint, to localAddress: IPv4Address?, at now: Moment
    ) -> Received {
        .dropped(.unknownType)
    }

    /// Seals an inner packet in place; nothing is allocated unless it must be staged.
    ///
    /// The packet needs 16 bytes of head room and 32 bytes of tail room in the buffer.
    package func seal(
        _ buffer: UnsafeMutableRawBufferPointer, packet: Range<Int>, to peer: PeerHandle, at now: Moment
    ) -> Sealed {
        .dropped(.stalePeer)
    }

    /// The oldest output that was not taken yet.
    package func nextOutput() -> Output? { nil }

    // MARK: Time

    /// No timer is due before this moment; `nil` when none runs.
    ///
    /// It may be early, never late.
    package var nextDeadline: Moment? { nil }

    /// Does what timers ask for up to that moment.
    package func advance(to now: Moment) {}

    // MARK: Commands

    /// Starts a handshake now, whatever keys there are, also within the 5 s that usually lie between two.
    ///
    /// - Returns: false when the peer is gone, may not be initiated to or has no endpoint.
    @discardableResult
    package func forceHandshake(_ peer: PeerHandle, at now: Moment) -> Bool { false }

    /// Sends an empty packet, or starts the handshake that it needs.
    package func sendKeepalive(_ peer: PeerHandle, at now: Moment) {}

    /// Erases all keys and the handshake of the peer, and drops what is staged; the peer stays.
    package func eraseSession(_ peer: PeerHandle) {}

    /// Tells how many handshake messages wait in front of the engine; at the threshold it is under load for a second.
    package func noteHandshakeBacklog(_ messages: Int, at now: Moment) {}

    // MARK: Counters

    /// How often that happened since the engine began.
    package func count(of reason: DropReason) -> UInt64 { 0 }
}
