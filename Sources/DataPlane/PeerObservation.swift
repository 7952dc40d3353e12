package import Addressing
package import ControlProtocol
package import Timebase

/// A gateway's peer at some moment, with moments instead of ages, so that a report can wait.
package struct PeerObservation: Hashable, Sendable {
    package var publicKey: PublicKey
    package var endpoint: Endpoint?
    package var lastHandshake: Moment?
    package var lastAuthenticated: Moment?
    package var bytesFromPeer: UInt64
    package var bytesToPeer: UInt64

    /// As reported at that moment.
    package func state(at now: Moment) -> PeerState {
        PeerState(
            publicKey: publicKey, endpoint: endpoint, lastHandshakeAge: lastHandshake.map { now.since($0).seconds },
            lastAuthenticatedAge: lastAuthenticated.map { now.since($0).seconds }, bytesFromPeer: bytesFromPeer,
            bytesToPeer: bytesToPeer)
    }
}
