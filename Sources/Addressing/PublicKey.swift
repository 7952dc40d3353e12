/// A peer's Curve25519 public key, 32 bytes: how WireGuard and the control plane name a peer.
package struct PublicKey: Hashable, Sendable {
    package static let byteCount = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Returns: `nil` unless there are exactly 32 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    /// Reads 44 characters of base64, as `wg` prints a key.
    package init?(_ text: some StringProtocol) {
        guard let bytes = Base64.decode(text.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    package var bytes: [UInt8] { withBytes { [UInt8]($0) } }

    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: words, body)
    }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension PublicKey: Comparable {
    /// By bytes.
    package static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension PublicKey: TextCodable, CustomStringConvertible {
    static let textKind = "public key (44 characters of base64)"

    package var description: String { withBytes { Base64.encode($0) } }
}
