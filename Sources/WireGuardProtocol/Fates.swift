package import Addressing

/// What became of a datagram that came in.
package enum Received: Hashable, Sendable {
    /// An inner packet of that peer: authentic, in order or late but never twice, trimmed to its own length.
    ///
    /// The range counts from the start of the buffer, which now holds the clear bytes. The version is 4 or 6 and the
    /// lengths in its header hold; nothing else was looked at: whether the peer may use that source is routing's.
    case packet(PeerHandle, Range<Int>)
    case keepalive(PeerHandle)
    /// A handshake message or cookie reply did its work; see `Engine.nextOutput()`.
    case handled
    case dropped(DropReason)
}

/// What became of an inner packet that is to go out.
package enum Sealed: Hashable, Sendable {
    /// The datagram lies in that range of the buffer; send it to `to`, from `from` when that is known.
    case datagram(Range<Int>, to: Endpoint, from: IPv4Address?)
    /// A copy waits for the handshake; it comes out of `Engine.nextOutput()` later, or is dropped.
    case staged
    case dropped(DropReason)
}

/// Why an engine dropped something; each has a counter.
package enum DropReason: UInt8, Hashable, Sendable, CaseIterable {
    // Datagrams that came in
    case tooShort
    case wrongLength
    case unknownType
    case badMac1
    /// Under load; a cookie reply went out instead.
    case cookieRequired
    /// Under load, with a cookie, and still too many from that source.
    case rateLimited
    case unknownPeer
    /// The initiation's timestamp is not above the greatest seen of that peer.
    case replayedTimestamp
    /// A second initiation of that peer within a fiftieth of a second.
    case flooded
    case unknownIndex
    case authenticationFailed
    /// An agreement was all zero.
    case lowOrderKey
    case replayedCounter
    case counterLimit
    case expiredKeypair
    /// The inner packet contradicts its own length, or is neither IPv4 nor IPv6.
    case malformedInner

    // Inner packets that should go out
    /// The handle's peer is gone.
    case stalePeer
    /// There are no usable keys, and this side may not initiate.
    case noKeypair
    case noEndpoint
    /// More head room, tail room or packet was needed than there is.
    case badBuffer
    /// The oldest staged packet of the peer made room for a newer one.
    case stagedOverflow
    /// All peers together have staged as much as is allowed.
    case stagedLimit
    /// The handshake timed out, or the peer was removed, while the packet waited.
    case stagedAbandoned
}
