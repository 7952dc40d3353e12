package import Timebase

extension Engine {
    /// No timer is due before this moment; `nil` when none runs.
    ///
    /// It may be early, never late.
    package var nextDeadline: Moment? { schedule.first?.scheduled }

    /// Does what timers ask for up to that moment.
    package func advance(to now: Moment) {
        while let peer = schedule.first, peer.scheduled <= now {
            guard let earliest = peer.timers.earliest else {
                schedule.remove(peer)
                continue
            }
            guard earliest <= now else {
                schedule.schedule(peer, at: earliest)
                continue
            }
            for timer in PeerTimer.allCases {
                guard let due = peer.timers[timer], due <= now else { continue }
                peer.timers[timer] = nil
                fire(timer, of: peer, at: now)
            }
        }
    }

    func arm(_ timer: PeerTimer, of peer: Peer, at moment: Moment) {
        peer.timers[timer] = moment
        if moment < peer.scheduled { schedule.schedule(peer, at: moment) }
    }

    func jitter() -> Span { .milliseconds(UInt64(randomNumber() % (Limits.jitterMilliseconds + 1))) }

    private func fire(_ timer: PeerTimer, of peer: Peer, at now: Moment) {
        switch timer {
        case .retransmission:
            retransmit(to: peer, at: now)
        case .keepalive:
            let needsAnother = peer.needsAnotherKeepalive
            sendKeepalive(to: peer, at: now)
            if needsAnother { arm(.keepalive, of: peer, at: now + Limits.keepaliveTimeout) }
        case .unanswered:
            // The way may have changed: let the system choose the local address anew.
            peer.localAddress = nil
            initiate(to: peer, at: now)
        case .erasure:
            endPending(of: peer)
            dropStaged(of: peer)
            eraseKeypairs(of: peer)
            emit(.keypairsErased(peer.handle))
        case .persistentKeepalive:
            if let interval = peer.persistentKeepalive { arm(timer, of: peer, at: now + interval) }
            sendKeepalive(to: peer, at: now)
        }
    }

    private func retransmit(to peer: Peer, at now: Moment) {
        if peer.retransmissions < Limits.retransmissions {
            peer.retransmissions += 1
            peer.localAddress = nil
            initiate(to: peer, at: now, isRetransmission: true)
            return
        }
        peer.timers[.keepalive] = nil
        endPending(of: peer)
        dropStaged(of: peer)
        emit(.handshakeTimedOut(peer.handle))
    }

    // MARK: What traffic does to timers

    /// Anything authenticated was sent: a waiting keepalive has become needless.
    ///
    /// - Parameter datagramBytes: its whole length.
    func noteAuthenticatedSent(_ datagramBytes: Int, to peer: Peer, at now: Moment) {
        peer.wireSentBytes += UInt64(datagramBytes)
        peer.timers[.keepalive] = nil
        peer.needsAnotherKeepalive = false
        noteTraversal(of: peer, at: now)
    }

    /// Anything authenticated was received: the peer is alive.
    ///
    /// - Parameter datagramBytes: its whole length.
    func noteAuthenticatedReceived(_ datagramBytes: Int, from peer: Peer, at now: Moment) {
        peer.wireReceivedBytes += UInt64(datagramBytes)
        peer.timers[.unanswered] = nil
        noteTraversal(of: peer, at: now)
    }

    /// Data, not a keepalive, was received: the peer waits for a sign of life.
    func noteDataReceived(from peer: Peer, at now: Moment) {
        if peer.timers[.keepalive] == nil {
            arm(.keepalive, of: peer, at: now + Limits.keepaliveTimeout)
        } else {
            peer.needsAnotherKeepalive = true
        }
    }

    private func noteTraversal(of peer: Peer, at now: Moment) {
        if let interval = peer.persistentKeepalive { arm(.persistentKeepalive, of: peer, at: now + interval) }
    }
}
