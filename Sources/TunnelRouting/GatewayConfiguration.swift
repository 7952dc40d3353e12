package import Addressing
package import Timebase

/// The numbers and choices of a gateway core.
package struct GatewayConfiguration: Sendable {
    /// The gateway's own tunnel address: answers echo requests, and is the source of refusals.
    package var tunnelAddress = IPv4Address(100, 64, 0, 1)
    /// Where tunnel addresses come from.
    package var pool = Prefix(around: IPv4Address(100, 64, 0, 0), length: 10)
    package var refusal = Refusal.icmp
    package var refusalsPerSecond: UInt64 = 100
    package var refusalBurst: UInt64 = 100
    package var flowLimit = 262_144
    package var flowLimitPerPerson: Int32 = 32_768
    package var denialLimit = 4_096
    /// New kinds of denied attempts per person that the audit takes.
    package var denialsPerSecond: UInt64 = 20
    package var denialBurst: UInt64 = 100
    package var decisionLimit = 16_384
    /// Audit touches that wait to be taken.
    package var touchLimit = 65_536
    package var timeouts = Timeouts()
    /// Keeps people from choosing ports that collide in the flow table; take it from the entropy source.
    package var hashSeed: UInt64 = 0

    /// How a packet without permission is answered.
    package enum Refusal: String, Hashable, Sendable, Codable {
        case icmp, drop
    }

    /// How long a flow stays after its last packet.
    package struct Timeouts: Hashable, Sendable {
        package var opening = Span.seconds(60)
        /// Longer than the two hours between TCP keepalives.
        package var established = Span.seconds(7_440)
        package var closing = Span.seconds(120)
        package var ended = Span.seconds(10)
        package var tombstone = Span.seconds(180)
        package var datagramsOneWay = Span.seconds(30)
        package var datagramsBothWays = Span.seconds(120)
        package var echo = Span.seconds(30)

        package init() {}
    }

    package init() {}
}
