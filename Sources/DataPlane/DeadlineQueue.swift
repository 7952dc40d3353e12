package import Timebase

/// Elements by deadline, the earliest first; those of equal deadlines in the order they came.
///
/// A binary heap.
package struct DeadlineQueue<Element> {
    private var entries: [(deadline: Moment, sequence: UInt64, element: Element)] = []
    private var sequence: UInt64 = 0

    package init() {}

    package var count: Int { entries.count }

    /// The earliest deadline.
    package var next: Moment? { entries.first?.deadline }

    package mutating func insert(_ element: Element, at deadline: Moment) {
        sequence += 1
        entries.append((deadline, sequence, element))
        var child = entries.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest element if its deadline is not after `now`.
    package mutating func popDue(at now: Moment) -> Element? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return first.element }
            entries.swapAt(least, parent)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (entries[left].deadline, entries[left].sequence) < (entries[right].deadline, entries[right].sequence)
    }
}
