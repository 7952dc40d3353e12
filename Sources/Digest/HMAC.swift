/// HMAC of RFC 2104 over BLAKE2s, with 32 bytes of output; streaming, nothing allocated.
package struct HMAC {
    private var inner: BLAKE2s
    private var outer: BLAKE2s

    /// - Precondition: at most 64 bytes of key.
    package init(key: UnsafeRawBufferPointer) {
        precondition(key.count <= BLAKE2s.blockByteCount, "an HMAC key has at most a block")
        inner = BLAKE2s()
        outer = BLAKE2s()
        withUnsafeTemporaryAllocation(byteCount: BLAKE2s.blockByteCount, alignment: 8) { pad in
            for index in 0..<pad.count { pad[index] = (index < key.count ? key[index] : 0) ^ 0x36 }
            inner.update(UnsafeRawBufferPointer(pad))
            for index in 0..<pad.count { pad[index] ^= 0x36 ^ 0x5C }
            outer.update(UnsafeRawBufferPointer(pad))
            for index in 0..<pad.count { pad[index] = 0 }
        }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { inner.update(bytes) }

    /// Writes 32 bytes and ends the code.
    package mutating func finish(into output: UnsafeMutableRawPointer) {
        inner.finish(into: output)
        outer.update(output, byteCount: BLAKE2s.digestByteCount)
        outer.finish(into: output)
    }

    /// The code of some bytes.
    package static func authenticate(
        key: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer
    ) {
        var state = HMAC(key: key)
        state.update(bytes)
        state.finish(into: output)
    }
}
