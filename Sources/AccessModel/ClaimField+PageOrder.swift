extension ClaimField {
    /// The numbers of the claims in the order of their rows, `RouteRow.precedes`.
    func inPageOrder(contested: (Int) -> Bool) -> [Int] {
        let places = placeRanks()
        var keys = claims.indices.map { number in
            PageKey(
                block: contested(number) ? claims[number].subnet.rank : .max,
                place: places[number] << 24 | UInt64(number))
        }
        keys.sort()
        return keys.map { Int($0.place & 0xFF_FFFF) }
    }

    private struct PageKey: Comparable {
        /// The contested subnet; the uncontested come last.
        let block: UInt64
        /// Rank of organisation and portfolio, then the claim's number, which is its rank by plant and subnet.
        let place: UInt64

        static func < (left: Self, right: Self) -> Bool {
            left.block == right.block ? left.place < right.place : left.block < right.block
        }
    }

    /// For each claim the rank of its organisation and portfolio.
    private func placeRanks() -> [UInt64] {
        struct Place: Hashable {
            var organization: OrganizationID
            var portfolio: PortfolioID
        }
        var numbers: [Place: Int] = [:]
        var last: (place: Place, number: Int)?
        let numbered = claims.map { claim -> Int in
            let place = Place(organization: claim.organization, portfolio: claim.portfolio)
            if let last, last.place == place { return last.number }
            let number = numbers[place, default: numbers.count]
            numbers[place] = number
            last = (place, number)
            return number
        }
        var ranks = Array(repeating: UInt64(0), count: numbers.count)
        let ascending = numbers.sorted {
            ($0.key.organization, $0.key.portfolio) < ($1.key.organization, $1.key.portfolio)
        }
        for (rank, entry) in ascending.enumerated() { ranks[entry.value] = UInt64(rank) }
        return numbered.map { ranks[$0] }
    }
}
