/// Values by IPv4 prefix, looked up by the longest prefix that contains an address: allowed IPs, routes.
///
/// A radix tree with compressed paths in one array, so a lookup visits at most 33 nodes and nothing is allocated for it.
package struct PrefixTable<Value> {
    fileprivate struct Node {
        var prefix: Prefix
        var value: Value?
        /// Places in `nodes` of the subtrees whose next bit is 0 and 1; `none` where there is no subtree.
        var children: (Int32, Int32) = (none, none)
    }

    private static var none: Int32 { -1 }

    private var nodes: [Node] = []
    private var free: [Int32] = []
    private var root = Int32(-1)

    /// How many prefixes have a value.
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Nodes with a value or where two subtrees part; at most twice `count`.
    var nodesInUse: Int { nodes.count - free.count }

    /// The value of the longest prefix that contains the address.
    package func lookup(_ address: IPv4Address) -> Value? {
        longestMatch(address)?.value
    }

    /// The longest prefix that contains the address, and its value.
    package func longestMatch(_ address: IPv4Address) -> (prefix: Prefix, value: Value)? {
        var best = Self.none
        var place = root
        while place != Self.none {
            guard nodes[Int(place)].prefix.contains(address) else { break }
            if nodes[Int(place)].value != nil { best = place }
            let length = nodes[Int(place)].prefix.length
            guard length < 32 else { break }
            place = child(of: place, bit: Self.bit(length, of: address))
        }
        guard best != Self.none, let value = nodes[Int(best)].value else { return nil }
        return (nodes[Int(best)].prefix, value)
    }

    /// The value of exactly that prefix; setting `nil` removes it.
    package subscript(prefix: Prefix) -> Value? {
        get {
            var place = root
            while place != Self.none {
                let node = nodes[Int(place)]
                if node.prefix == prefix { return node.value }
                guard node.prefix.length < prefix.length, node.prefix.contains(prefix) else { return nil }
                place = child(of: place, bit: Self.bit(node.prefix.length, of: prefix.address))
            }
            return nil
        }
        set {
            if let newValue { insert(prefix, newValue) } else { remove(prefix) }
        }
    }

    /// All prefixes with their values, ascending, a shorter prefix before the longer ones in it.
    package var entries: [(prefix: Prefix, value: Value)] {
        var entries: [(prefix: Prefix, value: Value)] = []
        entries.reserveCapacity(count)
        var waiting = root == Self.none ? [] : [root]
        while let place = waiting.popLast() {
            let node = nodes[Int(place)]
            if let value = node.value { entries.append((node.prefix, value)) }
            waiting.append(contentsOf: [node.children.1, node.children.0].filter { $0 != Self.none })
        }
        return entries
    }

    /// Removes every prefix whose value is such: all of a peer that goes.
    package mutating func removeAll(where isUnwanted: (Value) -> Bool) {
        for entry in entries where isUnwanted(entry.value) { remove(entry.prefix) }
    }

    private mutating func insert(_ prefix: Prefix, _ value: Value) {
        var parent = Self.none
        var place = root
        while place != Self.none {
            let node = nodes[Int(place)].prefix
            if node == prefix {
                if nodes[Int(place)].value == nil { count += 1 }
                nodes[Int(place)].value = value
                return
            }
            guard node.length < prefix.length, node.contains(prefix) else { break }
            parent = place
            place = child(of: place, bit: Self.bit(node.length, of: prefix.address))
        }
        count += 1
        let new = add(Node(prefix: prefix, value: value))
        guard place != Self.none else { return attach(new, to: parent) }
        let old = nodes[Int(place)].prefix
        if prefix.contains(old) {
            attach(place, to: new)
            attach(new, to: parent)
        } else {
            // Neither holds the other: a node without a value stands where they part.
            let common = (prefix.address.number ^ old.address.number).leadingZeroBitCount
            let fork = add(Node(prefix: Prefix(around: prefix.address, length: common), value: nil))
            attach(place, to: fork)
            attach(new, to: fork)
            attach(fork, to: parent)
        }
    }

    private mutating func remove(_ prefix: Prefix) {
        var path: [Int32] = []
        var place = root
        while place != Self.none, nodes[Int(place)].prefix != prefix {
            let node = nodes[Int(place)].prefix
            guard node.length < prefix.length, node.contains(prefix) else { return }
            path.append(place)
            place = child(of: place, bit: Self.bit(node.length, of: prefix.address))
        }
        guard place != Self.none, nodes[Int(place)].value != nil else { return }
        nodes[Int(place)].value = nil
        count -= 1
        // A node without a value has a reason only where two subtrees part; this one and its parent may have lost it.
        let parent = path.popLast() ?? Self.none
        shorten(place, below: parent)
        if parent != Self.none { shorten(parent, below: path.last ?? Self.none) }
    }

    /// Takes a node without value and with fewer than two subtrees out.
    private mutating func shorten(_ place: Int32, below parent: Int32) {
        guard place != Self.none, nodes[Int(place)].value == nil else { return }
        let children = nodes[Int(place)].children
        guard children.0 == Self.none || children.1 == Self.none else { return }
        let heir = children.0 == Self.none ? children.1 : children.0
        if parent == Self.none {
            root = heir
        } else {
            setChild(of: parent, bit: bit(of: nodes[Int(place)].prefix, below: parent), heir)
        }
        free.append(place)
    }

    private mutating func attach(_ place: Int32, to parent: Int32) {
        if parent == Self.none {
            root = place
        } else {
            setChild(of: parent, bit: bit(of: nodes[Int(place)].prefix, below: parent), place)
        }
    }

    private mutating func add(_ node: Node) -> Int32 {
        if let place = free.popLast() {
            nodes[Int(place)] = node
            return place
        }
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    private func child(of place: Int32, bit: Bool) -> Int32 {
        bit ? nodes[Int(place)].children.1 : nodes[Int(place)].children.0
    }

    private mutating func setChild(of place: Int32, bit: Bool, _ child: Int32) {
        if bit { nodes[Int(place)].children.1 = child } else { nodes[Int(place)].children.0 = child }
    }

    private func bit(of prefix: Prefix, below parent: Int32) -> Bool {
        Self.bit(nodes[Int(parent)].prefix.length, of: prefix.address)
    }

    private static func bit(_ index: Int, of address: IPv4Address) -> Bool {
        address.number & 0x8000_0000 >> UInt32(index) != 0
    }
}

extension PrefixTable: Sendable where Value: Sendable {}
extension PrefixTable.Node: Sendable where Value: Sendable {}
