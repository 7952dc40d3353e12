package import Addressing
package import Timebase

extension Engine {
    /// Starts a handshake now, whatever keys there are, also within the 5 s that usually lie between two.
    ///
    /// - Returns: false when the peer is gone, may not be initiated to or has no endpoint.
    @discardableResult
    package func forceHandshake(_ handle: PeerHandle, at now: Moment) -> Bool {
        guard let peer = resolve(handle) else { return false }
        peer.lastInitiationSent = nil
        return initiate(to: peer, at: now)
    }

    /// Looks for a peer that lost its session because this side forgot everything, as a gateway does that was started again.
    ///
    /// For a side that otherwise only answers: it initiates at the place where the peer was last, repeats that as any initiation, and
    /// renews the keys that come of it for as long as the peer does not initiate itself. Packets are staged by it no more than before.
    ///
    /// - Returns: false when the peer is gone or has a session.
    @discardableResult
    package func knock(_ handle: PeerHandle, at endpoint: Endpoint, _ now: Moment) -> Bool {
        guard let peer = resolve(handle), peer.current == nil, peer.next == nil else { return false }
        peer.endpoint = peer.endpoint ?? endpoint
        peer.hasKnocked = true
        return initiate(to: peer, at: now)
    }

    /// Sends an initiation, unless this side must not or did so within the last 5 s.
    @discardableResult
    func initiate(to peer: Peer, at now: Moment, isRetransmission: Bool = false) -> Bool {
        guard peer.mayInitiate || peer.hasKnocked, let endpoint = peer.endpoint else { return false }
        if !isRetransmission { peer.retransmissions = 0 }
        if let last = peer.lastInitiationSent, now.since(last) < Limits.rekeyTimeout { return false }
        let cookie = usableCookie(of: peer, at: now)
        var isMade = false
        let message = [UInt8](unsafeUninitializedCapacity: InitiationLayout.byteCount) { buffer, count in
            guard let start = UnsafeMutableRawBufferPointer(buffer).baseAddress else { return }
            isMade = writeInitiation(to: peer, into: start)
            peer.sentMac1 = Authenticator.stamp(
                start, mac1Offset: InitiationLayout.mac1, receiver: peer.publicKey, cookie: cookie)
            count = InitiationLayout.byteCount
        }
        // The peer's key was checked when it was added, so this would be an ephemeral of chance 2^-250.
        guard isMade else {
            endPending(of: peer)
            return false
        }
        outputs.append(.datagram(message, to: endpoint, from: peer.localAddress))
        peer.lastInitiationSent = now
        noteAuthenticatedSent(InitiationLayout.byteCount, to: peer, at: now)
        arm(.retransmission, of: peer, at: now + Limits.rekeyTimeout + jitter())
        return true
    }

    private func writeInitiation(to peer: Peer, into message: UnsafeMutableRawPointer) -> Bool {
        if let old = peer.pendingIndex { indices.release(old) }
        let index = indices.take(.handshake(peer), random: randomNumber)
        peer.pendingIndex = index
        message.write(MessageType.initiation, at: 0)
        message.write(index, at: InitiationLayout.sender)

        let state = SymmetricState(at: handshakeMemory)
        defer { state.erase() }
        makeEphemeral(at: peer.secrets.ephemeral, for: peer)
        let timestamp = max(Timestamp(wallClock()), lastTimestamp.successor)
        lastTimestamp = timestamp
        let isMade = withUnsafeTemporaryAllocation(byteCount: Timestamp.byteCount, alignment: 4) { payload in
            if let start = payload.baseAddress { timestamp.write(into: start) }
            return withKeys(peer) { own, remote in
                beginHandshake(state, towards: remote)
                return NoiseHandshake.writeInitiation(
                    state, ephemeral: peer.secrets.ephemeral,
                    own: .init(privateKey: privateKey.bytes, publicKey: own), responder: remote,
                    staticStatic: peer.secrets.staticStatic, payload: UnsafeRawBufferPointer(payload),
                    into: message + InitiationLayout.noise)
            }
        }
        peer.secrets.chainKeyAndHash.copyMemory(from: state.chainKey, byteCount: 64)
        return isMade
    }

    // MARK: Responder

    func receiveInitiation(_ message: UnsafeRawPointer, _ origin: Origin) -> Received {
        if let reason = refusal(of: message, mac1Offset: InitiationLayout.mac1, origin) { return drop(reason) }
        let state = SymmetricState(at: handshakeMemory)
        defer { state.erase() }
        switch readInitiation(message, state, origin) {
        case .refused(let reason):
            return drop(reason)
        case .from(let peer, let timestamp):
            peer.greatestTimestamp = timestamp
            peer.lastInitiationTaken = origin.moment
            followEndpoint(of: peer, origin)
            noteAuthenticatedReceived(InitiationLayout.byteCount, from: peer, at: origin.moment)
            return respond(to: peer, message, state, origin)
        }
    }

