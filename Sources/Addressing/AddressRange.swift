/// The addresses from `lower` to `upper`, both included; never empty.
package struct AddressRange: Hashable, Sendable, Codable {
    package let lower: IPv4Address
    package let upper: IPv4Address

    /// - Precondition: `lower` is not above `upper`.
    package init(_ lower: IPv4Address, _ upper: IPv4Address) {
        precondition(lower <= upper, "a range runs upwards")
        self.lower = lower
        self.upper = upper
    }

    package func contains(_ address: IPv4Address) -> Bool {
        lower <= address && address <= upper
    }

    package func overlaps(_ other: Self) -> Bool {
        lower <= other.upper && other.lower <= upper
    }

    /// How many addresses it holds, 1 to 2^32.
    package var count: UInt64 { UInt64(upper.number) - UInt64(lower.number) + 1 }
}

extension AddressRange {
    private enum CodingKeys: CodingKey { case lower, upper }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let lower = try container.decode(IPv4Address.self, forKey: .lower)
        let upper = try container.decode(IPv4Address.self, forKey: .upper)
        guard lower <= upper else {
            throw DecodingError.dataCorruptedError(
                forKey: .upper, in: container, debugDescription: "a range runs upwards")
        }
        self.init(lower, upper)
    }
}

extension AddressRange: Comparable, CustomStringConvertible {
    package static func < (left: Self, right: Self) -> Bool {
        (left.lower, left.upper) < (right.lower, right.upper)
    }

    package var description: String { "\(lower)-\(upper)" }
}
