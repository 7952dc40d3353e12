import Addressing
package import Timebase

extension Engine {
    /// Tells how many handshake messages wait in front of the engine; at the threshold it is under load for a second.
    package func noteHandshakeBacklog(_ messages: Int, at now: Moment) {
        if messages >= configuration.underLoadBacklogMessages { underLoadUntil = now + Limits.loadMemory }
    }

    /// Why a handshake message is not worth an agreement; under load the sender may be sent a cookie instead.
    func refusal(of message: UnsafeRawPointer, mac1Offset: Int, _ origin: Origin) -> DropReason? {
        guard cookieIssuer.isMac1Right(message, at: mac1Offset) else { return .badMac1 }
        guard origin.moment < underLoadUntil else { return nil }
        let mac2Offset = mac1Offset + Mac.byteCount
        guard cookieIssuer.isMac2Right(message, at: mac2Offset, from: origin.source, at: origin.moment) else {
            let reply = cookieIssuer.reply(
                to: message, mac1Offset: mac1Offset, from: origin.source, at: origin.moment, entropy: entropy)
            outputs.append(.datagram(reply, to: origin.source, from: origin.localAddress))
            return .cookieRequired
        }
        return sourceLimiter.allow(origin.source.address, at: origin.moment) ? nil : .rateLimited
    }

    /// Keeps a cookie for the next handshake message; the peer's endpoint does not follow it.
    func receiveCookieReply(_ message: UnsafeRawPointer, _ origin: Origin) -> Received {
        let peer: Peer
        switch indices.holder(of: message.number(at: CookieReplyLayout.receiver)) {
        case .nobody: return drop(.unknownIndex)
        case .handshake(let holder): peer = holder
        case .keypair(let holder): peer = holder.peer
        }
        guard let sentMac1 = peer.sentMac1 else { return drop(.authenticationFailed) }
        return withUnsafeTemporaryAllocation(byteCount: 32 + Mac.byteCount, alignment: 8) { memory in
            guard let key = memory.baseAddress else { return drop(.authenticationFailed) }
            Authenticator.cookieKey(of: peer.publicKey, into: key)
            let isOpen = sentMac1.withBytes { mac1 in
                mac1.baseAddress.map {
                    Cipher.openCookie(
                        message + CookieReplyLayout.cookie, key: key, nonce: message + CookieReplyLayout.nonce,
                        mac1: $0, into: key + 32)
                } ?? false
            }
            guard isOpen else { return drop(.authenticationFailed) }
            // One reply to a message: a copy of it must not make an old cookie young.
            peer.sentMac1 = nil
            peer.cookie = Mac(key + 32)
            peer.cookieReceived = origin.moment
            return .handled
        }
    }

    func usableCookie(of peer: Peer, at now: Moment) -> Mac? {
        now.since(peer.cookieReceived) < Limits.cookieUse ? peer.cookie : nil
    }
}
