/// An IPv4 address and a UDP or TCP port.
package struct Endpoint: Hashable, Sendable {
    package var address: IPv4Address
    package var port: UInt16

    package init(_ address: IPv4Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads `a.b.c.d:port`.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":"), let address = IPv4Address(text[..<colon]),
            let port = Decimal.parse(text[text.index(after: colon)...], upTo: Int(UInt16.max))
        else { return nil }
        self.init(address, UInt16(port))
    }
}

extension Endpoint: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}

extension Endpoint: TextCodable, CustomStringConvertible {
    static let textKind = "endpoint (address:port)"

    package var description: String { "\(address):\(port)" }
}
