import Addressing

/// A secret of 32 bytes that two peers mix into their handshakes; handled as a private key is.
///
/// `@unchecked Sendable`: the bytes are written in `init` and only read afterwards.
package final class PresharedKey: @unchecked Sendable {
    package static let byteCount = 32

    private let secret: GuardedKey

    /// - Returns: `nil` unless there are exactly 32 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard let secret = GuardedKey(bytes: bytes) else { return nil }
        self.secret = secret
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

extension PresharedKey: CustomStringConvertible {
    package var description: String { "preshared key" }
}

extension PresharedKey: Equatable {
    package static func == (left: PresharedKey, right: PresharedKey) -> Bool {
        Sodium.equal(left.bytes, right.bytes, byteCount: byteCount)
    }
}
