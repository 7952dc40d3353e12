package import Addressing

/// Addresses and where they lead for one person.
package struct OwnedRange: Hashable, Sendable, Codable {
    package var range: AddressRange
    /// `nil` when several plants claim it and nobody was chosen.
    package var owner: PlantID?
    /// The owner's state; `noAgent` also when there is no owner.
    package var state: PlantState

    package init(range: AddressRange, owner: PlantID?, state: PlantState) {
        self.range = range
        self.owner = owner
        self.state = state
    }

    /// Whether the owner may keep the range from rivals that come later.
    var isIncumbency: Bool { owner != nil && state != .noAgent }
}

extension AddressRange {
    /// The fewest prefixes that hold exactly these addresses, ascending.
    package var prefixes: [Prefix] {
        var prefixes: [Prefix] = []
        var next = UInt64(lower.number)
        let end = UInt64(upper.number) + 1
        while next < end {
            var length = 32
            while length > 0 {
                let size = UInt64(1) << UInt64(32 - length + 1)
                guard next % size == 0, next + size <= end else { break }
                length -= 1
            }
            prefixes.append(Prefix(around: IPv4Address(number: UInt32(next)), length: length))
            next += UInt64(1) << UInt64(32 - length)
        }
        return prefixes
    }
}
