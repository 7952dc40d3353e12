import CSodium

/// The ciphers on pointers; plain and sealed bytes may share their place.
///
/// The one place to put another implementation of ChaCha20-Poly1305.
enum Cipher {
    static let keyByteCount = 32
    static let tagByteCount = 16

    /// Writes `plainByteCount` sealed bytes and the tag behind them; the nonce is four zero bytes and the counter.
    static func seal(
        _ plain: UnsafeRawPointer, plainByteCount: Int, key: UnsafeRawPointer, counter: UInt64,
        authenticating associated: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into sealed: UnsafeMutableRawPointer
    ) {
        withNonce(counter) { nonce in
            _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                sealed.assumingMemoryBound(to: UInt8.self), nil, plain.assumingMemoryBound(to: UInt8.self),
                UInt64(plainByteCount), associated.baseAddress?.assumingMemoryBound(to: UInt8.self),
                UInt64(associated.count), nil, nonce, key.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Writes the plain bytes, 16 fewer than the sealed ones.
    ///
    /// - Returns: false, with nothing usable written, unless the tag is right.
    static func open(
        _ sealed: UnsafeRawPointer, sealedByteCount: Int, key: UnsafeRawPointer, counter: UInt64,
        authenticating associated: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into plain: UnsafeMutableRawPointer
    ) -> Bool {
        withNonce(counter) { nonce in
            crypto_aead_chacha20poly1305_ietf_decrypt(
                plain.assumingMemoryBound(to: UInt8.self), nil, nil, sealed.assumingMemoryBound(to: UInt8.self),
                UInt64(sealedByteCount), associated.baseAddress?.assumingMemoryBound(to: UInt8.self),
                UInt64(associated.count), nonce, key.assumingMemoryBound(to: UInt8.self)) == 0
        }
    }

    /// Seals a cookie with XChaCha20-Poly1305: 16 bytes become 32.
    static func sealCookie(
        _ cookie: UnsafeRawPointer, key: UnsafeRawPointer, nonce: UnsafeRawPointer, mac1: UnsafeRawPointer,
        into sealed: UnsafeMutableRawPointer
    ) {
        _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
            sealed.assumingMemoryBound(to: UInt8.self), nil, cookie.assumingMemoryBound(to: UInt8.self), 16,
            mac1.assumingMemoryBound(to: UInt8.self), 16, nil, nonce.assumingMemoryBound(to: UInt8.self),
            key.assumingMemoryBound(to: UInt8.self))
    }

    /// Opens what `sealCookie` made.
    static func openCookie(
        _ sealed: UnsafeRawPointer, key: UnsafeRawPointer, nonce: UnsafeRawPointer, mac1: UnsafeRawPointer,
        into cookie: UnsafeMutableRawPointer
    ) -> Bool {
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            cookie.assumingMemoryBound(to: UInt8.self), nil, nil, sealed.assumingMemoryBound(to: UInt8.self), 32,
            mac1.assumingMemoryBound(to: UInt8.self), 16, nonce.assumingMemoryBound(to: UInt8.self),
            key.assumingMemoryBound(to: UInt8.self)) == 0
    }

    private static func withNonce<Result>(_ counter: UInt64, _ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        let low = UInt32(truncatingIfNeeded: counter).littleEndian
        let high = UInt32(truncatingIfNeeded: counter >> 32).littleEndian
        var nonce: (UInt32, UInt32, UInt32) = (0, low, high)
        return withUnsafePointer(to: &nonce) { start in
            start.withMemoryRebound(to: UInt8.self, capacity: 12) { body($0) }
        }
    }
}
