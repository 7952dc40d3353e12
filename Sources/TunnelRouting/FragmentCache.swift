import Timebase

/// Remembers the flows of packets that came in parts, for their later parts carry no ports.
struct FragmentCache {
    struct Key: Hashable {
        var peer: Int32
        var source: UInt32
        var destination: UInt32
        var identification: UInt16
        var transport: UInt8
    }

    private struct Entry {
        var key: Key
        var flow: Int32
        var flowID: UInt64
        var moment: Moment
    }

    private static let slotCount = 512
    private static let lifetime = Span.seconds(30)
    /// One entry per slot; a newer packet displaces an older one.
    private var entries = [Entry?](repeating: nil, count: slotCount)

    mutating func note(_ key: Key, flow: Int32, flowID: UInt64, at now: Moment) {
        entries[Self.slot(of: key)] = Entry(key: key, flow: flow, flowID: flowID, moment: now)
    }

    func find(_ key: Key, at now: Moment) -> (flow: Int32, flowID: UInt64)? {
        guard let entry = entries[Self.slot(of: key)], entry.key == key, now.since(entry.moment) <= Self.lifetime
        else { return nil }
        return (entry.flow, entry.flowID)
    }

    private static func slot(of key: Key) -> Int {
        var hash = (UInt64(key.source) << 32 | UInt64(key.destination)) &* 0x9FB2_1C65_1E98_DF25
        hash ^= UInt64(key.identification) &* 0xD6E8_FEB8_6659_FD93
        return Int((hash >> 40) % UInt64(slotCount))
    }
}
