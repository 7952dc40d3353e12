import Addressing
package import Timebase

extension Engine {
    /// Seals an inner packet in place; nothing is allocated unless it must be staged.
    ///
    /// The packet needs 16 bytes of head room in the buffer, and behind it room for its padding and 16 bytes more: `sealedByteCount`
    /// says how much in all.
    package func seal(
        _ buffer: UnsafeMutableRawBufferPointer, packet: Range<Int>, to handle: PeerHandle, at now: Moment
    ) -> Sealed {
        guard let start = buffer.baseAddress, packet.lowerBound >= DataLayout.headerByteCount, !packet.isEmpty,
            packet.lowerBound - DataLayout.headerByteCount + sealedByteCount(of: packet.count) <= buffer.count
        else { return refuse(.badBuffer) }
        guard let peer = resolve(handle) else { return refuse(.stalePeer) }
        guard let endpoint = peer.endpoint else { return refuse(.noEndpoint) }
        guard let keypair = peer.current, keypair.canSend(at: now) else {
            return stage(UnsafeRawBufferPointer(rebasing: buffer[packet]), for: peer, at: now)
        }
        let datagram = start + packet.lowerBound - DataLayout.headerByteCount
        let count = encrypt(datagram, plainByteCount: packet.count, under: keypair)
        noteDataSent(packet.count, count, under: keypair, at: now)
        let first = packet.lowerBound - DataLayout.headerByteCount
        return .datagram(first..<first + count, to: endpoint, from: peer.localAddress)
    }

    /// How long the datagram around a packet of that length is.
    package func sealedByteCount(of byteCount: Int) -> Int { DataLayout.leastByteCount + padded(byteCount) }

    /// Sends an empty packet, or starts the handshake that it needs.
    package func sendKeepalive(_ handle: PeerHandle, at now: Moment) {
        if let peer = resolve(handle) { sendKeepalive(to: peer, at: now) }
    }

    func sendKeepalive(to peer: Peer, at now: Moment) {
        guard let keypair = peer.current, keypair.canSend(at: now), let endpoint = peer.endpoint else {
            initiate(to: peer, at: now)
            return
        }
        let datagram = [UInt8](unsafeUninitializedCapacity: DataLayout.leastByteCount) { buffer, count in
            guard let start = UnsafeMutableRawBufferPointer(buffer).baseAddress else { return }
            count = encrypt(start, plainByteCount: 0, under: keypair)
        }
        outputs.append(.datagram(datagram, to: endpoint, from: peer.localAddress))
        noteAuthenticatedSent(datagram.count, to: peer, at: now)
        renewOnSend(keypair, at: now)
    }

    /// Sends what waited for keys.
    ///
    /// - Returns: false when nothing waited.
    @discardableResult
    func flushStaged(of peer: Peer, at now: Moment) -> Bool {
        guard peer.staged.count > 0 else { return false }
        while let keypair = peer.current, keypair.canSend(at: now), let endpoint = peer.endpoint,
            let packet = peer.staged.removeFirst()
        {
            stagedCount -= 1
            let room = DataLayout.leastByteCount + packet.count + Limits.paddingBytes
            let datagram = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                guard let start = bytes.baseAddress else { return }
                UnsafeMutableRawBufferPointer(rebasing: bytes[DataLayout.headerByteCount...]).copyBytes(from: packet)
                count = encrypt(start, plainByteCount: packet.count, under: keypair)
            }
            outputs.append(.datagram(datagram, to: endpoint, from: peer.localAddress))
            noteDataSent(packet.count, datagram.count, under: keypair, at: now)
        }
        return true
    }

    private func stage(_ packet: UnsafeRawBufferPointer, for peer: Peer, at now: Moment) -> Sealed {
        guard peer.mayInitiate else { return refuse(.noKeypair) }
        if peer.staged.count >= configuration.stagedLimitPackets {
            guard peer.staged.removeFirst() != nil else { return refuse(.stagedOverflow) }
            stagedCount -= 1
            note(.stagedOverflow)
        }
        // What waits for peers that are gone must not keep another one from its handshake.
        initiate(to: peer, at: now)
        guard stagedCount < configuration.stagedTotalLimitPackets else { return refuse(.stagedLimit) }
        peer.staged.append([UInt8](packet))
        stagedCount += 1
        return .staged
    }

    /// Writes header, padding and tag around the plain bytes that lie behind the header's place.
    ///
    /// - Returns: the datagram's length.
    private func encrypt(_ datagram: UnsafeMutableRawPointer, plainByteCount: Int, under keypair: Keypair) -> Int {
        let paddedByteCount = padded(plainByteCount)
        let plain = datagram + DataLayout.headerByteCount
        for offset in plainByteCount..<paddedByteCount { plain.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self) }
        let counter = keypair.sendCounter
        keypair.sendCounter += 1
        datagram.write(MessageType.data, at: 0)
        datagram.write(keypair.remoteIndex, at: DataLayout.receiver)
        datagram.write(counter, at: DataLayout.counter)
        configuration.cipher.seal(
            plain, plainByteCount: paddedByteCount, key: keypair.sendKey, counter: counter, into: plain)
        return DataLayout.leastByteCount + paddedByteCount
    }

    /// The next multiple of 16, but not past the MTU, so that padding never makes a packet too big for the path.
    ///
    /// Of a packet longer than the MTU, which will be cut into pieces of that length, the last piece counts.
    func padded(_ byteCount: Int) -> Int {
        let (mtu, unit) = (configuration.mtuBytes, Limits.paddingBytes)
        let last = byteCount > mtu ? byteCount % mtu : byteCount
        return byteCount - last + min((last + unit - 1) / unit * unit, mtu)
    }

    private func noteDataSent(_ byteCount: Int, _ datagramBytes: Int, under keypair: Keypair, at now: Moment) {
        let peer = keypair.peer
        peer.sentPackets += 1
        peer.sentBytes += UInt64(byteCount)
        noteAuthenticatedSent(datagramBytes, to: peer, at: now)
        if peer.mayInitiate, peer.timers[.unanswered] == nil {
            arm(.unanswered, of: peer, at: now + Limits.unansweredTimeout + jitter())
        }
        renewOnSend(keypair, at: now)
    }

    private func refuse(_ reason: DropReason) -> Sealed {
        note(reason)
        return .dropped(reason)
    }
}
