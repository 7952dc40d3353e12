package import Timebase

/// What a link does to its datagrams; the default value does nothing.
package struct LinkFault: Hashable, Sendable {
    /// Probability that a datagram is lost, 0 to 1.
    package var loss: Double
    /// Loss in bursts, beside the even one; several after a merge, each with a state of its own.
    package var bursts: [BurstLoss]
    package var delay: Span
    /// The delay varies evenly by up to this, either way; it does not change the order of datagrams.
    package var jitter: Span
    /// Probability that a datagram arrives twice, 0 to 1.
    package var duplicate: Double
    /// Probability that a datagram is held back for `reorderHold`, so that later ones overtake it.
    package var reorder: Double
    package var reorderHold: Span
    package var rateBitsPerSecond: UInt64?
    /// How much may wait for a link with a rate before it is lost.
    package var rateQueueBytes: UInt64
    /// Nothing passes.
    package var isPartitioned: Bool

    package init(
        loss: Double = 0, delay: Span = .milliseconds(0), jitter: Span = .milliseconds(0), duplicate: Double = 0,
        reorder: Double = 0, reorderHold: Span = .milliseconds(20), rateBitsPerSecond: UInt64? = nil,
        rateQueueBytes: UInt64 = 131_072, isPartitioned: Bool = false, bursts: [BurstLoss] = []
    ) {
        self.loss = loss
        self.bursts = bursts
        self.delay = delay
        self.jitter = jitter
        self.duplicate = duplicate
        self.reorder = reorder
        self.reorderHold = reorderHold
        self.rateBitsPerSecond = rateBitsPerSecond
        self.rateQueueBytes = rateQueueBytes
        self.isPartitioned = isPartitioned
    }

    /// Both at once, as if the links were in line: probabilities as independent chances, delays added, the lower rate.
    package func merged(with other: Self) -> Self {
        Self(
            loss: Self.either(loss, other.loss), delay: delay + other.delay, jitter: jitter + other.jitter,
            duplicate: Self.either(duplicate, other.duplicate), reorder: Self.either(reorder, other.reorder),
            reorderHold: max(reorderHold, other.reorderHold),
            rateBitsPerSecond: Self.lower(rateBitsPerSecond, other.rateBitsPerSecond),
            rateQueueBytes: min(rateQueueBytes, other.rateQueueBytes),
            isPartitioned: isPartitioned || other.isPartitioned, bursts: bursts + other.bursts)
    }

    private static func either(_ one: Double, _ other: Double) -> Double { 1 - (1 - one) * (1 - other) }

    private static func lower(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }
}

extension LinkFault: Codable {
    private enum CodingKeys: CodingKey {
        case loss, delayNanoseconds, jitterNanoseconds, duplicate, reorder, reorderHoldNanoseconds, rateBitsPerSecond,
            rateQueueBytes, isPartitioned, bursts
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func span(_ key: CodingKeys) throws -> Span {
            Span(nanoseconds: try values.decode(UInt64.self, forKey: key))
        }
        self.init(
            loss: try values.chance(.loss), delay: try span(.delayNanoseconds), jitter: try span(.jitterNanoseconds),
            duplicate: try values.chance(.duplicate), reorder: try values.chance(.reorder),
            reorderHold: try span(.reorderHoldNanoseconds),
            rateBitsPerSecond: try values.decodeIfPresent(UInt64.self, forKey: .rateBitsPerSecond),
            rateQueueBytes: try values.decode(UInt64.self, forKey: .rateQueueBytes),
            isPartitioned: try values.decode(Bool.self, forKey: .isPartitioned),
            bursts: try values.decodeIfPresent([BurstLoss].self, forKey: .bursts) ?? [])
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(loss, forKey: .loss)
        try values.encode(delay.nanoseconds, forKey: .delayNanoseconds)
        try values.encode(jitter.nanoseconds, forKey: .jitterNanoseconds)
        try values.encode(duplicate, forKey: .duplicate)
        try values.encode(reorder, forKey: .reorder)
        try values.encode(reorderHold.nanoseconds, forKey: .reorderHoldNanoseconds)
        try values.encodeIfPresent(rateBitsPerSecond, forKey: .rateBitsPerSecond)
        try values.encode(rateQueueBytes, forKey: .rateQueueBytes)
        try values.encode(isPartitioned, forKey: .isPartitioned)
        if !bursts.isEmpty { try values.encode(bursts, forKey: .bursts) }
    }
}
