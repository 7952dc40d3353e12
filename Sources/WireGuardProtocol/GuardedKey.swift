import CSodium

/// 32 secret bytes in an allocation of their own: between guard pages, locked in memory where the limit allows it,
/// zeroed when freed.
///
/// It costs about 8 KiB, so it is for long-term keys only; what handshakes make lies in a `SecretSlab`.
final class GuardedKey {
    static let byteCount = 32

    let mutableBytes: UnsafeMutableRawPointer

    init?(bytes: some Collection<UInt8>) {
        Sodium.prepare()
        guard bytes.count == Self.byteCount, let memory = sodium_malloc(Self.byteCount) else { return nil }
        mutableBytes = memory
        UnsafeMutableRawBufferPointer(start: memory, count: Self.byteCount).copyBytes(from: bytes)
    }

    deinit { sodium_free(mutableBytes) }

    var bytes: UnsafeRawPointer { UnsafeRawPointer(mutableBytes) }
}
