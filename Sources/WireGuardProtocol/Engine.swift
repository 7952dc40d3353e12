package import Addressing
import Timebase

/// WireGuard of one local identity with many peers, without sockets, clock or chance of its own.
///
/// Datagrams and inner packets go in with the moment they came; fates come back at once, and what is rare (handshake
/// messages, keepalives, events) waits in a queue. The rule of use: one call, then drain `nextOutput()`, then the next
/// call; and `advance(to:)` no later than `nextDeadline`.
///
/// Not `Sendable`: an engine belongs to one thread.
package final class Engine {
    package let publicKey: PublicKey
    package let configuration: EngineConfiguration

    let privateKey: PrivateKey
    let entropy: (UnsafeMutableRawBufferPointer) -> Void
    let wallClock: () -> WallTime

    let peerSecrets = SecretSlab(slotByteCount: Peer.Secrets.byteCount)
    let keypairSecrets = SecretSlab(slotByteCount: Keypair.secretByteCount)
    /// Where a handshake message is worked on; erased after each.
    let handshakeMemory: UnsafeMutableRawPointer
    let cookieMemory: UnsafeMutableRawPointer

    var slots: [Slot] = []
    var freeSlots: [UInt32] = []
    var peersByKey: [PublicKey: Peer] = [:]
    var indices = IndexTable()
    var schedule = PeerSchedule()
    var outputs = OutputQueue()
    var cookieIssuer: CookieIssuer
    var sourceLimiter: SourceLimiter
    var underLoadUntil = Moment(nanoseconds: 0)
    var lastTimestamp = Timestamp()
    var keypairCount: UInt64 = 0
    var stagedCount = 0
    var keyLog: (([String]) -> Void)?
    private var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)

    struct Slot {
        var generation: UInt32 = 0
        var peer: Peer?
    }

    /// Begins with no peers.
    ///
    /// - Parameters:
    ///   - entropy: fills a buffer with random bytes; ephemeral keys, indices and jitter come from it.
    ///   - wallClock: read for the timestamp of each initiation, and for nothing else.
    package init(
        privateKey: PrivateKey, configuration: EngineConfiguration = EngineConfiguration(),
        entropy: @escaping (UnsafeMutableRawBufferPointer) -> Void, wallClock: @escaping () -> WallTime
    ) {
        self.privateKey = privateKey
        publicKey = privateKey.publicKey
        self.configuration = configuration
        self.entropy = entropy
        self.wallClock = wallClock
        handshakeMemory = peerSecrets.take()
        cookieMemory = peerSecrets.take()
        cookieIssuer = CookieIssuer(publicKey: publicKey, keys: cookieMemory)
        sourceLimiter = SourceLimiter(
            ratePerSecond: configuration.sourceRatePerSecond, burst: configuration.sourceBurst,
            limit: configuration.sourceLimit)
    }

    deinit {
        // Keypairs and peers hold each other. The slabs zero the secrets.
        for slot in slots {
            slot.peer?.current = nil
            slot.peer?.previous = nil
            slot.peer?.next = nil
        }
    }

    /// The oldest output that was not taken yet.
    package func nextOutput() -> Output? { outputs.removeFirst() }

    /// How often that happened since the engine began.
    package func count(of reason: DropReason) -> UInt64 { drops[Int(reason.rawValue)] }

    func drop(_ reason: DropReason) -> Received {
        note(reason)
        return .dropped(reason)
    }

    func note(_ reason: DropReason) { drops[Int(reason.rawValue)] += 1 }

    func emit(_ event: EngineEvent) { outputs.append(.event(event)) }

    func randomNumber() -> UInt32 {
        var number: UInt32 = 0
        withUnsafeMutableBytes(of: &number) { entropy($0) }
        return number
    }
}
