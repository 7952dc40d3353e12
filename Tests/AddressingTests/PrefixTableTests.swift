import Testing

@testable import Addressing

/// The slow twin: looks at every prefix.
private struct PrefixList {
    var entries: [Prefix: Int] = [:]

    func longestMatch(_ address: IPv4Address) -> (prefix: Prefix, value: Int)? {
        entries.filter { $0.key.contains(address) }.max { $0.key.length < $1.key.length }.map { ($0.key, $0.value) }
    }
}

struct PrefixTableTests {
    /// Prefixes that often hold, equal or touch each other.
    private func randomPrefix(_ generator: inout some RandomNumberGenerator) -> Prefix {
        let number = UInt32.random(in: 0...15, using: &generator) << 28 | UInt32.random(in: 0...63, using: &generator)
        return Prefix(around: IPv4Address(number: number), length: Int.random(in: 0...32, using: &generator))
    }

    @Test("lookup, insertion and removal agree with a table that looks at every prefix", arguments: 0..<20)
    func twin(seed: UInt64) {
        var generator = SplitMix64(state: seed)
        var table = PrefixTable<Int>()
        var twin = PrefixList()
        for step in 0..<400 {
            let prefix = randomPrefix(&generator)
            let value = Int.random(in: 0..<3, using: &generator) == 0 ? nil : step
            table[prefix] = value
            twin.entries[prefix] = value
            #expect(table.count == twin.entries.count, "seed \(seed) step \(step)")
            for _ in 0..<8 {
                let address = randomPrefix(&generator).range.upper
                let (found, expected) = (table.longestMatch(address), twin.longestMatch(address))
                #expect(found?.prefix == expected?.prefix, "seed \(seed) step \(step) address \(address)")
                #expect(found?.value == expected?.value, "seed \(seed) step \(step) address \(address)")
            }
            #expect(table[prefix] == twin.entries[prefix])
        }
        #expect(table.entries.map(\.prefix) == twin.entries.keys.sorted())
        #expect(table.entries.map(\.value) == twin.entries.sorted { $0.key < $1.key }.map(\.value))
    }

    @Test("an emptied table holds nothing, however it was filled", arguments: 0..<5)
    func emptied(seed: UInt64) {
        var generator = SplitMix64(state: seed)
        var table = PrefixTable<Int>()
        let prefixes = Set((0..<200).map { _ in randomPrefix(&generator) })
        for prefix in prefixes { table[prefix] = 1 }
        for prefix in prefixes.sorted().shuffled(using: &generator) { table[prefix] = nil }
        #expect(table.isEmpty)
        #expect(table.entries.isEmpty)
        #expect(table.nodesInUse == 0)
        #expect(table.lookup(IPv4Address(number: 0)) == nil)
    }

    @Test("all prefixes of a value go together, and others take over")
    func removeAll() throws {
        var table = PrefixTable<String>()
        table[try #require(Prefix("10.0.0.0/8"))] = "a"
        table[try #require(Prefix("10.1.0.0/16"))] = "b"
        table[try #require(Prefix("0.0.0.0/0"))] = "b"
        #expect(table.lookup(IPv4Address(10, 1, 2, 3)) == "b")
        table.removeAll { $0 == "b" }
        #expect(table.lookup(IPv4Address(10, 1, 2, 3)) == "a")
        #expect(table.lookup(IPv4Address(11, 1, 2, 3)) == nil)
        #expect(table.count == 1)
    }
}

struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
