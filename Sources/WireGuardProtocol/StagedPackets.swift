/// Inner packets that wait for keys, oldest first.
struct StagedPackets {
    private var packets: [[UInt8]] = []
    /// Packets before this place are gone; they are cut off together.
    private var first = 0

    var count: Int { packets.count - first }

    mutating func append(_ packet: [UInt8]) { packets.append(packet) }

    mutating func removeFirst() -> [UInt8]? {
        guard first < packets.count else { return nil }
        let packet = packets[first]
        packets[first] = []
        first += 1
        if first == packets.count {
            self = StagedPackets()
        } else if first > 64, first * 2 > packets.count {
            packets.removeFirst(first)
            first = 0
        }
        return packet
    }
}
