/// Joins TCP segments that follow each other, or UDP datagrams, into one packet that a TUN device takes in one call.
///
/// The bytes stay where they are until `finish`; only the first packet's headers are then changed. Packets join only when the packet
/// made of them says exactly what they said: same addresses, ports, time to live, service and fragment bits; no IP options; equal
/// lengths but for a last shorter one; identifications in a row, unless fragments are forbidden, where they mean nothing; and checksums
/// that are right, since the receiver of the joined packet is told not to look. Of TCP also: same acknowledgement, window and options;
/// sequence numbers without a gap; no flag but ACK, and PSH only on the last. Of UDP: a checksum at all.
package struct SegmentJoiner: ~Copyable {
    package static let partLimit = 64
    private static let byteLimit = 65_535
    private static let acknowledge: UInt8 = 0x10
    private static let push: UInt8 = 0x08
    private static let tcp: UInt8 = 6
    private static let udp: UInt8 = 17
    private static let ipHeaderByteCount = 20
    private static let udpHeaderByteCount = 8

    /// What is to be written, in order: the first packet whole, then what lies behind the headers of the others.
    package let parts: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
    package private(set) var count = 0
    private var first: UnsafeMutableRawPointer?
    private var isTCP = true
    private var headerByteCount = 0
    private var partBytes = 0
    private var totalBytes = 0
    private var nextSequence: UInt32 = 0
    private var isClosed = false
    private var hasPush = false

    package init() {
        parts = .allocate(capacity: Self.partLimit)
        parts.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    deinit { parts.deallocate() }

    package var isEmpty: Bool { count == 0 }

    /// Takes a packet as the first, or as the next of those taken; it may follow only when it says the same.
    ///
    /// - Parameter joinsDatagrams: false where the device takes no long UDP packets.
    /// - Returns: false when what was taken must be finished first.
    package mutating func add(_ packet: UnsafeMutableRawBufferPointer, joinsDatagrams: Bool = true) -> Bool {
        guard let start = packet.baseAddress else { return true }
        guard count > 0 else {
            begin(packet, start, joinsDatagrams)
            return true
        }
        guard !isClosed, count < Self.partLimit, let first,
            follows(packet, UnsafeRawPointer(start), UnsafeRawPointer(first))
        else { return false }
        let payload = packet.count - headerByteCount
        parts[count] = UnsafeRawBufferPointer(rebasing: packet[headerByteCount...])
        count += 1
        totalBytes += payload
        nextSequence &+= UInt32(truncatingIfNeeded: payload)
        hasPush = isTCP && start.load(fromByteOffset: 33, as: UInt8.self) & Self.push != 0
        isClosed = hasPush || payload < partBytes
        return true
    }

    private mutating func begin(
        _ packet: UnsafeMutableRawBufferPointer, _ start: UnsafeMutableRawPointer, _ joinsDatagrams: Bool
    ) {
        parts[0] = UnsafeRawBufferPointer(packet)
        count = 1
        first = start
        isClosed = true
        hasPush = false
        let raw = UnsafeRawPointer(start)
        // Version and header length in one: IPv4 without options. No fragment, total length as given.
        guard packet.count > Self.ipHeaderByteCount + Self.udpHeaderByteCount, raw.byte(at: 0) == 0x45,
            raw.number16(at: 6) & 0x3FFF == 0, Int(raw.number16(at: 2)) == packet.count,
            let header = Self.headerByteCount(raw, byteCount: packet.count), packet.count > header,
            isRight(raw, byteCount: packet.count)
        else { return }
        isTCP = raw.byte(at: 9) == Self.tcp
        guard isTCP || joinsDatagrams else { return }
        headerByteCount = header
        partBytes = packet.count - headerByteCount
        totalBytes = packet.count
        if isTCP { nextSequence = raw.number32(at: 24) &+ UInt32(truncatingIfNeeded: partBytes) }
        isClosed = false
    }

    /// How long IP and transport header are together; `nil` of a packet that nothing may follow.
    private static func headerByteCount(_ packet: UnsafeRawPointer, byteCount: Int) -> Int? {
        switch packet.byte(at: 9) {
        case tcp:
            guard byteCount > 2 * ipHeaderByteCount else { return nil }
            let count = ipHeaderByteCount + Int(packet.byte(at: 32) >> 4) * 4
            // A segment that already pushes ends its run.
            return count >= 2 * ipHeaderByteCount && packet.byte(at: 33) == acknowledge ? count : nil
        case udp:
            return isWholeDatagram(packet, byteCount: byteCount) ? ipHeaderByteCount + udpHeaderByteCount : nil
        default:
            return nil
        }
    }

    /// Whether a UDP packet's length is right, and it has a checksum.
    private static func isWholeDatagram(_ packet: UnsafeRawPointer, byteCount: Int) -> Bool {
        Int(packet.number16(at: 24)) == byteCount - ipHeaderByteCount && packet.number16(at: 26) != 0
    }

    private func follows(
        _ packet: UnsafeMutableRawBufferPointer, _ next: UnsafeRawPointer, _ first: UnsafeRawPointer
    ) -> Bool {
        guard packet.count > headerByteCount, Int(next.number16(at: 2)) == packet.count,
            packet.count - headerByteCount <= partBytes, totalBytes + packet.count - headerByteCount <= Self.byteLimit,
            next.number16(at: 0) == first.number16(at: 0), next.number16(at: 6) == first.number16(at: 6),
            next.number16(at: 8) == first.number16(at: 8), next.number32(at: 12) == first.number32(at: 12),
            next.number32(at: 16) == first.number32(at: 16), next.number32(at: 20) == first.number32(at: 20),
            isTCP ? segmentFollows(next, first) : Self.isWholeDatagram(next, byteCount: packet.count)
        else { return false }
        let mayFragment = first.number16(at: 6) & 0x4000 == 0
        if mayFragment, next.number16(at: 4) != first.number16(at: 4) &+ UInt16(count) { return false }
        return isRight(next, byteCount: packet.count)
    }

    private func segmentFollows(_ next: UnsafeRawPointer, _ first: UnsafeRawPointer) -> Bool {
        guard next.number32(at: 24) == nextSequence, next.number32(at: 28) == first.number32(at: 28),
            next.byte(at: 32) == first.byte(at: 32), next.byte(at: 33) & ~Self.push == Self.acknowledge,
            next.number16(at: 34) == first.number16(at: 34), next.number16(at: 38) == first.number16(at: 38)
        else { return false }
        for offset in 40..<headerByteCount where next.byte(at: offset) != first.byte(at: offset) { return false }
        return true
    }

    /// Whether both checksums are right.
    private func isRight(_ packet: UnsafeRawPointer, byteCount: Int) -> Bool {
        WideChecksum.sum(packet, byteCount: 20) == 0xFFFF
            && WideChecksum.sum(
                packet + 20, byteCount: byteCount - 20,
                adding: WideChecksum.pseudoHeader(packet, transportByteCount: byteCount - 20)) == 0xFFFF
    }

    /// Makes one packet of what was taken; `parts[..<count]` are its bytes until the next `add`.
    ///
    /// - Returns: what the device must be told.
    package mutating func finish() -> PacketOffload {
        guard count > 1, let first else { return .nothing }
        first.set16(UInt16(truncatingIfNeeded: totalBytes), at: 2)
        first.set16(0, at: 10)
        first.set16(~WideChecksum.sum(UnsafeRawPointer(first), byteCount: 20), at: 10)
        if hasPush { first.setByte(Self.acknowledge | Self.push, at: 33) }
        let pseudo = WideChecksum.pseudoHeader(UnsafeRawPointer(first), transportByteCount: totalBytes - 20)
        let checksumOffset = isTCP ? 16 : 6
        if !isTCP { first.set16(UInt16(truncatingIfNeeded: totalBytes - Self.ipHeaderByteCount), at: 24) }
        first.set16(WideChecksum.fold(pseudo), at: Self.ipHeaderByteCount + checksumOffset)
        return PacketOffload(
            kind: isTCP ? .segments : .datagrams, partBytes: partBytes, needsChecksum: true,
            checksumStart: Self.ipHeaderByteCount, checksumOffset: checksumOffset)
    }

    /// Forgets what was taken.
    package mutating func removeAll() {
        count = 0
        first = nil
    }
}
