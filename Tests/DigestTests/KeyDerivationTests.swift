import Testing

@testable import Digest

struct KeyDerivationTests {
    struct Vector: Sendable {
        let key: String
        let input: String
        let outputs: [String]
    }

    /// Computed independently with Python's `hmac` over `hashlib.blake2s`.
    static let vectors = [
        Vector(
            key: "test-key", input: "test-input",
            outputs: [
                "6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633",
                "df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a",
                "fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24",
            ]),
        Vector(
            key: "wireguard", input: "wireguard",
            outputs: [
                "491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8",
                "1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f",
                "31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160",
            ]),
        Vector(
            key: "", input: "",
            outputs: [
                "8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0",
                "58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e",
                "0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e",
            ]),
    ]

    /// Derives `count` outputs; the first overwrites the chain key, as the handshake does it.
    private func derive(_ vector: Vector, count: Int) -> [[UInt8]] {
        let key = [UInt8](vector.key.utf8)
        // HMAC fills a short key with zeros, so a longer one with zeros at its end is the same key.
        var memory = key + [UInt8](repeating: 0, count: 96 - key.count)
        memory.withUnsafeMutableBytes { memory in
            guard let start = memory.baseAddress else { return }
            [UInt8](vector.input.utf8).withUnsafeBytes {
                KeyDerivation.derive(
                    chainKey: start, input: $0, into: start, count > 1 ? start + 32 : nil,
                    count > 2 ? start + 64 : nil)
            }
        }
        return (0..<count).map { Array(memory[32 * $0..<32 * $0 + 32]) }
    }

    @Test("one to three outputs are the chain of HMACs", arguments: vectors.indices, 1...3)
    func outputs(index: Int, count: Int) {
        let vector = Self.vectors[index]
        #expect(derive(vector, count: count) == vector.outputs.prefix(count).map(bytes))
    }

    @Test("HMAC takes a key of a whole block")
    func longKey() {
        var output = [UInt8](repeating: 0, count: 32)
        let key = [UInt8](repeating: 0xAA, count: 64)
        output.withUnsafeMutableBytes { output in
            guard let start = output.baseAddress else { return }
            key.withUnsafeBytes { key in
                [UInt8]("Test".utf8).withUnsafeBytes { HMAC.authenticate(key: key, $0, into: start) }
            }
        }
        #expect(output == bytes("bce3bcbff92295fe705079a6f88e570939bf1117c1055dfce9eba06dd0954ecc"))
    }
}
