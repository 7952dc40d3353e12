import Timebase

/// The keys of one handshake and what must be counted under them.
///
/// It keeps its peer alive and is kept by it; `Engine.discard(_:)` breaks that circle and gives the secrets back.
final class Keypair {
    static let secretByteCount = 64

    let id: KeypairID
    let peer: Peer
    let localIndex: UInt32
    let remoteIndex: UInt32
    let isInitiator: Bool
    let created: Moment
    /// Key for sending, then key for receiving; owned by this keypair until it is discarded.
    let secrets: UnsafeMutableRawPointer
    var sendCounter: UInt64 = 0
    var window = ReplayWindow()

    init(
        id: KeypairID, peer: Peer, localIndex: UInt32, remoteIndex: UInt32, isInitiator: Bool, created: Moment,
        secrets: UnsafeMutableRawPointer
    ) {
        self.id = id
        self.peer = peer
        self.localIndex = localIndex
        self.remoteIndex = remoteIndex
        self.isInitiator = isInitiator
        self.created = created
        self.secrets = secrets
    }

    var sendKey: UnsafeMutableRawPointer { secrets }
    var receiveKey: UnsafeMutableRawPointer { secrets + 32 }

    func isExpired(at now: Moment) -> Bool { now.since(created) >= Limits.rejectAfter }

    func canSend(at now: Moment) -> Bool {
        !isExpired(at: now) && sendCounter < Limits.rejectAfterMessages
    }
}