    private enum Initiation {
        case refused(DropReason)
        case from(Peer, Timestamp)
    }

    private func readInitiation(_ message: UnsafeRawPointer, _ state: SymmetricState, _ origin: Origin) -> Initiation {
        let noise = message + InitiationLayout.noise
        return withUnsafeTemporaryAllocation(byteCount: 32 + Timestamp.byteCount, alignment: 8) { opened in
            guard let initiator = opened.baseAddress else { return .refused(.authenticationFailed) }
            let failure = publicKey.withBytes { own -> HandshakeFailure? in
                guard let own = own.baseAddress else { return .authentication }
                beginHandshake(state, towards: own)
                return NoiseHandshake.readInitiator(state, message: noise, own: privateKey.bytes, into: initiator)
            }
            if let failure { return .refused(failure.reason) }
            guard let key = PublicKey(bytes: opened[..<32]) else { return .refused(.authenticationFailed) }
            guard let peer = peersByKey[key] else {
                emit(.refusedInitiation(key, from: origin.source))
                return .refused(.unknownPeer)
            }
            guard
                NoiseHandshake.readInitiationPayload(
                    state, message: noise, sealedByteCount: Timestamp.byteCount + Cipher.tagByteCount,
                    staticStatic: peer.secrets.staticStatic, into: initiator + 32)
            else { return .refused(.authenticationFailed) }
            let timestamp = Timestamp(bytes: initiator + 32)
            guard timestamp > peer.greatestTimestamp else { return .refused(.replayedTimestamp) }
            if let last = peer.lastInitiationTaken, origin.moment.since(last) < Limits.initiationGap {
                return .refused(.flooded)
            }
            return .from(peer, timestamp)
        }
    }

    /// Answers an initiation and derives the keypair, which is not used for sending before data confirms it.
    private func respond(
        to peer: Peer, _ message: UnsafeRawPointer, _ state: SymmetricState, _ origin: Origin
    ) -> Received {
        let cookie = usableCookie(of: peer, at: origin.moment)
        var keypair: Keypair?
        let response = [UInt8](unsafeUninitializedCapacity: ResponseLayout.byteCount) { buffer, count in
            guard let start = UnsafeMutableRawBufferPointer(buffer).baseAddress else { return }
            keypair = writeResponse(to: peer, message, state, at: origin.moment, into: start)
            peer.sentMac1 = Authenticator.stamp(
                start, mac1Offset: ResponseLayout.mac1, receiver: peer.publicKey, cookie: cookie)
            count = ResponseLayout.byteCount
        }
        guard let keypair else { return drop(.lowOrderKey) }
        discard(peer.next)
        discard(peer.previous)
        peer.next = keypair
        peer.previous = nil
        arm(.erasure, of: peer, at: origin.moment + Limits.eraseAfter)
        outputs.append(.datagram(response, to: origin.source, from: origin.localAddress))
        noteAuthenticatedSent(ResponseLayout.byteCount, to: peer, at: origin.moment)
        return .handled
    }

    private func writeResponse(
        to peer: Peer, _ message: UnsafeRawPointer, _ state: SymmetricState, at now: Moment,
        into response: UnsafeMutableRawPointer
    ) -> Keypair? {
        // The ephemeral lies in the place of the keys that it leads to.
        let secrets = keypairSecrets.take()
        makeEphemeral(at: secrets, for: peer)
        let isMade = withKeys(peer) { _, remote in
            NoiseHandshake.writeResponse(
                state, ephemeral: secrets, initiatorEphemeral: message + InitiationLayout.noise, initiator: remote,
                presharedKey: peer.secrets.presharedKey, payload: UnsafeRawBufferPointer(start: nil, count: 0),
                into: response + ResponseLayout.noise)
        }
        guard isMade else {
            keypairSecrets.give(secrets)
            return nil
        }
        state.split(into: secrets + 32, secrets)
        let initiatorIndex = message.number(at: InitiationLayout.sender)
        let index = indices.take(.handshake(peer), random: randomNumber)
        let keypair = makeKeypair(
            peer, local: index, remote: initiatorIndex, isInitiator: false, secrets: secrets, at: now)
        response.write(MessageType.response, at: 0)
        response.write(index, at: ResponseLayout.sender)
        response.write(initiatorIndex, at: ResponseLayout.receiver)
        return keypair
    }

    // MARK: Initiator

