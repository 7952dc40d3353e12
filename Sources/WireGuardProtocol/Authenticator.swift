import Addressing
import Digest

/// The two codes at the end of a handshake message, made with the receiver's public key: mac1 always, mac2 from a
/// cookie.
enum Authenticator {
    /// The key of mac1 towards the owner of a public key.
    static func mac1Key(of publicKey: PublicKey, into key: UnsafeMutableRawPointer) {
        derive("mac1----", publicKey, into: key)
    }

    /// The key under which the owner of a public key sends cookies.
    static func cookieKey(of publicKey: PublicKey, into key: UnsafeMutableRawPointer) {
        derive("cookie--", publicKey, into: key)
    }

    /// Writes both codes behind a message whose first `mac1Offset` bytes are complete; returns mac1.
    static func stamp(
        _ message: UnsafeMutableRawPointer, mac1Offset: Int, receiver: PublicKey, cookie: Mac?
    ) -> Mac {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { key in
            if let start = key.baseAddress { mac1Key(of: receiver, into: start) }
            BLAKE2s.mac(
                key: UnsafeRawBufferPointer(key), UnsafeRawBufferPointer(start: message, count: mac1Offset),
                into: message + mac1Offset)
        }
        let mac2Offset = mac1Offset + Mac.byteCount
        if let cookie {
            cookie.withBytes {
                BLAKE2s.mac(
                    key: $0, UnsafeRawBufferPointer(start: message, count: mac2Offset), into: message + mac2Offset)
            }
        } else {
            Sodium.erase(message + mac2Offset, byteCount: Mac.byteCount)
        }
        return Mac(message + mac1Offset)
    }

    /// Whether the code at `offset` is that of everything before it.
    static func isRight(_ message: UnsafeRawPointer, macAt offset: Int, key: UnsafeRawBufferPointer) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: Mac.byteCount, alignment: 8) { expected in
            guard let start = expected.baseAddress else { return false }
            BLAKE2s.mac(key: key, UnsafeRawBufferPointer(start: message, count: offset), into: start)
            return Sodium.equal(start, message + offset, byteCount: Mac.byteCount)
        }
    }

    private static func derive(_ label: StaticString, _ publicKey: PublicKey, into key: UnsafeMutableRawPointer) {
        var state = BLAKE2s()
        state.update(label.utf8Start, byteCount: label.utf8CodeUnitCount)
        publicKey.withBytes { state.update($0) }
        state.finish(into: key)
    }
}
