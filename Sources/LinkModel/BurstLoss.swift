/// Loss that comes in bursts, after Gilbert and Elliott: a link is between bursts or in one, and changes with each datagram.
package struct BurstLoss: Hashable, Sendable {
    /// Probability that a datagram begins a burst, 0 to 1.
    package var enter: Double
    /// Probability that the burst is over with a datagram, 0 to 1.
    package var leave: Double
    /// Probability of loss while in a burst.
    package var lossInside: Double
    /// Probability of loss while in none.
    package var lossBetween: Double

    package init(enter: Double, leave: Double, lossInside: Double = 1, lossBetween: Double = 0) {
        self.enter = enter
        self.leave = leave
        self.lossInside = lossInside
        self.lossBetween = lossBetween
    }

    /// Bursts in which everything is lost.
    ///
    /// - Parameters:
    ///   - loss: the share of all datagrams that is lost, 0 to below 1.
    ///   - length: how many datagrams a burst takes on average, 1 or more.
    package init(loss: Double, lengthDatagrams length: Double) {
        let leave = 1 / max(length, 1)
        self.init(enter: loss < 1 ? min(1, leave * loss / (1 - loss)) : 1, leave: loss < 1 ? leave : 0)
    }

    /// The share of all datagrams that is lost in the long run.
    package var averageLoss: Double {
        guard enter + leave > 0 else { return lossBetween }
        let inside = enter / (enter + leave)
        return inside * lossInside + (1 - inside) * lossBetween
    }
}

extension BurstLoss: Codable {
    private enum CodingKeys: CodingKey { case enter, leave, lossInside, lossBetween }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            enter: try values.chance(.enter), leave: try values.chance(.leave),
            lossInside: try values.chance(.lossInside), lossBetween: try values.chance(.lossBetween))
    }
}

extension KeyedDecodingContainer {
    /// A probability; another number is refused.
    func chance(_ key: Key) throws -> Double {
        let chance = try decode(Double.self, forKey: key)
        guard (0...1).contains(chance) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "a probability lies from 0 to 1")
        }
        return chance
    }
}
