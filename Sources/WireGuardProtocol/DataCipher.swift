import CCrypto

/// Who seals and opens data packets; handshakes are always libsodium's.
package enum DataCipher: String, Hashable, Sendable, CaseIterable {
    case sodium
    /// Faster on wide vectors. Its contexts keep the latest key of each direction until another takes its place.
    case libcrypto

    /// As `Cipher.seal`, without associated bytes.
    func seal(
        _ plain: UnsafeRawPointer, plainByteCount: Int, key: UnsafeRawPointer, counter: UInt64,
        into sealed: UnsafeMutableRawPointer
    ) {
        if self == .libcrypto,
            ccrypto_seal(
                plain.assumingMemoryBound(to: UInt8.self), plainByteCount, key.assumingMemoryBound(to: UInt8.self),
                counter, sealed.assumingMemoryBound(to: UInt8.self)) == 1
        {
            return
        }
        Cipher.seal(plain, plainByteCount: plainByteCount, key: key, counter: counter, into: sealed)
    }

    /// As `Cipher.open`, without associated bytes.
    func open(
        _ sealed: UnsafeRawPointer, sealedByteCount: Int, key: UnsafeRawPointer, counter: UInt64,
        into plain: UnsafeMutableRawPointer
    ) -> Bool {
        guard self == .libcrypto else {
            return Cipher.open(sealed, sealedByteCount: sealedByteCount, key: key, counter: counter, into: plain)
        }
        return ccrypto_open(
            sealed.assumingMemoryBound(to: UInt8.self), sealedByteCount, key.assumingMemoryBound(to: UInt8.self),
            counter, plain.assumingMemoryBound(to: UInt8.self)) == 1
    }
}
