/// A permission of one person at one place; it reaches downwards.
package struct Grant: Hashable, Sendable, Codable {
    package var place: Place
    package var since: Timestamp

    package init(place: Place, since: Timestamp = .beginning) {
        self.place = place
        self.since = since
    }
}

/// Where a grant or a cooperation applies: an organisation, a portfolio or a plant, with all below it.
///
/// In JSON an object with one key: `{"plant": "park-a"}`.
package enum Place: Hashable, Sendable, Comparable {
    case organization(OrganizationID)
    case portfolio(PortfolioID)
    case plant(PlantID)

    /// `plant:park-a`: also the order in which places are listed.
    package var text: String {
        switch self {
        case .organization(let id): "organization:\(id)"
        case .portfolio(let id): "portfolio:\(id)"
        case .plant(let id): "plant:\(id)"
        }
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Reads what `text` writes.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "organization": self = .organization(OrganizationID(name))
        case "portfolio": self = .portfolio(PortfolioID(name))
        case "plant": self = .plant(PlantID(name))
        default: return nil
        }
    }
}

extension Place: Codable {
    private enum CodingKeys: CodingKey, CaseIterable { case organization, portfolio, plant }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let keys = container.allKeys
        guard keys.count == 1, let key = keys.first else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a place is exactly one of organization, portfolio, plant"))
        }
        switch key {
        case .organization: self = .organization(try container.decode(OrganizationID.self, forKey: key))
        case .portfolio: self = .portfolio(try container.decode(PortfolioID.self, forKey: key))
        case .plant: self = .plant(try container.decode(PlantID.self, forKey: key))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .organization(let id): try container.encode(id, forKey: .organization)
        case .portfolio(let id): try container.encode(id, forKey: .portfolio)
        case .plant(let id): try container.encode(id, forKey: .plant)
        }
    }
}
