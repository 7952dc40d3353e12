/// Reads the encoding of ASN.1 that SNMP uses, and never past the end.
struct BERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isEmpty: Bool { rest.isEmpty }
    var nextTag: UInt8? { rest.first }

    /// The content of the next element, which must have that tag.
    mutating func read(_ tag: UInt8) -> ArraySlice<UInt8>? {
        var after = rest
        guard after.popFirst() == tag, let first = after.popFirst() else { return nil }
        var count = Int(first)
        if first >= 128 {
            let octets = Int(first & 127)
            guard (1...2).contains(octets), after.count >= octets else { return nil }
            count = 0
            for _ in 0..<octets { count = count << 8 | Int(after.removeFirst()) }
        }
        guard after.count >= count else { return nil }
        rest = after.dropFirst(count)
        return after.prefix(count)
    }

    mutating func enter(_ tag: UInt8) -> BERReader? { read(tag).map { BERReader($0) } }

    mutating func integer() -> Int? {
        guard let bytes = read(0x02), let first = bytes.first, bytes.count <= 5 else { return nil }
        return bytes.reduce(first >= 128 ? -1 : 0) { $0 << 8 | Int($1) }
    }
}

extension BERReader {
    static func integer(_ value: Int, tag: UInt8 = 0x02) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        repeat {
            bytes.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        } while !(rest == 0 && bytes[0] < 128 || rest == -1 && bytes[0] >= 128)
        return DER.tagged(tag, bytes)
    }

    /// The numbers of an object's name, from its bytes.
    static func objectParts(_ bytes: [UInt8]) -> [Int] {
        var parts: [Int] = []
        var value = 0
        for byte in bytes {
            value = (value & 0xFF_FFFF) << 7 | Int(byte & 127)
            guard byte < 128 else { continue }
            parts += parts.isEmpty ? [min(value / 40, 2), value - 40 * min(value / 40, 2)] : [value]
            value = 0
        }
        return parts
    }

    static func objectBytes(_ parts: [Int]) -> [UInt8] {
        ([parts[0] * 40 + parts[1]] + parts.dropFirst(2)).flatMap { part in
            var bytes = [UInt8(part & 127)]
            var rest = part >> 7
            while rest > 0 {
                bytes.insert(UInt8(rest & 127) | 128, at: 0)
                rest >>= 7
            }
            return bytes
        }
    }
}
