import Addressing

/// Packets that the gateway made itself and that wait to be sealed, in one block of memory that is re-used.
package struct Outbox {
    private var bytes: [UInt8] = []
    private var entries: [(peer: PeerSlot, lower: Int, count: Int)] = []
    /// Over it packets are dropped and counted.
    let limitPackets: Int
    package private(set) var overflow: UInt64 = 0

    init(limitPackets: Int) {
        self.limitPackets = limitPackets
        bytes.reserveCapacity(64 * 128)
        entries.reserveCapacity(128)
    }

    package var isEmpty: Bool { entries.isEmpty }

    package var count: Int { entries.count }

    /// Hands out every packet in order of making, and is then empty; nothing may be appended meanwhile.
    package mutating func drain(_ body: (PeerSlot, UnsafeRawBufferPointer) -> Void) {
        guard !entries.isEmpty else { return }
        bytes.withUnsafeBytes { block in
            for entry in entries {
                body(entry.peer, UnsafeRawBufferPointer(rebasing: block[entry.lower..<entry.lower + entry.count]))
            }
        }
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// Appends a packet of that size, which `write` fills; it starts out as zeros.
    mutating func append(to peer: PeerSlot, byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        guard entries.count < limitPackets else {
            overflow += 1
            return
        }
        let lower = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: byteCount))
        bytes.withUnsafeMutableBytes { block in
            write(UnsafeMutableRawBufferPointer(rebasing: block[lower..<lower + byteCount]))
        }
        entries.append((peer, lower, byteCount))
    }
}
