import Testing

@testable import Digest

/// Bytes from hex digits.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

func blake2s(_ input: [UInt8], key: [UInt8] = [], count: Int = 32) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    var state = key.withUnsafeBytes { BLAKE2s(outputByteCount: count, key: $0) }
    input.withUnsafeBytes { state.update($0) }
    output.withUnsafeMutableBytes { if let start = $0.baseAddress { state.finish(into: start) } }
    return output
}

struct BLAKE2sTests {
    @Test("the example of RFC 7693, appendix B")
    func example() {
        #expect(
            blake2s([UInt8]("abc".utf8)) == bytes("508C5E8C327C14E2E1A72BA34EEB452F37458B209ED63A294D999B4C86675982"))
    }

    @Test("the self test of RFC 7693, appendix E: six lengths, four outputs, with and without key")
    func selfTest() {
        /// The RFC's deterministic sequence: a Fibonacci generator.
        func sequence(_ count: Int, seed: UInt32) -> [UInt8] {
            var (a, b) = (0xDEAD_4BAD &* seed, UInt32(1))
            return (0..<count).map { _ in
                let t = a &+ b
                (a, b) = (b, t)
                return UInt8(t >> 24)
            }
        }
        var all: [UInt8] = []
        for outputCount in [16, 20, 28, 32] {
            for inputCount in [0, 3, 64, 65, 255, 1024] {
                let input = sequence(inputCount, seed: UInt32(inputCount))
                all += blake2s(input, count: outputCount)
                all += blake2s(input, key: sequence(outputCount, seed: UInt32(outputCount)), count: outputCount)
            }
        }
        #expect(blake2s(all) == bytes("6A411F08CE25ADCDFB02ABA641451CEC53C598B24F4FC787FBDC88797F4C1DFE"))
    }

    @Test("the hash does not depend on how the input is cut", arguments: [1, 3, 63, 64, 65, 127, 200])
    func streaming(step: Int) {
        let input = (0..<517).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var state = BLAKE2s()
        for start in stride(from: 0, to: input.count, by: step) {
            input[start..<min(start + step, input.count)].withUnsafeBytes { state.update($0) }
        }
        var output = [UInt8](repeating: 0, count: 32)
        output.withUnsafeMutableBytes { if let start = $0.baseAddress { state.finish(into: start) } }
        #expect(output == blake2s(input))
    }
}
