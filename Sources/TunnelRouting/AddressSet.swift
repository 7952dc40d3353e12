package import Addressing

/// A set of addresses made of prefixes, which may overlap; asked by binary search.
package struct AddressSet: Hashable, Sendable {
    /// Disjoint, ascending.
    private var lowers: [UInt32] = []
    private var uppers: [UInt32] = []

    package init(_ prefixes: [Prefix]) {
        for range in prefixes.map(\.range).sorted() {
            if let last = uppers.last, range.lower.number <= last {
                uppers[uppers.count - 1] = max(last, range.upper.number)
            } else {
                lowers.append(range.lower.number)
                uppers.append(range.upper.number)
            }
        }
    }

    package func contains(_ address: IPv4Address) -> Bool {
        var low = 0
        var high = lowers.count
        while low < high {
            let middle = (low + high) / 2
            if lowers[middle] <= address.number { low = middle + 1 } else { high = middle }
        }
        return low > 0 && address.number <= uppers[low - 1]
    }
}
