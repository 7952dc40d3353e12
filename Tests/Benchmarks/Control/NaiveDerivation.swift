import AccessModel
import Addressing

/// The derivation as one would write it first: no index, no sweep, no sharing.
enum NaiveDerivation {
    /// Cuts the addresses at every edge of a claim, and looks at every claim for every piece.
    static func table(_ claims: [Claim], states: [PlantID: PlantState]) -> [OwnedRange] {
        let edges = Set(
            claims.flatMap { [UInt64($0.subnet.range.lower.number), UInt64($0.subnet.range.upper.number) + 1] }
        ).sorted()
        var table: [OwnedRange] = []
        for (lower, end) in zip(edges, edges.dropFirst()) {
            let piece = AddressRange(IPv4Address(number: UInt32(lower)), IPv4Address(number: UInt32(end - 1)))
            let here = claims.filter { $0.subnet.contains(piece.lower) }
            guard let winner = here.min(by: { ($0.since, $0.plant) < ($1.since, $1.plant) }) else { continue }
            table.append(OwnedRange(range: piece, owner: winner.plant, state: states[winner.plant] ?? .noAgent))
        }
        return table
    }

    /// Everybody from the beginning, for one change of one.
    static func everybody(_ intent: Intent, states: [PlantID: PlantState]) -> Int {
        var routes = 0
        for person in intent.people.keys.sorted() {
            let claims = intent.plants.keys.sorted().flatMap { plant -> [Claim] in
                guard (intent.grants[person] ?? []).contains(where: { intent.place($0.place, covers: plant) }),
                    let value = intent.plants[plant]
                else { return [] }
                return value.subnets.map {
                    Claim(plant: plant, subnet: $0.prefix, portfolio: value.portfolio, organization: "owner")
                }
            }
            routes += table(claims, states: states).count
        }
        return routes
    }
}
