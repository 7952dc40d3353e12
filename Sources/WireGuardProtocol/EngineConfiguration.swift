/// The numbers of an engine that a shell may choose; protocol constants are in `Limits`.
package struct EngineConfiguration: Hashable, Sendable {
    /// Who seals and opens data packets.
    package var cipher = DataCipher.sodium
    /// Inner packets are never padded past this size.
    package var mtuBytes = 1420
    package var peerLimit = 1 << 16
    /// Inner packets that wait for one peer's handshake; over it the oldest is dropped.
    package var stagedLimitPackets = 128
    /// Inner packets that wait for all handshakes together; over it the newest is dropped.
    package var stagedTotalLimitPackets = 16_384
    /// How many waiting handshake messages mean that the engine is under load.
    ///
    /// A thousand agents that start together are no attack: a backlog of half a second is. `strict` has the kernel's number.
    package var underLoadBacklogMessages = 4_096
    /// Under load, handshake messages that one source address may send in a second.
    package var sourceRatePerSecond = 20
    /// Under load, handshake messages that one source address may send at once.
    package var sourceBurst = 5
    /// Source addresses that the limiter remembers at a time.
    package var sourceLimit = 8_192

    package init() {}

    /// Behaves under load as the kernel does: cookies from 512 waiting handshake messages on, an eighth of its queue, then 20 a second
    /// and 5 at once from each address.
    package static let strict: Self = {
        var configuration = Self()
        configuration.underLoadBacklogMessages = 512
        configuration.sourceRatePerSecond = 20
        configuration.sourceBurst = 5
        return configuration
    }()
}
