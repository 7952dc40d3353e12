import Addressing
import Timebase

/// Denied attempts, folded per person, address, transport and port, in bounded memory.
struct DenialLog {
    struct Key: Hashable {
        var person: Int32
        var address: UInt32
        var port: UInt16
        var transport: UInt8
    }

    struct Entry {
        var key: Key
        var id: UInt64
        var plant: Int32?
        var source: Endpoint
        var first: Moment
        var last: Moment
        var attempts: UInt64 = 1
        var revision: UInt64
        /// Attempts were added since it was last handed back.
        var isDirty = false

        init(key: Key, id: UInt64, plant: Int32?, source: Endpoint, revision: UInt64, at now: Moment) {
            self.key = key
            self.id = id
            self.plant = plant
            self.source = source
            self.revision = revision
            first = now
            last = now
        }
    }

    /// In order of first attempt.
    private(set) var entries: [Entry] = []
    private var indices: [Key: Int] = [:]
    private(set) var overflow: UInt64 = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Counts one more attempt of a known kind.
    ///
    /// - Returns: false when that kind is not known yet.
    mutating func noteAgain(_ key: Key, source: Endpoint, at now: Moment) -> Bool {
        guard let index = indices[key] else { return false }
        entries[index].attempts += 1
        entries[index].last = now
        entries[index].source = source
        entries[index].isDirty = true
        return true
    }

    /// Takes the first attempt of a kind; over the limit it is only counted.
    ///
    /// - Returns: whether it was taken.
    mutating func insert(_ entry: Entry) -> Bool {
        guard entries.count < limit else {
            overflow += 1
            return false
        }
        indices[entry.key] = entries.count
        entries.append(entry)
        return true
    }

    mutating func noteOverflow() { overflow += 1 }

    /// Hands back what changed since it was last handed back, and forgets what has been quiet since `moment`.
    mutating func sweep(quietSince moment: Moment) -> [Entry] {
        var changed: [Entry] = []
        for index in entries.indices where entries[index].isDirty {
            changed.append(entries[index])
            entries[index].isDirty = false
        }
        forget { $0.last < moment }
        return changed
    }

    /// Forgets a person's attempts and hands back those that were not shown.
    mutating func remove(person: Int32) -> [Entry] {
        let changed = entries.filter { $0.isDirty && $0.key.person == person }
        forget { $0.key.person == person }
        return changed
    }

    private mutating func forget(_ isGone: (Entry) -> Bool) {
        guard entries.contains(where: isGone) else { return }
        entries.removeAll(where: isGone)
        indices.removeAll(keepingCapacity: true)
        for (index, entry) in entries.enumerated() { indices[entry.key] = index }
    }
}
