import Addressing
import Timebase

/// An engine's state of one peer; only the engine changes it.
final class Peer {
    /// The secrets of a peer in one slot of the slab.
    struct Secrets {
        static let byteCount = 160

        let start: UnsafeMutableRawPointer

        var staticStatic: UnsafeMutableRawPointer { start }
        var presharedKey: UnsafeMutableRawPointer { start + 32 }
        /// The pending initiation's: ephemeral private key, chain key, hash.
        var ephemeral: UnsafeMutableRawPointer { start + 64 }
        var chainKeyAndHash: UnsafeMutableRawPointer { start + 96 }

        func eraseHandshake() { Sodium.erase(ephemeral, byteCount: 96) }
    }

    let handle: PeerHandle
    let publicKey: PublicKey
    let mayInitiate: Bool
    let persistentKeepalive: Span?
    let secrets: Secrets

    var endpoint: Endpoint?
    var localAddress: IPv4Address?

    // The handshake that this side started
    /// This side once knocked although it may not initiate: it renews the keys that came of it.
    var hasKnocked = false
    var pendingIndex: UInt32?
    var lastInitiationSent: Moment?
    var retransmissions = 0
    var sentLastMinuteHandshake = false

    // Handshakes that the peer started
    var greatestTimestamp = Timestamp()
    var lastInitiationTaken: Moment?

    // Cookies: of the newest handshake message sent, and what the peer answered
    var sentMac1: Mac?
    var cookie: Mac?
    var cookieReceived = Moment(nanoseconds: 0)

    var current: Keypair?
    var previous: Keypair?
    /// A responder's newest keypair until data under it shows that the initiator has it.
    var next: Keypair?

    var staged = StagedPackets()

    var timers = PeerTimers()
    var needsAnotherKeepalive = false
    /// The engine looks at the timers at this moment or before; its place in the heap is `heapPosition`.
    var scheduled = Moment(nanoseconds: .max)
    var heapPosition: Int?

    var lastHandshake: Moment?
    var lastAuthenticated: Moment?
    var receivedPackets: UInt64 = 0
    var receivedBytes: UInt64 = 0
    var sentPackets: UInt64 = 0
    var sentBytes: UInt64 = 0
    var wireReceivedBytes: UInt64 = 0
    var wireSentBytes: UInt64 = 0

    init(_ configuration: PeerConfiguration, handle: PeerHandle, secrets: Secrets) {
        self.handle = handle
        self.secrets = secrets
        publicKey = configuration.publicKey
        mayInitiate = configuration.mayInitiate
        endpoint = configuration.endpoint
        persistentKeepalive = configuration.persistentKeepaliveSeconds.flatMap { $0 == 0 ? nil : .seconds(UInt64($0)) }
    }
}

/// A message authentication code or cookie, 16 bytes.
struct Mac: Equatable {
    static let byteCount = 16

    private var words: (UInt64, UInt64)

    init(_ bytes: UnsafeRawPointer) {
        words = (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { withUnsafeBytes(of: words, body) }

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }
}
