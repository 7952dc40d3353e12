/// An IPv4 prefix, `192.168.1.0/24`: an address whose host bits are zero, and a length from 0 to 32 bits.
package struct Prefix: Hashable, Sendable {
    package let address: IPv4Address
    package let length: Int

    /// The prefix of that length around an address; host bits are cleared.
    ///
    /// - Precondition: `length` lies in 0...32.
    package init(around address: IPv4Address, length: Int) {
        precondition((0...32).contains(length), "a prefix length is a number from 0 to 32")
        self.length = length
        self.address = IPv4Address(number: address.number & Self.mask(length))
    }

    /// Reads `a.b.c.d/n` with host bits zero.
    ///
    /// Use `init(normalizing:)` where they may be set.
    package init?(_ text: some StringProtocol) {
        guard let prefix = Prefix(normalizing: text), text.prefix(while: { $0 != "/" }) == prefix.address.description
        else { return nil }
        self = prefix
    }

    /// Reads `a.b.c.d/n` and clears host bits.
    package init?(normalizing text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/"), let address = IPv4Address(text[..<slash]),
            let length = Decimal.parse(text[text.index(after: slash)...], upTo: 32)
        else { return nil }
        self.init(around: address, length: length)
    }

    package var range: AddressRange {
        AddressRange(address, IPv4Address(number: address.number | ~Self.mask(length)))
    }

    package func contains(_ other: IPv4Address) -> Bool {
        other.number & Self.mask(length) == address.number
    }

    package func contains(_ other: Prefix) -> Bool {
        other.length >= length && contains(other.address)
    }

    package func overlaps(_ other: Prefix) -> Bool {
        contains(other) || other.contains(self)
    }

    package static func mask(_ length: Int) -> UInt32 {
        length == 0 ? 0 : ~0 << UInt32(32 - length)
    }
}

extension Prefix: Comparable {
    /// By address, the shorter prefix first.
    package static func < (left: Self, right: Self) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}

extension Prefix: TextCodable, CustomStringConvertible {
    static let textKind = "IPv4 prefix"

    package var description: String { "\(address)/\(length)" }
}
