import CSodium

/// What the rest of the module needs of libsodium besides curve and ciphers.
enum Sodium {
    private static let status = sodium_init()

    /// Chooses libsodium's fast implementations, once in a process; without it every seal costs twice as much.
    static func prepare() {
        precondition(status >= 0, "libsodium starts on every machine that has a random source")
    }

    static func erase(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        sodium_memzero(start, bytes.count)
    }

    static func erase(_ bytes: UnsafeMutableRawPointer, byteCount: Int) {
        sodium_memzero(bytes, byteCount)
    }

    /// Compares in a time that depends on the count alone.
    static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, byteCount: Int) -> Bool {
        sodium_memcmp(left, right, byteCount) == 0
    }
}
