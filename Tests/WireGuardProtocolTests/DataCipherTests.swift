import Testing

@testable import WireGuardProtocol

@Suite("Ciphers for data")
struct DataCipherTests {
    private static func seal(_ plain: [UInt8], _ cipher: DataCipher, key: [UInt8], counter: UInt64) -> [UInt8] {
        var bytes = plain + [UInt8](repeating: 0xEE, count: 16)
        bytes.withUnsafeMutableBytes { memory in
            guard let start = memory.baseAddress else { return }
            key.withUnsafeBytes { key in
                guard let key = key.baseAddress else { return }
                cipher.seal(start, plainByteCount: plain.count, key: key, counter: counter, into: start)
            }
        }
        return bytes
    }

    private static func open(_ sealed: [UInt8], _ cipher: DataCipher, key: [UInt8], counter: UInt64) -> [UInt8]? {
        var bytes = sealed
        let isRight = bytes.withUnsafeMutableBytes { memory in
            key.withUnsafeBytes { key in
                guard let start = memory.baseAddress, let key = key.baseAddress else { return false }
                return cipher.open(start, sealedByteCount: sealed.count, key: key, counter: counter, into: start)
            }
        }
        return isRight ? Array(bytes.dropLast(16)) : nil
    }

    @Test("Both say the same, in place, and refuse what was touched", arguments: [0, 1, 16, 63, 64, 65, 1420, 9000])
    func same(length: Int) {
        var generator = SystemRandomNumberGenerator()
        let plain = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for counter in [0, 1, UInt64(1) << 40, .max] {
            let sealed = Self.seal(plain, .sodium, key: key, counter: counter)
            #expect(Self.seal(plain, .libcrypto, key: key, counter: counter) == sealed)
            for cipher in DataCipher.allCases {
                #expect(Self.open(sealed, cipher, key: key, counter: counter) == plain)
                var touched = sealed
                touched[Int.random(in: 0..<touched.count, using: &generator)] ^= 1
                #expect(Self.open(touched, cipher, key: key, counter: counter) == nil)
                #expect(Self.open(sealed, cipher, key: key, counter: counter ^ 1) == nil)
                #expect(Self.open([UInt8](sealed.prefix(15)), cipher, key: key, counter: counter) == nil)
            }
        }
    }
}
