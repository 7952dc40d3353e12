/// An IPv4 address; the number is in host order, so addresses compare and add as numbers do.
package struct IPv4Address: Hashable, Comparable, Sendable {
    package var number: UInt32

    package init(number: UInt32) {
        self.number = number
    }

    package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        number = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Reads dotted decimal: four numbers from 0 to 255, no leading zeros, nothing around them.
    package init?(_ text: some StringProtocol) {
        guard let number = Self.parse(text.utf8) else { return nil }
        self.number = number
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    private static func parse(_ text: some Collection<UInt8>) -> UInt32? {
        var number: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard part <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, dots < 3 else { return nil }
                number = number << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            default:
                return nil
            }
        }
        guard digits > 0, dots == 3 else { return nil }
        return number << 8 | part
    }
}

extension IPv4Address: CustomStringConvertible {
    package var description: String {
        "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    }
}

extension IPv4Address: TextCodable {
    static let textKind = "IPv4 address"
}
