/// Chance with a seed, for pauses and clouds.
struct DeviceChance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number from 0 to 1.
    mutating func next() -> Double {
        state &+= 1
        return Self.number(state)
    }

    /// The number from 0 to 1 that always goes with that one.
    static func number(_ seed: UInt64) -> Double {
        var mixed = seed &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        mixed ^= mixed >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        mixed ^= mixed >> 32
        return Double(mixed >> 11) / 9_007_199_254_740_992
    }
}
