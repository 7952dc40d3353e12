extension ContentHash {
    /// The 32 bytes as four numbers, for hashes that are put together of others by adding.
    package var lanes: SIMD4<UInt64> {
        withUnsafeBytes(of: words) { bytes in
            SIMD4(
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self).littleEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian,
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self).littleEndian,
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self).littleEndian)
        }
    }
}
