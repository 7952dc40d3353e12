/// Blocks of a pcapng file, little-endian, gathered until somebody writes them out.
///
/// Every block is whole, so blocks of several writers may stand in one file in any order behind the section and interface blocks.
package struct CaptureBlocks {
    /// What was gathered and not taken yet.
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { bytes.isEmpty }

    /// Forgets what was gathered; the memory is kept.
    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Begins a file.
    ///
    /// - Parameter application: the program that writes it.
    package mutating func appendSection(application: String) {
        appendBlock(type: 0x0A0D_0D0A) { body in
            body.append(UInt32(0x1A2B_3C4D))
            body.append(UInt16(1))
            body.append(UInt16(0))
            // The length of the section is not known.
            body.append(UInt64.max)
            body.appendOption(4, Array(application.utf8))
            body.appendEndOfOptions()
        }
    }

    /// Describes the next interface; they count from 0 in the order in which they are described.
    package mutating func appendInterface(_ interface: CaptureInterface) {
        appendBlock(type: 1) { body in
            // Raw IP: each packet begins with its IP header.
            body.append(UInt16(101))
            body.append(UInt16(0))
            body.append(UInt32(CaptureInterface.snapshotBytes))
            body.appendOption(2, Array(interface.name.utf8))
            body.appendOption(3, Array(interface.note.utf8))
            // Moments count in nanoseconds.
            body.appendOption(9, [9])
            body.appendEndOfOptions()
        }
    }

    /// Lines of a WireGuard key log, with which readers open the packets behind them.
    package mutating func appendSecrets(_ lines: [String]) {
        let text = Array(lines.map { $0 + "\n" }.joined().utf8)
        appendBlock(type: 10) { body in
            body.append(UInt32(0x5747_4B4C))
            body.append(UInt32(text.count))
            body.append(contentsOf: text)
            body.pad()
        }
    }

    /// A packet, in up to two pieces, as an interface saw it.
    ///
    /// - Parameters:
    ///   - header: bytes in front of the packet's own, none for most.
    ///   - nanoseconds: since 1970.
    ///   - comment: shown beside the packet.
    package mutating func appendPacket(
        header: [UInt8] = [], _ packet: UnsafeRawBufferPointer, on interface: UInt32, at nanoseconds: UInt64,
        _ direction: CaptureDirection, comment: String?
    ) {
        let whole = header.count + packet.count
        let kept = packet.prefix(max(0, CaptureInterface.snapshotBytes - header.count))
        appendBlock(type: 6) { body in
            body.append(interface)
            body.append(UInt32(truncatingIfNeeded: nanoseconds >> 32))
            body.append(UInt32(truncatingIfNeeded: nanoseconds))
            body.append(UInt32(header.count + kept.count))
            body.append(UInt32(whole))
            body.append(contentsOf: header)
            body.append(contentsOf: kept)
            body.pad()
            if let comment { body.appendOption(1, Array(comment.utf8.prefix(1_024))) }
            body.appendOption(2, [direction.rawValue, 0, 0, 0])
            body.appendEndOfOptions()
        }
    }

    /// Type and length around the body, which `write` fills up to a multiple of four bytes.
    private mutating func appendBlock(type: UInt32, _ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        bytes.append(type)
        bytes.append(UInt32(0))
        write(&bytes)
        let length = UInt32(bytes.count - start + 4)
        withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(start + 4..<start + 8, with: $0) }
        bytes.append(length)
    }
}

/// A place at which packets are captured.
package struct CaptureInterface: Hashable, Sendable {
    /// Longer packets are cut; none is, with 64 KiB the most that IP allows.
    package static let snapshotBytes = 262_144

    /// Node and device, `anna/laptop:tun0`.
    package var name: String
    package var note: String

    package init(name: String, note: String) {
        self.name = name
        self.note = note
    }
}

/// Which way a packet went at its interface.
package enum CaptureDirection: UInt8, Hashable, Sendable {
    case inbound = 1
    case outbound = 2
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// A block starts at a multiple of four, and so does everything in it: all blocks before are whole.
    fileprivate mutating func pad() {
        while count % 4 != 0 { append(UInt8(0)) }
    }

    fileprivate mutating func appendOption(_ code: UInt16, _ value: [UInt8]) {
        append(code)
        append(UInt16(value.count))
        append(contentsOf: value)
        pad()
    }

    fileprivate mutating func appendEndOfOptions() { append(UInt32(0)) }
}
