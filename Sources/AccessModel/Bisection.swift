extension Array {
    /// The first index of the range from which on the condition holds, by bisection; its end when it never does.
    ///
    /// - Precondition: once the condition holds for an element, it holds for all behind it.
    package func partitioningIndex(in range: Range<Int>? = nil, where holds: (Element) -> Bool) -> Int {
        var low = range?.lowerBound ?? 0
        var high = range?.upperBound ?? count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
