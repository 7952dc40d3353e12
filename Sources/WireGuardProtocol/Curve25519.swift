package import Addressing
import CSodium

/// X25519 on pointers; an all-zero result is a refusal everywhere.
package enum Curve25519 {
    static let byteCount = 32

    static func clamp(_ key: UnsafeMutableRawPointer) {
        let bytes = key.assumingMemoryBound(to: UInt8.self)
        bytes[0] &= 248
        bytes[31] = bytes[31] & 127 | 64
    }

    /// Writes the public key of a private key.
    static func base(_ privateKey: UnsafeRawPointer, into publicKey: UnsafeMutableRawPointer) {
        Sodium.prepare()
        crypto_scalarmult_base(
            publicKey.assumingMemoryBound(to: UInt8.self), privateKey.assumingMemoryBound(to: UInt8.self))
    }

    /// Writes the shared secret.
    ///
    /// - Returns: false when it is all zero, as with a public key of low order: the caller must refuse the peer.
    static func agree(
        _ privateKey: UnsafeRawPointer, _ publicKey: UnsafeRawPointer, into secret: UnsafeMutableRawPointer
    ) -> Bool {
        Sodium.prepare()
        return crypto_scalarmult(
            secret.assumingMemoryBound(to: UInt8.self), privateKey.assumingMemoryBound(to: UInt8.self),
            publicKey.assumingMemoryBound(to: UInt8.self)) == 0
    }

    static func publicKey(of privateKey: UnsafeRawPointer) -> PublicKey? {
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            base(privateKey, into: start)
            return PublicKey(bytes: buffer)
        }
    }

    /// Whether a public key has low order: nobody can own it, and every agreement with it is all zero.
    package static func isLowOrder(_ key: PublicKey) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 2 * byteCount, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return true }
            // Any clamped scalar is a multiple of the cofactor, so any one tells.
            start.initializeMemory(as: UInt8.self, repeating: 1, count: byteCount)
            clamp(start)
            return key.withBytes { bytes in
                guard let point = bytes.baseAddress else { return true }
                return !agree(start, point, into: start + byteCount)
            }
        }
    }
}
