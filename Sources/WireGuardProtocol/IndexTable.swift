/// Who holds which receiver index, handshakes and keypairs in one table.
///
/// Indices are random numbers of 32 bits whose low bits name a free place of the table, so looking up is one access and
/// an index tells a stranger nothing.
struct IndexTable {
    enum Holder {
        case nobody
        case handshake(Peer)
        case keypair(Keypair)
    }

    private struct Entry {
        var index: UInt32 = 0
        var holder = Holder.nobody

        var isFree: Bool {
            if case .nobody = holder { true } else { false }
        }
    }

    private var entries: [Entry]
    private(set) var count = 0

    init() { entries = [Entry](repeating: Entry(), count: 8) }

    func holder(of index: UInt32) -> Holder {
        let entry = entries[place(of: index)]
        return entry.index == index ? entry.holder : .nobody
    }

    /// Gives out an index; a random number whose place is taken is drawn again.
    mutating func take(_ holder: Holder, random: () -> UInt32) -> UInt32 {
        if count * 2 >= entries.count { grow() }
        var index = random()
        for _ in 0..<64 where !entries[place(of: index)].isFree { index = random() }
        // Half of the places are free: after 64 draws the source is broken, and any free index does.
        while !entries[place(of: index)].isFree { index &+= 1 }
        entries[place(of: index)] = Entry(index: index, holder: holder)
        count += 1
        return index
    }

    /// Hands an index on, as from a handshake to its keypair.
    mutating func replace(_ index: UInt32, by holder: Holder) {
        entries[place(of: index)].holder = holder
    }

    mutating func release(_ index: UInt32) {
        let place = place(of: index)
        guard entries[place].index == index, !entries[place].isFree else { return }
        entries[place] = Entry()
        count -= 1
    }

    private func place(of index: UInt32) -> Int { Int(index) & (entries.count - 1) }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(), count: old.count * 2)
        // Two indices that differ in fewer low bits differ in more, too.
        for entry in old where !entry.isFree { entries[place(of: entry.index)] = entry }
    }
}
