/// Cuts what a TUN device gave into packets as they go over the wire, checksums and all.
///
/// One packet at a time into the caller's memory; nothing is allocated. A packet with nothing left to do comes out as it is.
package struct PacketCutter {
    private let packet: UnsafeRawPointer
    private let byteCount: Int
    private let offload: PacketOffload
    /// IP and transport header, which every part gets a copy of.
    private let headerByteCount: Int
    private let ipHeaderByteCount: Int
    /// Bytes behind the headers that are handed out already.
    private var done = 0
    private var index: UInt16 = 0
    private var isOver = false

    /// - Returns: `nil` when headers and lengths contradict each other.
    package init?(_ packet: UnsafeRawBufferPointer, _ offload: PacketOffload) {
        guard let start = packet.baseAddress, packet.count >= 20 else { return nil }
        self.packet = start
        self.offload = offload
        byteCount = packet.count
        ipHeaderByteCount = Int(start.byte(at: 0) & 15) * 4
        guard offload.kind != .whole else {
            headerByteCount = 0
            if offload.needsChecksum {
                let end = offload.checksumStart + offload.checksumOffset + 2
                guard offload.checksumStart >= 20, offload.checksumOffset >= 0, end <= packet.count else { return nil }
            }
            return
        }
        guard start.byte(at: 0) >> 4 == 4, ipHeaderByteCount >= 20, offload.partBytes > 0 else { return nil }
        switch offload.kind {
        case .segments:
            guard start.byte(at: 9) == 6, packet.count >= ipHeaderByteCount + 20 else { return nil }
            let transport = Int(start.byte(at: ipHeaderByteCount + 12) >> 4) * 4
            guard transport >= 20 else { return nil }
            headerByteCount = ipHeaderByteCount + transport
        default:
            guard start.byte(at: 9) == 17 else { return nil }
            headerByteCount = ipHeaderByteCount + 8
        }
        guard packet.count > headerByteCount else { return nil }
    }

    /// How much room the next packet needs at least; `nil` when there is none.
    package var nextByteCount: Int? {
        guard !isOver else { return nil }
        guard offload.kind != .whole else { return byteCount }
        return headerByteCount + min(offload.partBytes, byteCount - headerByteCount - done)
    }

    /// Writes the next packet.
    ///
    /// - Returns: its length; `nil` when there is none left, or too little room.
    package mutating func next(into room: UnsafeMutableRawBufferPointer) -> Int? {
        guard let count = nextByteCount, let out = room.baseAddress, count <= room.count else { return nil }
        guard offload.kind != .whole else {
            isOver = true
            out.copyMemory(from: packet, byteCount: byteCount)
            if offload.needsChecksum { completeChecksum(out) }
            return byteCount
        }
        out.copyMemory(from: packet, byteCount: headerByteCount)
        let part = count - headerByteCount
        (out + headerByteCount).copyMemory(from: packet + headerByteCount + done, byteCount: part)
        finishIPHeader(out, byteCount: count)
        let isLast = done + part == byteCount - headerByteCount
        if offload.kind == .segments {
            finishSegment(out, byteCount: count, isLast: isLast)
        } else {
            finishDatagram(out, byteCount: count)
        }
        done += part
        index &+= 1
        isOver = isLast
        return count
    }

    private func completeChecksum(_ out: UnsafeMutableRawPointer) {
        let start = offload.checksumStart
        let field = start + offload.checksumOffset
        let sum = ~WideChecksum.sum(UnsafeRawPointer(out) + start, byteCount: byteCount - start)
        // UDP writes a sum of zero as all ones.
        let isUDP = packet.byte(at: 9) == 17
        out.set16(isUDP && sum == 0 ? 0xFFFF : sum, at: field)
    }

    private func finishIPHeader(_ out: UnsafeMutableRawPointer, byteCount: Int) {
        out.set16(UInt16(truncatingIfNeeded: byteCount), at: 2)
        out.set16(packet.number16(at: 4) &+ index, at: 4)
        out.set16(0, at: 10)
        out.set16(~WideChecksum.sum(UnsafeRawPointer(out), byteCount: ipHeaderByteCount), at: 10)
    }

    private func finishSegment(_ out: UnsafeMutableRawPointer, byteCount: Int, isLast: Bool) {
        let tcp = ipHeaderByteCount
        out.set32(packet.number32(at: tcp + 4) &+ UInt32(truncatingIfNeeded: done), at: tcp + 4)
        var flags = packet.byte(at: tcp + 13)
        // FIN and PSH belong to the last byte, CWR to the first segment.
        if !isLast { flags &= ~0x09 }
        if index > 0 { flags &= ~0x80 }
        out.setByte(flags, at: tcp + 13)
        out.set16(0, at: tcp + 16)
        out.set16(~transportSum(out, byteCount: byteCount), at: tcp + 16)
    }

    private func finishDatagram(_ out: UnsafeMutableRawPointer, byteCount: Int) {
        let udp = ipHeaderByteCount
        out.set16(UInt16(truncatingIfNeeded: byteCount - udp), at: udp + 4)
        out.set16(0, at: udp + 6)
        let sum = ~transportSum(out, byteCount: byteCount)
        out.set16(sum == 0 ? 0xFFFF : sum, at: udp + 6)
    }

    private func transportSum(_ out: UnsafeMutableRawPointer, byteCount: Int) -> UInt16 {
        let start = UnsafeRawPointer(out)
        let length = byteCount - ipHeaderByteCount
        return WideChecksum.sum(
            start + ipHeaderByteCount, byteCount: length,
            adding: WideChecksum.pseudoHeader(start, transportByteCount: length))
    }
}
