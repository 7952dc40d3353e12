import Testing

@testable import Addressing

/// The cases by which WireGuard implementations try their tables of allowed IPs, and tables of the sizes that they are used with.
struct AllowedIPsTests {
    private func insert(_ rows: [(Character, String)], into table: inout PrefixTable<Character>) throws {
        for (peer, text) in rows {
            let parts = text.split(separator: "/")
            let address = try #require(IPv4Address(parts[0]))
            table[Prefix(around: address, length: try #require(Int(parts[1])))] = peer
        }
    }

    /// Prefixes in each other and beside each other; the second of `192.95.5.64/27` takes it from the first.
    static let rows: [(Character, String)] = [
        ("a", "192.168.4.0/24"), ("b", "192.168.4.4/32"), ("c", "192.168.0.0/16"), ("d", "192.95.5.64/27"),
        ("c", "192.95.5.65/27"), ("e", "0.0.0.0/0"), ("g", "64.15.112.0/20"), ("h", "64.15.123.211/25"),
        ("a", "10.0.0.0/25"), ("b", "10.0.0.128/25"), ("a", "10.1.0.0/30"), ("b", "10.1.0.4/30"),
        ("c", "10.1.0.8/29"), ("d", "10.1.0.16/29"),
    ]

    static let lookups: [(Character, String)] = [
        ("a", "192.168.4.20"), ("a", "192.168.4.0"), ("b", "192.168.4.4"), ("c", "192.168.200.182"),
        ("c", "192.95.5.68"), ("e", "192.95.5.96"), ("g", "64.15.116.26"), ("g", "64.15.127.3"), ("h", "64.15.123.128"),
        ("a", "10.0.0.52"), ("b", "10.0.0.220"), ("a", "10.1.0.2"), ("b", "10.1.0.6"), ("c", "10.1.0.10"),
        ("d", "10.1.0.20"),
    ]

    @Test("the longest prefix wins, and the last who got it has it")
    func longest() throws {
        var table = PrefixTable<Character>()
        try insert(Self.rows, into: &table)
        for (peer, text) in Self.lookups {
            #expect(table.lookup(try #require(IPv4Address(text))) == peer, "\(text)")
        }
        #expect(table.count == Self.rows.count - 1)
    }

    @Test("single addresses all over, then none of them, and at last nothing")
    func removal() throws {
        var table = PrefixTable<Character>()
        try insert(Self.rows, into: &table)
        let singles = ["1.0.0.0", "64.0.0.0", "128.0.0.0", "192.0.0.0", "255.0.0.0"]
        try insert(singles.map { ("a", $0 + "/32") }, into: &table)
        for text in singles { #expect(table.lookup(try #require(IPv4Address(text))) == "a") }
        table.removeAll { $0 == "a" }
        for text in singles { #expect(table.lookup(try #require(IPv4Address(text))) == "e") }
        #expect(table.lookup(IPv4Address(192, 168, 4, 20)) == "c")
        for peer in "bcdegh" { table.removeAll { $0 == peer } }
        #expect(table.isEmpty && table.nodesInUse == 0)
        try insert([("a", "192.168.0.0/16"), ("a", "192.168.0.0/24")], into: &table)
        table.removeAll { $0 == "a" }
        #expect(table.lookup(IPv4Address(192, 168, 0, 1)) == nil)
    }

    @Test("65,280 prefixes of one peer are all found and all read back")
    func many() throws {
        var table = PrefixTable<Int>()
        for first in 1...255 as ClosedRange<UInt32> {
            for second in 0...255 as ClosedRange<UInt32> {
                table[Prefix(around: IPv4Address(number: first << 24 | second << 16), length: 16)] = 1
            }
        }
        #expect(table.count == 255 * 256)
        #expect(table.entries.map(\.prefix) == table.entries.map(\.prefix).sorted())
        #expect(table.entries.count == 255 * 256)
        #expect(table.lookup(IPv4Address(255, 255, 1, 1)) == 1 && table.lookup(IPv4Address(0, 255, 1, 1)) == nil)
    }

    @Test("40 peers with 52 prefixes each are read back with theirs")
    func peers() {
        var table = PrefixTable<Int>()
        for peer in 1...40 {
            for number in 1...52 {
                table[Prefix(around: IPv4Address(UInt8(peer), UInt8(number), 0, 0), length: 16)] = peer
            }
        }
        for peer in 1...40 {
            let own = table.entries.filter { $0.value == peer }
            #expect(own.count == 52 && own.allSatisfy { $0.prefix.address.number >> 24 == UInt32(peer) })
        }
    }

    @Test("ever narrower prefixes around one address, and ever wider ones again")
    func nested() {
        var table = PrefixTable<Int>()
        let address = IPv4Address(170, 85, 170, 85)
        for length in 0...32 {
            table[Prefix(around: address, length: length)] = length
            #expect(table.lookup(address) == length)
        }
        for length in (0...32).reversed() {
            #expect(table.lookup(address) == length)
            // The address that differs in the last bit of the prefix is outside of it, and in the next wider one.
            let other = IPv4Address(number: address.number ^ (length == 0 ? 0 : 1 << UInt32(32 - length)))
            if length > 0 { #expect(table.lookup(other) == length - 1) }
            table[Prefix(around: address, length: length)] = nil
        }
        #expect(table.nodesInUse == 0)
    }
}
