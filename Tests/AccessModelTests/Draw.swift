import Addressing

/// A seeded source of choices, the same on every machine.
struct Draw: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
        Int.random(in: 0..<denominator, using: &self) < numerator
    }
}

func prefix(_ text: String) -> Prefix {
    guard let prefix = Prefix(text) else { preconditionFailure("\(text) is no prefix") }
    return prefix
}

func key(_ number: UInt8) -> PublicKey {
    guard let key = PublicKey(bytes: (0..<32).map { UInt8($0) &+ number }) else { preconditionFailure() }
    return key
}
