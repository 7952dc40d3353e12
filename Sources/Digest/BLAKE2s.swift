/// BLAKE2s of RFC 7693, plain or keyed, with 1 to 32 bytes of output; streaming, nothing allocated.
package struct BLAKE2s {
    package static let digestByteCount = 32
    package static let blockByteCount = 64

    /// A block of input that was not compressed yet: the last one must be known as such.
    private typealias Block = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )

    private var chain: Chain
    private var counter: UInt64 = 0
    private var block: Block = (0, 0, 0, 0, 0, 0, 0, 0)
    private var blockCount = 0
    private let outputByteCount: Int

    /// Begins a hash, or with a key a message authentication code.
    ///
    /// - Precondition: 1 to 32 bytes of output, at most 32 of key.
    package init(
        outputByteCount: Int = digestByteCount,
        key: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        precondition((1...Self.digestByteCount).contains(outputByteCount), "BLAKE2s makes 1 to 32 bytes")
        precondition(key.count <= Self.digestByteCount, "a BLAKE2s key has at most 32 bytes")
        self.outputByteCount = outputByteCount
        chain = Chain(parameters: 0x0101_0000 | UInt32(key.count) << 8 | UInt32(outputByteCount))
        if key.count > 0 {
            withUnsafeMutableBytes(of: &block) { $0.copyMemory(from: key) }
            blockCount = Self.blockByteCount
        }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var source = bytes.baseAddress else { return }
        var rest = bytes.count
        while rest > 0 {
            if blockCount == Self.blockByteCount {
                compress(isLast: false)
                blockCount = 0
            }
            let count = min(rest, Self.blockByteCount - blockCount)
            let offset = blockCount
            withUnsafeMutableBytes(of: &block) { block in
                guard let start = block.baseAddress else { return }
                (start + offset).copyMemory(from: source, byteCount: count)
            }
            blockCount += count
            source += count
            rest -= count
        }
    }

    package mutating func update(_ bytes: UnsafeRawPointer, byteCount: Int) {
        update(UnsafeRawBufferPointer(start: bytes, count: byteCount))
    }

    /// Writes the output and ends the hash; what it was made of is wiped from it.
    ///
    /// - Precondition: `output` has room for the bytes asked for in `init`.
    package mutating func finish(into output: UnsafeMutableRawPointer) {
        let used = blockCount
        withUnsafeMutableBytes(of: &block) { block in
            for index in used..<Self.blockByteCount { block[index] = 0 }
        }
        compress(isLast: true)
        withUnsafeBytes(of: &chain) { words in
            guard let start = words.baseAddress else { return }
            output.copyMemory(from: start, byteCount: outputByteCount)
        }
        block = (0, 0, 0, 0, 0, 0, 0, 0)
        blockCount = 0
        chain = Chain(parameters: 0)
    }

    private mutating func compress(isLast: Bool) {
        counter += UInt64(blockCount)
        let counter = counter
        withUnsafeBytes(of: &block) { chain.compress($0, counter: counter, isLast: isLast) }
    }
}

extension BLAKE2s {
    /// The 32-byte hash of some bytes.
    package static func hash(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer) {
        var state = BLAKE2s()
        state.update(bytes)
        state.finish(into: output)
    }

    /// The keyed hash that WireGuard calls MAC: 16 bytes of output.
    package static func mac(
        key: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer
    ) {
        var state = BLAKE2s(outputByteCount: 16, key: key)
        state.update(bytes)
        state.finish(into: output)
    }
}
