/// The scale factors of an inverter, chosen so that its values fit into 16 bits.
struct InverterScales: Hashable, Sendable {
    let power: Int
    let current: Int
    let cosine = -3
    let percent = -1

    init(ratedPowerWatts: Double) {
        var power = 0
        while 1.3 * ratedPowerWatts / powerOfTen(power) > 32_000 { power += 1 }
        self.power = power
        // The DC current is the largest: at some 600 V.
        var current = -2
        while 1.3 * ratedPowerWatts / 230 / powerOfTen(current) > 65_000 { current += 1 }
        self.current = current
    }
}
