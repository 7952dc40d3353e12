import CSodium

/// Memory for what handshakes make: slots of one size in pages that are locked where the limit allows it.
///
/// A slot is zero when taken and zeroed when given back; its address stays until then. Whoever takes one is its only
/// owner. When the slab goes, everything in it is zeroed.
final class SecretSlab {
    private static let pageByteCount = 4096

    private let slotByteCount: Int
    private var chunks: [(start: UnsafeMutableRawPointer, byteCount: Int)] = []
    private var free: [UnsafeMutableRawPointer] = []

    /// - Precondition: at least one slot fits into a page.
    init(slotByteCount: Int) {
        precondition((1...Self.pageByteCount).contains(slotByteCount), "a slot fits into a page")
        self.slotByteCount = slotByteCount
        Sodium.prepare()
    }

    deinit {
        for chunk in chunks {
            // Zeroes as well as unlocks.
            sodium_munlock(chunk.start, chunk.byteCount)
            chunk.start.deallocate()
        }
    }

    func take() -> UnsafeMutableRawPointer {
        if let slot = free.popLast() { return slot }
        // One page serves an agent's engine; a gateway's grows in larger steps.
        let byteCount = Self.pageByteCount << min(chunks.count, 6)
        let start = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: Self.pageByteCount)
        Sodium.erase(start, byteCount: byteCount)
        sodium_mlock(start, byteCount)
        chunks.append((start, byteCount))
        let offsets = stride(from: 0, through: byteCount - slotByteCount, by: slotByteCount)
        free.append(contentsOf: offsets.reversed().map { start + $0 })
        guard let slot = free.popLast() else { preconditionFailure("a slot fits into a page") }
        return slot
    }

    func give(_ slot: UnsafeMutableRawPointer) {
        Sodium.erase(slot, byteCount: slotByteCount)
        free.append(slot)
    }
}
