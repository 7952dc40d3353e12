package import Addressing

/// Something rare that an engine wants done or known; taken with `Engine.nextOutput()`.
package enum Output: Hashable, Sendable {
    /// A handshake message, cookie reply, keepalive or flushed staged packet to send.
    case datagram([UInt8], to: Endpoint, from: IPv4Address?)
    case event(EngineEvent)
}

/// Something rare that happened in an engine.
package enum EngineEvent: Hashable, Sendable {
    /// Keys are in use both ways: for an initiator when the response came, for a responder when data confirmed it.
    case handshakeCompleted(PeerHandle, KeypairID, asInitiator: Bool)
    /// An authenticated datagram came from a new place.
    case endpointChanged(PeerHandle, Endpoint)
    /// No new handshake within 540 s: all keys of the peer were erased.
    case keypairsErased(PeerHandle)
    /// An initiation proved a static key that is no peer's.
    case refusedInitiation(PublicKey, from: Endpoint)
    /// Nobody answered for 90 s; staged packets were dropped.
    case handshakeTimedOut(PeerHandle)
}
