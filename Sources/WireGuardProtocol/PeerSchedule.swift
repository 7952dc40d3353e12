import Timebase

/// The peers that have a timer, the one to be looked at first on top: a binary heap in which peers know their places.
///
/// Timers move to later with every packet; the heap learns of that only when a peer comes up, and puts it back.
struct PeerSchedule {
    private var peers: [Peer] = []

    var first: Peer? { peers.first }

    /// Looks at the peer at that moment, not at the one planned before.
    mutating func schedule(_ peer: Peer, at moment: Moment) {
        let isEarlier = moment < peer.scheduled
        peer.scheduled = moment
        if let position = peer.heapPosition {
            if isEarlier { rise(from: position) } else { sink(from: position) }
        } else {
            peer.heapPosition = peers.count
            peers.append(peer)
            rise(from: peers.count - 1)
        }
    }

    mutating func remove(_ peer: Peer) {
        guard let position = peer.heapPosition, let last = peers.popLast() else { return }
        peer.heapPosition = nil
        peer.scheduled = Moment(nanoseconds: .max)
        guard last !== peer else { return }
        put(last, at: position)
        rise(from: position)
        sink(from: last.heapPosition ?? position)
    }

    private mutating func put(_ peer: Peer, at position: Int) {
        peers[position] = peer
        peer.heapPosition = position
    }

    private mutating func rise(from start: Int) {
        var position = start
        let peer = peers[start]
        while position > 0 {
            let parent = (position - 1) / 2
            guard peer.scheduled < peers[parent].scheduled else { break }
            put(peers[parent], at: position)
            position = parent
        }
        put(peer, at: position)
    }

    private mutating func sink(from start: Int) {
        var position = start
        let peer = peers[start]
        while true {
            var child = 2 * position + 1
            guard child < peers.count else { break }
            if child + 1 < peers.count, peers[child + 1].scheduled < peers[child].scheduled { child += 1 }
            guard peers[child].scheduled < peer.scheduled else { break }
            put(peers[child], at: position)
            position = child
        }
        put(peer, at: position)
    }
}
