import Timebase

/// The protocol's constants.
enum Limits {
    /// The initiator of a keypair this old starts a handshake when it sends.
    static let rekeyAfter = Span.seconds(120)
    /// A keypair this old is unusable both ways.
    static let rejectAfter = Span.seconds(180)
    /// An initiation is repeated after this and some jitter; also the least time between own initiations.
    static let rekeyTimeout = Span.seconds(5)
    static let jitterMilliseconds: UInt32 = 333
    /// Retransmissions of an initiation before giving up: 90 s of them.
    static let retransmissions = 18
    /// Who received data and has nothing to say sends a keepalive after this.
    static let keepaliveTimeout = Span.seconds(10)
    /// The initiator of a keypair this old also starts a handshake when it receives: 180 - 10 - 5 s.
    static let rekeyAfterOnReceive = Span.seconds(165)
    /// Who sent data and heard nothing since starts a handshake after this and some jitter.
    static let unansweredTimeout = Span.seconds(15)
    /// All keys of a peer are erased when no new ones came for this long.
    static let eraseAfter = Span.seconds(540)

    static let rekeyAfterMessages: UInt64 = 1 << 60
    /// Counters from here on are refused in both directions.
    static let rejectAfterMessages = UInt64.max - (1 << 13)

    /// The least time between two initiations of one peer.
    static let initiationGap = Span.milliseconds(20)
    /// How long a handed out cookie is good, and how long the secret behind it lives.
    static let cookieLifetime = Span.seconds(120)
    /// A received cookie is used a little shorter than it is good, since it also travels.
    static let cookieUse = Span.seconds(115)
    /// Under load lasts this long after the last full queue.
    static let loadMemory = Span.seconds(1)

    /// Inner packets are padded to a multiple of this.
    static let paddingBytes = 16
}
