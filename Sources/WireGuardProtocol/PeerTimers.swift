import Timebase

/// What a peer waits for.
enum PeerTimer: CaseIterable {
    /// Repeat the initiation.
    case retransmission
    /// Answer received data with a keepalive.
    case keepalive
    /// Data went out and nothing came back: shake hands anew.
    case unanswered
    /// Erase all keys.
    case erasure
    case persistentKeepalive
}

/// The moments at which a peer's timers are due.
struct PeerTimers {
    private var retransmission: Moment?
    private var keepalive: Moment?
    private var unanswered: Moment?
    private var erasure: Moment?
    private var persistentKeepalive: Moment?

    subscript(timer: PeerTimer) -> Moment? {
        get {
            switch timer {
            case .retransmission: retransmission
            case .keepalive: keepalive
            case .unanswered: unanswered
            case .erasure: erasure
            case .persistentKeepalive: persistentKeepalive
            }
        }
        set {
            switch timer {
            case .retransmission: retransmission = newValue
            case .keepalive: keepalive = newValue
            case .unanswered: unanswered = newValue
            case .erasure: erasure = newValue
            case .persistentKeepalive: persistentKeepalive = newValue
            }
        }
    }

    var earliest: Moment? {
        var earliest: Moment?
        for timer in PeerTimer.allCases {
            if let moment = self[timer], moment < earliest ?? Moment(nanoseconds: .max) { earliest = moment }
        }
        return earliest
    }
}
