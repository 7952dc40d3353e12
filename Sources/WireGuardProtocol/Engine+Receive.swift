package import Addressing
package import Timebase

extension Engine {
    /// Takes a datagram from a socket; data is opened in place, nothing is allocated for it.
    package func receive(
        _ datagram: UnsafeMutableRawBufferPointer, from source: Endpoint, to localAddress: IPv4Address?, at now: Moment
    ) -> Received {
        guard let start = datagram.baseAddress, datagram.count >= DataLayout.leastByteCount else {
            return drop(.tooShort)
        }
        let origin = Origin(source: source, localAddress: localAddress, moment: now)
        switch UnsafeRawPointer(start).number(at: 0) {
        case MessageType.data:
            return receiveData(start, byteCount: datagram.count, origin)
        case MessageType.initiation:
            guard datagram.count == InitiationLayout.byteCount else { return drop(.wrongLength) }
            return receiveInitiation(UnsafeRawPointer(start), origin)
        case MessageType.response:
            guard datagram.count == ResponseLayout.byteCount else { return drop(.wrongLength) }
            return receiveResponse(UnsafeRawPointer(start), origin)
        case MessageType.cookieReply:
            guard datagram.count == CookieReplyLayout.byteCount else { return drop(.wrongLength) }
            return receiveCookieReply(UnsafeRawPointer(start), origin)
        default:
            return drop(.unknownType)
        }
    }

    /// Where and when a datagram came.
    struct Origin {
        let source: Endpoint
        let localAddress: IPv4Address?
        let moment: Moment
    }

    private func receiveData(_ start: UnsafeMutableRawPointer, byteCount: Int, _ origin: Origin) -> Received {
        let index = UnsafeRawPointer(start).number(at: DataLayout.receiver)
        guard case .keypair(let keypair) = indices.holder(of: index) else { return drop(.unknownIndex) }
        let counter = UnsafeRawPointer(start).longNumber(at: DataLayout.counter)
        guard !keypair.isExpired(at: origin.moment) else { return drop(.expiredKeypair) }
        guard counter < Limits.rejectAfterMessages else { return drop(.counterLimit) }
        let inner = start + DataLayout.headerByteCount
        guard
            configuration.cipher.open(
                inner, sealedByteCount: byteCount - DataLayout.headerByteCount, key: keypair.receiveKey,
                counter: counter, into: inner)
        else { return drop(.authenticationFailed) }
        guard keypair.window.accept(counter) else { return drop(.replayedCounter) }

        let peer = keypair.peer
        followEndpoint(of: peer, origin)
        if keypair === peer.next { confirm(keypair, at: origin.moment) }
        noteAuthenticatedReceived(byteCount, from: peer, at: origin.moment)
        renewOnReceive(keypair, at: origin.moment)

        let innerByteCount = byteCount - DataLayout.leastByteCount
        guard innerByteCount > 0 else { return .keepalive(peer.handle) }
        noteDataReceived(from: peer, at: origin.moment)
        guard let count = InnerPacket.byteCount(UnsafeRawBufferPointer(start: inner, count: innerByteCount)) else {
            return drop(.malformedInner)
        }
        peer.receivedPackets += 1
        peer.receivedBytes += UInt64(count)
        return .packet(peer.handle, DataLayout.headerByteCount..<DataLayout.headerByteCount + count)
    }

    /// Data under a responder's newest keypair shows that the initiator has it: it is used for sending from now on.
    private func confirm(_ keypair: Keypair, at now: Moment) {
        let peer = keypair.peer
        discard(peer.previous)
        peer.previous = peer.current
        peer.current = keypair
        peer.next = nil
        completeHandshake(keypair, at: now)
        flushStaged(of: peer, at: now)
    }

    /// The peer is where its last authenticated datagram came from, and was heard then: the two are told together.
    func followEndpoint(of peer: Peer, _ origin: Origin) {
        peer.lastAuthenticated = origin.moment
        peer.localAddress = origin.localAddress
        guard peer.endpoint != origin.source else { return }
        peer.endpoint = origin.source
        emit(.endpointChanged(peer.handle, origin.source))
    }
}

/// What the engine must know of an inner packet.
enum InnerPacket {
    /// The packet's length by its own header, without the padding behind it.
    ///
    /// - Returns: `nil` when that is less than a header or more than there is, or the version is neither 4 nor 6.
    static func byteCount(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let first = bytes.first else { return nil }
        switch first >> 4 {
        case 4:
            guard bytes.count >= 20 else { return nil }
            let header = Int(first & 15) * 4
            let total = Int(bytes[2]) << 8 | Int(bytes[3])
            return header >= 20 && (header...max(header, bytes.count)).contains(total) ? total : nil
        case 6:
            guard bytes.count >= 40 else { return nil }
            let total = 40 + (Int(bytes[4]) << 8 | Int(bytes[5]))
            return total <= bytes.count ? total : nil
        default:
            return nil
        }
    }
}
