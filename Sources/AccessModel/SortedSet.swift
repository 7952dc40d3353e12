/// A set that is walked, written and compared in ascending order.
package struct SortedSet<Element: Hashable & Comparable & Sendable & Codable>: Hashable, Sendable, Codable,
    ExpressibleByArrayLiteral
{
    private var members: Set<Element>

    package init(_ elements: some Sequence<Element>) { members = Set(elements) }

    package init(arrayLiteral elements: Element...) { members = Set(elements) }

    package init(from decoder: any Decoder) throws {
        members = Set(try [Element](from: decoder))
    }

    package func encode(to encoder: any Encoder) throws { try sorted.encode(to: encoder) }

    /// Its elements, ascending.
    package var sorted: [Element] { members.sorted() }

    package var count: Int { members.count }

    package var isEmpty: Bool { members.isEmpty }

    package func contains(_ element: Element) -> Bool { members.contains(element) }

    package func contains(where matches: (Element) -> Bool) -> Bool { members.contains(where: matches) }

    package mutating func insert(_ element: Element) { members.insert(element) }

    package mutating func remove(_ element: Element) { members.remove(element) }
}
