import Addressing
import TestRequirements
import Testing

@testable import AccessModel

/// Many plants on the same ranges: what a row says of its rivals, and the order of the rows.
@Suite struct CrowdTests {
    @Test("Each row lists the first of its rivals, counts all, and stands in its place", arguments: 0..<20)
    func rivals(seed: Int) {
        var draw = Draw(seed: UInt64(seed))
        let (claims, states) = Self.crowd(&draw)
        let rows = RouteResolution(claims: claims, states: states, policy: AccessPolicy()).rows
        #expect(rows.count == claims.count)
        for (row, next) in zip(rows, rows.dropFirst()) {
            #expect(RouteRow.precedes(row, next), "\(row.id) before \(next.id)")
        }
        #expect(rows.contains { ($0.conflict?.rivalCount ?? 0) > RouteConflict.mostRivals }, "a crowd is wanted")
        for row in rows {
            let rivals = Self.rivals(of: row, among: claims, states)
            #expect(row.conflict?.rivalCount ?? 0 == rivals.count, "\(row.id)")
            #expect(row.conflict?.rivals ?? [] == Array(rivals.prefix(RouteConflict.mostRivals)), "\(row.id)")
        }
    }

    @Test("The order in which claims are given means nothing", arguments: 0..<10)
    func order(seed: Int) {
        var draw = Draw(seed: UInt64(seed))
        let (claims, states) = Self.crowd(&draw)
        let ascending = RouteResolution(claims: claims, states: states, policy: AccessPolicy())
        let mixed = RouteResolution(claims: claims.shuffled(using: &draw), states: states, policy: AccessPolicy())
        #expect(mixed == ascending)
    }

    /// Sixty plants with up to three subnets each, of nested sizes, in portfolios of two organisations.
    private static func crowd(_ draw: inout Draw) -> (claims: [Claim], states: [PlantID: PlantState]) {
        var claims: [Claim] = []
        var states: [PlantID: PlantState] = [:]
        for number in 0..<60 {
            let plant = PlantID("plant-\(number)")
            states[plant] = draw.chance(1, in: 6) ? nil : draw.chance(1, in: 4) ? .offline : .online
            let subnets = Set(
                (0..<3).map { _ in
                    Prefix(
                        around: IPv4Address(192, 168, 1, UInt8.random(in: 0...255, using: &draw)),
                        length: Int.random(in: 24...28, using: &draw))
                })
            let organization = number % 3 == 0 ? "one" : "other"
            for subnet in subnets.sorted() {
                claims.append(
                    Claim(
                        plant: plant, subnet: subnet, portfolio: PortfolioID("\(organization)-\(number % 5)"),
                        organization: OrganizationID(organization),
                        since: Timestamp(milliseconds: Int64.random(in: 0..<9, using: &draw))))
            }
        }
        return (claims, states)
    }

    private static func rivals(of row: RouteRow, among claims: [Claim], _ states: [PlantID: PlantState]) -> [RouteID] {
        guard states[row.plant] != nil else { return [] }
        return
            claims
            .filter { $0.plant != row.plant && states[$0.plant] != nil && $0.subnet.overlaps(row.subnet) }
            .sorted { ($0.subnet, $0.plant) < ($1.subnet, $1.plant) }
            .map { RouteID(plant: $0.plant, subnet: $0.subnet) }
    }
}
