/// The name of one thing of the control plane; names of different kinds do not mix.
///
/// Compared as bytes, so an order by name is the same everywhere.
package struct Identifier<Kind>: Hashable, Sendable, Codable, Comparable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    package let text: String

    package init(_ text: String) { self.text = text }

    package init(stringLiteral text: String) { self.text = text }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool {
        let order = left.text.utf8.withContiguousStorageIfAvailable { left in
            right.text.utf8.withContiguousStorageIfAvailable { left.lexicographicallyPrecedes($0) }
        }
        return (order ?? nil) ?? left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension Identifier: CodingKeyRepresentable {
    package var codingKey: any CodingKey { TextCodingKey(text) }

    package init?(codingKey: some CodingKey) { text = codingKey.stringValue }
}

/// A coding key that is just its text.
private struct TextCodingKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

package enum OrganizationKind {}
package enum PortfolioKind {}
package enum PlantKind {}
package enum PersonKind {}
package enum AgentKind {}
package enum CooperationKind {}

package typealias OrganizationID = Identifier<OrganizationKind>
package typealias PortfolioID = Identifier<PortfolioKind>
package typealias PlantID = Identifier<PlantKind>
package typealias PersonID = Identifier<PersonKind>
package typealias AgentID = Identifier<AgentKind>
package typealias CooperationID = Identifier<CooperationKind>