    func receiveResponse(_ message: UnsafeRawPointer, _ origin: Origin) -> Received {
        if let reason = refusal(of: message, mac1Offset: ResponseLayout.mac1, origin) { return drop(reason) }
        let index = message.number(at: ResponseLayout.receiver)
        guard case .handshake(let peer) = indices.holder(of: index) else { return drop(.unknownIndex) }
        let state = SymmetricState(at: handshakeMemory)
        defer { state.erase() }
        // On a copy: a forged response must not spoil the handshake for the true one.
        state.chainKey.copyMemory(from: peer.secrets.chainKeyAndHash, byteCount: 64)
        let failure = withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { nothing in
            nothing.baseAddress.map {
                NoiseHandshake.readResponse(
                    state, message: message + ResponseLayout.noise, sealedByteCount: Cipher.tagByteCount,
                    ephemeral: peer.secrets.ephemeral, own: privateKey.bytes,
                    presharedKey: peer.secrets.presharedKey, into: $0)
            } ?? .authentication
        }
        if let failure { return drop(failure.reason) }

        let secrets = keypairSecrets.take()
        state.split(into: secrets, secrets + 32)
        let keypair = makeKeypair(
            peer, local: index, remote: message.number(at: ResponseLayout.sender), isInitiator: true,
            secrets: secrets, at: origin.moment)
        peer.pendingIndex = nil
        peer.secrets.eraseHandshake()
        begin(keypair, origin)
        return .handled
    }

    /// Uses an initiator's new keypair at once; it is the only one that the responder is sure to have.
    private func begin(_ keypair: Keypair, _ origin: Origin) {
        let peer = keypair.peer
        discard(peer.previous)
        if let next = peer.next {
            // An unconfirmed keypair of the peer's own initiation may be what the peer sends under.
            discard(peer.current)
            peer.previous = next
            peer.next = nil
        } else {
            peer.previous = peer.current
        }
        peer.current = keypair
        followEndpoint(of: peer, origin)
        noteAuthenticatedReceived(ResponseLayout.byteCount, from: peer, at: origin.moment)
        arm(.erasure, of: peer, at: origin.moment + Limits.eraseAfter)
        completeHandshake(keypair, at: origin.moment)
        // The responder waits for the first packet under these keys.
        if !flushStaged(of: peer, at: origin.moment) { sendKeepalive(to: peer, at: origin.moment) }
    }

    // MARK: Both

    func completeHandshake(_ keypair: Keypair, at now: Moment) {
        let peer = keypair.peer
        peer.timers[.retransmission] = nil
        peer.retransmissions = 0
        peer.sentLastMinuteHandshake = false
        peer.lastHandshake = now
        emit(.handshakeCompleted(peer.handle, keypair.id, asInitiator: keypair.isInitiator))
    }

    /// The initiator of a keypair replaces it in time when it sends; the responder leaves that to it.
    func renewOnSend(_ keypair: Keypair, at now: Moment) {
        let isOld = keypair.isInitiator && now.since(keypair.created) >= Limits.rekeyAfter
        if isOld || keypair.sendCounter > Limits.rekeyAfterMessages { initiate(to: keypair.peer, at: now) }
    }

    /// The initiator also does when it only receives, once, shortly before the keypair's end.
    func renewOnReceive(_ keypair: Keypair, at now: Moment) {
        let peer = keypair.peer
        guard keypair.isInitiator, keypair === peer.current, !peer.sentLastMinuteHandshake,
            now.since(keypair.created) >= Limits.rekeyAfterOnReceive
        else { return }
        peer.sentLastMinuteHandshake = true
        initiate(to: peer, at: now)
    }

    private func makeKeypair(
        _ peer: Peer, local: UInt32, remote: UInt32, isInitiator: Bool, secrets: UnsafeMutableRawPointer, at now: Moment
    ) -> Keypair {
        keypairCount += 1
        let keypair = Keypair(
            id: KeypairID(rawValue: keypairCount), peer: peer, localIndex: local, remoteIndex: remote,
            isInitiator: isInitiator, created: now, secrets: secrets)
        indices.replace(local, by: .keypair(keypair))
        return keypair
    }

    private func makeEphemeral(at place: UnsafeMutableRawPointer, for peer: Peer) {
        entropy(UnsafeMutableRawBufferPointer(start: place, count: 32))
        Curve25519.clamp(place)
        logKeys(of: peer, ephemeral: place)
    }

    private func beginHandshake(_ state: SymmetricState, towards responder: UnsafeRawPointer) {
        var prologue = NoiseHandshake.prologue
        prologue.withUTF8 {
            state.begin(
                protocolName: NoiseHandshake.protocolName, prologue: UnsafeRawBufferPointer($0), responder: responder)
        }
    }

    /// Calls with the places of the own and the peer's public key.
    private func withKeys(_ peer: Peer, _ body: (UnsafeRawPointer, UnsafeRawPointer) -> Bool) -> Bool {
        publicKey.withBytes { own in
            peer.publicKey.withBytes { remote in
                guard let own = own.baseAddress, let remote = remote.baseAddress else { return false }
                return body(own, remote)
            }
        }
    }
}

extension HandshakeFailure {
    var reason: DropReason {
        switch self {
        case .lowOrderKey: .lowOrderKey
        case .authentication: .authenticationFailed
        }
    }
}
