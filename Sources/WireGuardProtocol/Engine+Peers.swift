package import Addressing
package import Timebase

extension Engine {
    /// Takes a peer; with a persistent keepalive and an endpoint it starts the handshake at once.
    package func addPeer(_ peer: PeerConfiguration, at now: Moment) throws(PeerRefusal) -> PeerHandle {
        guard peer.publicKey != publicKey else { throw .ownKey }
        guard peersByKey[peer.publicKey] == nil else { throw .duplicate }
        guard peersByKey.count < configuration.peerLimit else { throw .limit }
        let secrets = Peer.Secrets(start: peerSecrets.take())
        let isAgreed = peer.publicKey.withBytes { bytes in
            bytes.baseAddress.map { Curve25519.agree(privateKey.bytes, $0, into: secrets.staticStatic) } ?? false
        }
        guard isAgreed else {
            peerSecrets.give(secrets.start)
            throw .lowOrderKey
        }
        if let presharedKey = peer.presharedKey {
            secrets.presharedKey.copyMemory(from: presharedKey.bytes, byteCount: PresharedKey.byteCount)
        }
        let slot = freeSlots.popLast() ?? UInt32(slots.count)
        if slot == slots.count { slots.append(Slot()) }
        let new = Peer(
            peer, handle: PeerHandle(slot: slot, generation: slots[Int(slot)].generation), secrets: secrets)
        slots[Int(slot)].peer = new
        peersByKey[peer.publicKey] = new
        if new.persistentKeepalive != nil { sendKeepalive(to: new, at: now) }
        return new.handle
    }

    /// Erases the peer's keys; from now on its datagrams find nobody.
    package func removePeer(_ handle: PeerHandle) {
        guard let peer = resolve(handle) else { return }
        eraseSession(of: peer)
        schedule.remove(peer)
        peerSecrets.give(peer.secrets.start)
        peersByKey[peer.publicKey] = nil
        slots[Int(handle.slot)].peer = nil
        slots[Int(handle.slot)].generation &+= 1
        freeSlots.append(handle.slot)
    }

    package func peer(for publicKey: PublicKey) -> PeerHandle? { peersByKey[publicKey]?.handle }

    /// All peers, by slot.
    package var peers: [PeerHandle] { slots.compactMap { $0.peer?.handle } }

    package func statistics(of handle: PeerHandle, at now: Moment) -> PeerStatistics? {
        guard let peer = resolve(handle) else { return nil }
        return PeerStatistics(
            publicKey: peer.publicKey, endpoint: peer.endpoint, localAddress: peer.localAddress,
            lastHandshake: peer.lastHandshake, lastAuthenticated: peer.lastAuthenticated,
            receivedPackets: peer.receivedPackets, receivedBytes: peer.receivedBytes, sentPackets: peer.sentPackets,
            sentBytes: peer.sentBytes, wireReceivedBytes: peer.wireReceivedBytes, wireSentBytes: peer.wireSentBytes,
            persistentKeepaliveSeconds: peer.persistentKeepalive.map {
                UInt16(clamping: $0.nanoseconds / 1_000_000_000)
            },
            stagedPackets: peer.staged.count,
            hasUsableKeypair: peer.current?.canSend(at: now) ?? false)
    }

    /// Sends to another place from now on, until an authenticated datagram comes from elsewhere.
    ///
    /// Without a place, what waits for a handshake is dropped.
    package func setEndpoint(_ endpoint: Endpoint?, of handle: PeerHandle) {
        guard let peer = resolve(handle) else { return }
        peer.endpoint = endpoint
        peer.localAddress = nil
        if endpoint == nil {
            dropStaged(of: peer)
            endPending(of: peer)
        }
    }

    /// Erases all keys and the handshake of the peer, and drops what is staged; the peer stays.
    package func eraseSession(_ handle: PeerHandle) {
        if let peer = resolve(handle) { eraseSession(of: peer) }
    }

    func resolve(_ handle: PeerHandle) -> Peer? {
        guard handle.slot < slots.count else { return nil }
        let slot = slots[Int(handle.slot)]
        return slot.generation == handle.generation ? slot.peer : nil
    }

    func eraseSession(of peer: Peer) {
        dropStaged(of: peer)
        endPending(of: peer)
        eraseKeypairs(of: peer)
        peer.lastInitiationSent = nil
        peer.sentLastMinuteHandshake = false
        peer.needsAnotherKeepalive = false
        for timer in [PeerTimer.keepalive, .unanswered, .erasure] { peer.timers[timer] = nil }
    }

    func eraseKeypairs(of peer: Peer) {
        discard(peer.current)
        discard(peer.previous)
        discard(peer.next)
        (peer.current, peer.previous, peer.next) = (nil, nil, nil)
    }

    /// Erases a keypair's keys and gives its index back; the caller empties the place it had.
    func discard(_ keypair: Keypair?) {
        guard let keypair else { return }
        indices.release(keypair.localIndex)
        keypairSecrets.give(keypair.secrets)
    }

    /// Forgets the initiation that waits for its response.
    func endPending(of peer: Peer) {
        peer.timers[.retransmission] = nil
        peer.retransmissions = 0
        guard let index = peer.pendingIndex else { return }
        indices.release(index)
        peer.pendingIndex = nil
        peer.secrets.eraseHandshake()
    }

    func dropStaged(of peer: Peer) {
        while peer.staged.removeFirst() != nil {
            stagedCount -= 1
            note(.stagedAbandoned)
        }
    }
}
