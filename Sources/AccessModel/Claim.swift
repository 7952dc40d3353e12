package import Addressing

/// One subnet of one plant that a person's permissions open.
package struct Claim: Hashable, Sendable, Codable {
    package var plant: PlantID
    package var subnet: Prefix
    package var portfolio: PortfolioID
    package var organization: OrganizationID
    /// The earliest moment since which the person has had it without a gap, over all paths.
    package var since: Timestamp

    package init(
        plant: PlantID, subnet: Prefix, portfolio: PortfolioID, organization: OrganizationID,
        since: Timestamp = .beginning
    ) {
        self.plant = plant
        self.subnet = subnet
        self.portfolio = portfolio
        self.organization = organization
        self.since = since
    }
}

/// A plant's subnet, as the key of a claim, a row or a pick.
package struct RouteID: Hashable, Sendable, Comparable {
    package var plant: PlantID
    package var subnet: Prefix

    package init(plant: PlantID, subnet: Prefix) {
        self.plant = plant
        self.subnet = subnet
    }

    /// Reads `park-a~192.168.1.0-24`.
    package init?(_ text: some StringProtocol) {
        guard let tilde = text.lastIndex(of: "~"), let dash = text.lastIndex(of: "-"), tilde < dash,
            let prefix = Prefix("\(text[text.index(after: tilde)..<dash])/\(text[text.index(after: dash)...])")
        else { return nil }
        self.init(plant: PlantID(String(text[..<tilde])), subnet: prefix)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.plant, left.subnet) < (right.plant, right.subnet)
    }
}

extension RouteID: CustomStringConvertible, Codable {
    package var description: String { "\(plant)~\(subnet.address)-\(subnet.length)" }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a route id"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
