import AccessModel
import ControlProtocol
import Digest

/// Signs browsers in: a cookie that says who, until when, and bears our mark.
///
/// The key follows from the rig's own token, so that a restart of the control plane signs nobody out.
struct WebSessions: Sendable {
    static let cookie = "mirox-session"
    static let seconds = 12 * 3600.0

    private let key: [UInt8]
    let surroundings: Surroundings

    init(secret: String, surroundings: Surroundings) {
        key = Self.mark(Array("mirox web session".utf8) + Array(secret.utf8), key: [])
        self.surroundings = surroundings
    }

    /// Who is signed in, and the token that their forms and scripts have to send back.
    struct Session: Sendable, Hashable {
        var principal: Principal
        var csrfToken: String
    }

    /// The cookie's value for a new session: `principal.expiry.chance.mark`.
    func begin(for principal: Principal) -> String {
        let name = Self.hex(Array(Self.word(for: principal).utf8))
        let expiry = surroundings.now().advanced(bySeconds: Self.seconds).milliseconds
        let body = "\(name).\(expiry).\(Self.hex(surroundings.entropy(16)))"
        return "\(body).\(Self.hex(Self.mark(Array("session ".utf8) + Array(body.utf8), key: key)))"
    }

    /// - Returns: `nil` for a cookie that is not ours, was changed, or is over.
    func session(in cookie: String) -> Session? {
        let parts = cookie.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let name = Self.bytes(parts[0]), let expiry = Int64(parts[1]) else { return nil }
        let body = parts[..<3].joined(separator: ".")
        let wanted = Self.hex(Self.mark(Array("session ".utf8) + Array(body.utf8), key: key))
        guard Self.isEqual(wanted, parts[3]), expiry > surroundings.now().milliseconds,
            let principal = Self.principal(String(decoding: name, as: UTF8.self))
        else { return nil }
        return Session(
            principal: principal, csrfToken: Self.hex(Self.mark(Array("csrf ".utf8) + Array(body.utf8), key: key)))
    }

    /// Only people and the rig sign in.
    private static func word(for principal: Principal) -> String {
        if case .person(let person) = principal { return "person:\(person)" }
        return "lab"
    }

    private static func principal(_ word: String) -> Principal? {
        if word == "lab" { return .lab }
        guard word.hasPrefix("person:") else { return nil }
        return .person(PersonID(String(word.dropFirst(7))))
    }

    // MARK: Bytes

    /// A keyed hash of 32 bytes.
    private static func mark(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: BLAKE2s.digestByteCount)
        var hash = key.withUnsafeBytes { BLAKE2s(key: $0) }
        bytes.withUnsafeBytes { hash.update($0) }
        output.withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { hash.finish(into: start) }
        }
        return output
    }

    /// Takes as long for a near miss as for a far one.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func bytes(_ hex: String) -> [UInt8]? {
        let digits = hex.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard digits.count == hex.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
