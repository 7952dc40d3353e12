/// Which counters of a keypair came already: a ring of 8,192 bits, of which 8,128 below the greatest are told apart.
///
/// The ring is allocated with the first counter above 63; until then one word is enough, as it is for most keypairs of
/// an idle fleet.
struct ReplayWindow: ~Copyable {
    private static let ringWords: UInt64 = 128
    static let usableBits = (ringWords - 1) * 64

    private var greatest: UInt64 = 0
    private var firstWord: UInt64 = 0
    private var ring: UnsafeMutablePointer<UInt64>?

    deinit { ring?.deallocate() }

    /// Takes a counter whose packet is authentic.
    ///
    /// - Returns: false when it came before, lies too far back, or is at the limit.
    mutating func accept(_ counter: UInt64) -> Bool {
        guard counter < Limits.rejectAfterMessages else { return false }
        let bit: UInt64 = 1 << (counter & 63)
        if ring == nil {
            if counter < 64 {
                defer { firstWord |= bit }
                greatest = max(greatest, counter)
                return firstWord & bit == 0
            }
            allocateRing()
        }
        guard let ring else { return false }
        if counter > greatest {
            // Blocks between the old and the new greatest hold bits of a lap before.
            let block = greatest >> 6
            for step in 0..<min((counter >> 6) - block, Self.ringWords) {
                ring[Int((block + 1 + step) & (Self.ringWords - 1))] = 0
            }
            greatest = counter
        } else if greatest - counter > Self.usableBits {
            return false
        }
        let word = Int(counter >> 6 & (Self.ringWords - 1))
        defer { ring[word] |= bit }
        return ring[word] & bit == 0
    }

    private mutating func allocateRing() {
        let ring = UnsafeMutablePointer<UInt64>.allocate(capacity: Int(Self.ringWords))
        ring.initialize(repeating: 0, count: Int(Self.ringWords))
        ring[0] = firstWord
        self.ring = ring
    }
}
