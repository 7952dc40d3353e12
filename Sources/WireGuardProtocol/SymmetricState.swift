import Digest

/// Noise's symmetric state as a view on secret memory: chain key, hash, the newest cipher key, and the place of an
/// agreed secret.
///
/// Every cipher key of these handshakes seals exactly once, so its counter is always zero.
struct SymmetricState {
    static let byteCount = 128

    let chainKey: UnsafeMutableRawPointer
    let hash: UnsafeMutableRawPointer
    let key: UnsafeMutableRawPointer
    let agreed: UnsafeMutableRawPointer

    init(at memory: UnsafeMutableRawPointer) {
        chainKey = memory
        hash = memory + 32
        key = memory + 64
        agreed = memory + 96
    }

    /// Begins a handshake towards a responder.
    func begin(protocolName: String, prologue: UnsafeRawBufferPointer, responder: UnsafeRawPointer) {
        var name = protocolName
        name.withUTF8 { BLAKE2s.hash(UnsafeRawBufferPointer($0), into: chainKey) }
        hash.copyMemory(from: chainKey, byteCount: 32)
        mixHash(prologue)
        mixHash(responder, byteCount: 32)
    }

    func mixHash(_ bytes: UnsafeRawBufferPointer) {
        var state = BLAKE2s()
        state.update(hash, byteCount: 32)
        state.update(bytes)
        state.finish(into: hash)
    }

    func mixHash(_ bytes: UnsafeRawPointer, byteCount: Int) {
        mixHash(UnsafeRawBufferPointer(start: bytes, count: byteCount))
    }

    /// Takes an ephemeral public key in; no cipher key comes of it.
    func mixEphemeral(_ ephemeral: UnsafeRawPointer) {
        mixHash(ephemeral, byteCount: 32)
        mixChain(ephemeral)
    }

    /// Moves the chain on without a cipher key, where the protocol overwrites that before use.
    func mixChain(_ secret: UnsafeRawPointer) {
        KeyDerivation.derive(
            chainKey: chainKey, input: UnsafeRawBufferPointer(start: secret, count: 32), into: chainKey)
    }

    func mixKey(_ secret: UnsafeRawPointer) {
        KeyDerivation.derive(
            chainKey: chainKey, input: UnsafeRawBufferPointer(start: secret, count: 32), into: chainKey, key)
    }

    /// Takes a preshared key in.
    func mixKeyAndHash(_ secret: UnsafeRawPointer) {
        KeyDerivation.derive(
            chainKey: chainKey, input: UnsafeRawBufferPointer(start: secret, count: 32), into: chainKey, agreed, key)
        mixHash(agreed, byteCount: 32)
    }

    /// Writes `byteCount` sealed bytes and their tag.
    func seal(_ plain: UnsafeRawPointer, byteCount: Int, into sealed: UnsafeMutableRawPointer) {
        Cipher.seal(
            plain, plainByteCount: byteCount, key: key, counter: 0,
            authenticating: UnsafeRawBufferPointer(start: hash, count: 32), into: sealed)
        mixHash(sealed, byteCount: byteCount + Cipher.tagByteCount)
    }

    /// Writes the plain bytes of sealed ones, whose count includes the tag; the two must not share their place.
    func open(_ sealed: UnsafeRawPointer, byteCount: Int, into plain: UnsafeMutableRawPointer) -> Bool {
        guard
            Cipher.open(
                sealed, sealedByteCount: byteCount, key: key, counter: 0,
                authenticating: UnsafeRawBufferPointer(start: hash, count: 32), into: plain)
        else { return false }
        mixHash(sealed, byteCount: byteCount)
        return true
    }

    /// Derives the two transport keys: the initiator's for sending, then the responder's.
    func split(into first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer) {
        KeyDerivation.derive(
            chainKey: chainKey, input: UnsafeRawBufferPointer(start: nil, count: 0), into: first, second)
    }

    func erase() { Sodium.erase(chainKey, byteCount: Self.byteCount) }
}
