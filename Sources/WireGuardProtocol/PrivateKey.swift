package import Addressing
import CSodium

/// A Curve25519 private key.
///
/// The 32 bytes lie in one guarded allocation of libsodium, are never copied by Swift, and are zeroed with the last
/// reference. It describes itself without them, so a log or a failed expectation cannot leak them.
///
/// `@unchecked Sendable`: the bytes are written in `init` and only read afterwards.
package final class PrivateKey: @unchecked Sendable {
    package static let byteCount = 32

    private let secret: GuardedKey
    package let publicKey: PublicKey

    /// Clamps 32 bytes, which may come from an entropy source or from a file.
    ///
    /// - Returns: `nil` unless there are exactly 32 bytes that make a usable key.
    package init?(bytes: some Collection<UInt8>) {
        guard let secret = GuardedKey(bytes: bytes) else { return nil }
        Curve25519.clamp(secret.mutableBytes)
        guard let publicKey = Curve25519.publicKey(of: secret.bytes) else { return nil }
        self.secret = secret
        self.publicKey = publicKey
    }

    /// Reads 44 characters of base64.
    package convenience init?(base64 text: some StringProtocol) {
        guard var bytes = Base64.decode(text.utf8) else { return nil }
        defer { bytes.withUnsafeMutableBytes { Sodium.erase($0) } }
        self.init(bytes: bytes)
    }

    /// The key as text for a `.conf` file; the only way out of this type.
    package func base64() -> String { Base64.encode(UnsafeRawBufferPointer(start: bytes, count: Self.byteCount)) }

    var bytes: UnsafeRawPointer { secret.bytes }
}

extension PrivateKey: CustomStringConvertible {
    package var description: String { "private key of \(publicKey)" }
}

extension PrivateKey: Equatable {
    package static func == (left: PrivateKey, right: PrivateKey) -> Bool { left.publicKey == right.publicKey }
}
