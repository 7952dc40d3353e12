import Addressing
import Digest
import Timebase

/// The receiver's side of mac1 and cookies.
///
/// A cookie is a code of the sender's address *and port* under a secret that changes every 120 s, so holding one shows
/// that answers to that address arrive.
struct CookieIssuer {
    /// mac1 key, cookie key, secret: 32 bytes each; owned by the engine.
    private let keys: UnsafeMutableRawPointer
    private var secretMade: Moment?
    static let secretByteCount = 96

    init(publicKey: PublicKey, keys: UnsafeMutableRawPointer) {
        self.keys = keys
        Authenticator.mac1Key(of: publicKey, into: keys)
        Authenticator.cookieKey(of: publicKey, into: keys + 32)
    }

    func isMac1Right(_ message: UnsafeRawPointer, at offset: Int) -> Bool {
        Authenticator.isRight(message, macAt: offset, key: UnsafeRawBufferPointer(start: keys, count: 32))
    }

    func isMac2Right(_ message: UnsafeRawPointer, at offset: Int, from source: Endpoint, at now: Moment) -> Bool {
        guard let secretMade, now.since(secretMade) < Limits.cookieLifetime else { return false }
        return cookie(for: source).withBytes { Authenticator.isRight(message, macAt: offset, key: $0) }
    }

    /// The reply to a handshake message whose sender must show that it is where it says.
    mutating func reply(
        to message: UnsafeRawPointer, mac1Offset: Int, from source: Endpoint, at now: Moment,
        entropy: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [UInt8] {
        if secretMade.map({ now.since($0) >= Limits.cookieLifetime }) ?? true {
            entropy(UnsafeMutableRawBufferPointer(start: keys + 64, count: 32))
            secretMade = now
        }
        let cookie = cookie(for: source)
        return [UInt8](unsafeUninitializedCapacity: CookieReplyLayout.byteCount) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            guard let reply = bytes.baseAddress else { return }
            reply.write(MessageType.cookieReply, at: 0)
            // Both handshake messages have their sender's index at the same place.
            reply.write(message.number(at: InitiationLayout.sender), at: CookieReplyLayout.receiver)
            entropy(UnsafeMutableRawBufferPointer(rebasing: bytes[CookieReplyLayout.nonce..<CookieReplyLayout.cookie]))
            cookie.withBytes { cookie in
                guard let start = cookie.baseAddress else { return }
                Cipher.sealCookie(
                    start, key: keys + 32, nonce: reply + CookieReplyLayout.nonce, mac1: message + mac1Offset,
                    into: reply + CookieReplyLayout.cookie)
            }
            count = CookieReplyLayout.byteCount
        }
    }

    private func cookie(for source: Endpoint) -> Mac {
        withUnsafeTemporaryAllocation(byteCount: 8 + Mac.byteCount, alignment: 8) { buffer in
            buffer.storeBytes(of: source.address.number.bigEndian, as: UInt32.self)
            buffer.storeBytes(of: source.port.bigEndian, toByteOffset: 4, as: UInt16.self)
            let output = UnsafeMutableRawBufferPointer(rebasing: buffer[8...])
            // A temporary allocation of some bytes has an address.
            guard let start = output.baseAddress else { preconditionFailure("no memory") }
            BLAKE2s.mac(
                key: UnsafeRawBufferPointer(start: keys + 64, count: 32),
                UnsafeRawBufferPointer(rebasing: buffer[..<6]), into: start)
            return Mac(start)
        }
    }
}
