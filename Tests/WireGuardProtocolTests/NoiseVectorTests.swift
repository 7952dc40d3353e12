import Digest
import Testing

@testable import WireGuardProtocol

/// Bytes from hex digits.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Memory with an address that stays: never freed, so that no pointer of a test outlives it.
private struct Memory {
    let start: UnsafeMutableRawPointer
    let count: Int

    init(_ bytes: [UInt8]) {
        count = bytes.count
        start = .allocate(byteCount: max(count, 1), alignment: 8)
        start.copyMemory(from: bytes, byteCount: count)
    }

    init(count: Int) { self.init([UInt8](repeating: 0, count: count)) }

    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
    var bytes: [UInt8] { [UInt8](buffer) }
}

/// The published vector of `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s` (cacophony).
struct NoiseVectorTests {
    static let messages = [
        (
            "4c756477696720766f6e204d69736573",
            """
            ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944001e21de9f98ddd8e2ad57527207feb56253c9c94a9e4967\
            82ecfcb2a75fbcaf1b52948cc48daefe660c62119ab5000980c84831215f2441eba616548e832985464cf17e51ee93109008399a21f7e13f
            """
        ),
        (
            "4d757272617920526f746862617264",
            """
            95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843cb765f2caef0751b8f007572dab0322217755c0632f36571\
            7edbf34d33e87a
            """
        ),
        ("462e20412e20486179656b", "8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7"),
        ("4361726c204d656e676572", "07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef"),
        ("4a65616e2d426170746973746520536179", "6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d"),
        (
            "457567656e2042f6686d20766f6e2042617765726b",
            "dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80ebc7a4c292"
        ),
    ].map { (payload: bytes($0.0), sealed: bytes($0.1)) }

    private let prologue = Memory([UInt8]("John Galt".utf8))
    private let presharedKey = Memory(bytes("54686973206973206d7920417573747269616e20706572737065637469766521"))
    private let initiator = Memory(bytes("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1"))
    private let initiatorEphemeral = Memory(bytes("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"))
    private let responder = Memory(bytes("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893"))
    private let responderEphemeral = Memory(bytes("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"))

    private func publicKey(_ key: Memory) -> Memory {
        let place = Memory(count: 32)
        Curve25519.base(key.start, into: place.start)
        return place
    }

    private func begun(_ memory: Memory) -> SymmetricState {
        let state = SymmetricState(at: memory.start)
        state.begin(
            protocolName: NoiseHandshake.protocolName, prologue: prologue.buffer, responder: publicKey(responder).start)
        return state
    }

    @Test("both sides write and read the published messages and end with the published hash")
    func vector() throws {
        let (initiatorMemory, responderMemory) = (Memory(count: 128), Memory(count: 128))
        let (left, right) = (begun(initiatorMemory), begun(responderMemory))
        let (initiatorKey, responderKey) = (publicKey(initiator), publicKey(responder))
        let staticStatic = Memory(count: 32)
        #expect(Curve25519.agree(initiator.start, responderKey.start, into: staticStatic.start))

        let first = Memory(count: Self.messages[0].sealed.count)
        let payload = Memory(Self.messages[0].payload)
        let isWritten = NoiseHandshake.writeInitiation(
            left, ephemeral: initiatorEphemeral.start,
            own: .init(privateKey: initiator.start, publicKey: initiatorKey.start), responder: responderKey.start,
            staticStatic: staticStatic.start, payload: payload.buffer, into: first.start)
        #expect(isWritten)
        #expect(first.bytes == Self.messages[0].sealed)

        let known = Memory(count: 32)
        #expect(
            NoiseHandshake.readInitiator(right, message: first.start, own: responder.start, into: known.start) == nil)
        #expect(known.bytes == initiatorKey.bytes)
        let opened = Memory(count: payload.count)
        #expect(
            NoiseHandshake.readInitiationPayload(
                right, message: first.start, sealedByteCount: payload.count + 16, staticStatic: staticStatic.start,
                into: opened.start))
        #expect(opened.bytes == payload.bytes)

        let second = Memory(count: Self.messages[1].sealed.count)
        let answer = Memory(Self.messages[1].payload)
        #expect(
            NoiseHandshake.writeResponse(
                right, ephemeral: responderEphemeral.start, initiatorEphemeral: first.start,
                initiator: initiatorKey.start, presharedKey: presharedKey.start, payload: answer.buffer,
                into: second.start))
        #expect(second.bytes == Self.messages[1].sealed)
        let read = Memory(count: answer.count)
        #expect(
            NoiseHandshake.readResponse(
                left, message: second.start, sealedByteCount: answer.count + 16, ephemeral: initiatorEphemeral.start,
                own: initiator.start, presharedKey: presharedKey.start, into: read.start) == nil)
        #expect(read.bytes == answer.bytes)

        let hash = bytes("f5191b875290abcd41347ac3622d9679688a7e980229cb937ef748336cfde0e5")
        #expect([UInt8](UnsafeRawBufferPointer(start: left.hash, count: 32)) == hash)
        #expect([UInt8](UnsafeRawBufferPointer(start: right.hash, count: 32)) == hash)
        try transport(left)
        try transport(right)
    }

    /// The four messages after the handshake: initiator and responder in turn.
    private func transport(_ state: SymmetricState) throws {
        let keys = Memory(count: 64)
        state.split(into: keys.start, keys.start + 32)
        for (index, message) in Self.messages[2...].enumerated() {
            let place = Memory(message.payload + [UInt8](repeating: 0, count: 16))
            let key = keys.start + (index % 2) * 32
            Cipher.seal(
                place.start, plainByteCount: message.payload.count, key: key, counter: UInt64(index / 2),
                into: place.start)
            #expect(place.bytes == message.sealed)
            #expect(
                Cipher.open(
                    place.start, sealedByteCount: place.count, key: key, counter: UInt64(index / 2), into: place.start))
            #expect(place.bytes.prefix(message.payload.count) == message.payload[...])
        }
    }

    @Test("X25519 of RFC 7748, section 5.2: one product, and a thousand on end")
    func agreement() {
        let scalar = Memory(bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"))
        let point = Memory(bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
        let product = Memory(count: 32)
        #expect(Curve25519.agree(scalar.start, point.start, into: product.start))
        #expect(product.bytes == bytes("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"))

        let start = [9] + [UInt8](repeating: 0, count: 31)
        let (k, u) = (Memory(start), Memory(start))
        for step in 1...1000 {
            #expect(Curve25519.agree(k.start, u.start, into: product.start))
            u.start.copyMemory(from: k.start, byteCount: 32)
            k.start.copyMemory(from: product.start, byteCount: 32)
            if step == 1 {
                #expect(k.bytes == bytes("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"))
            }
        }
        #expect(k.bytes == bytes("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"))
    }

    @Test("ChaCha20-Poly1305 opens what it sealed in place, and nothing that was touched")
    func cipher() {
        let key = Memory([UInt8](repeating: 7, count: 32))
        let plain = [UInt8](0..<48)
        let sealed = Memory(plain + [UInt8](repeating: 0, count: 16))
        Cipher.seal(sealed.start, plainByteCount: 48, key: key.start, counter: 1 << 40, into: sealed.start)
        let original = sealed.bytes
        #expect(!Cipher.open(sealed.start, sealedByteCount: 64, key: key.start, counter: 0, into: sealed.start))
        for index in 0..<64 {
            let touched = Memory(original)
            touched.start.storeBytes(of: original[index] ^ 1, toByteOffset: index, as: UInt8.self)
            #expect(
                !Cipher.open(
                    touched.start, sealedByteCount: 64, key: key.start, counter: 1 << 40, into: touched.start))
        }
        let good = Memory(original)
        #expect(Cipher.open(good.start, sealedByteCount: 64, key: key.start, counter: 1 << 40, into: good.start))
        #expect(Array(good.bytes.prefix(48)) == plain)
    }
}
