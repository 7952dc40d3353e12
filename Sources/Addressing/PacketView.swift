/// A checked view on an IPv4 packet that lies in somebody else's memory; valid only while that memory is.
///
/// A view exists only of a packet whose header and total length lie within the bytes given, so its accessors need no further checks.
/// Bytes after the total length are not part of it.
package struct PacketView {
    package let base: UnsafeMutableRawPointer
    package let headerByteCount: Int
    package let byteCount: Int

    /// Why bytes are not a packet.
    package enum Flaw: Error, Hashable, Sendable {
        /// Too short, or lengths that contradict each other.
        case malformed
        case notIPv4
        case headerChecksum
    }

    package init(_ bytes: UnsafeMutableRawBufferPointer) throws(Flaw) {
        guard let base = bytes.baseAddress, bytes.count >= 1 else { throw .malformed }
        let first = bytes[0]
        guard first >> 4 == 4 else { throw .notIPv4 }
        guard bytes.count >= Self.minimumHeaderByteCount else { throw .malformed }
        let headerByteCount = Int(first & 15) * 4
        let byteCount = Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        guard headerByteCount >= Self.minimumHeaderByteCount, byteCount >= headerByteCount, byteCount <= bytes.count
        else { throw .malformed }
        guard InternetChecksum.of(UnsafeRawBufferPointer(start: base, count: headerByteCount)) == 0 else {
            throw .headerChecksum
        }
        self.base = base
        self.headerByteCount = headerByteCount
        self.byteCount = byteCount
    }

    package static let minimumHeaderByteCount = 20

    package var source: IPv4Address {
        get { IPv4Address(number: word32(at: 12)) }
        nonmutating set { set32(newValue.number, at: 12) }
    }

    package var destination: IPv4Address {
        get { IPv4Address(number: word32(at: 16)) }
        nonmutating set { set32(newValue.number, at: 16) }
    }

    /// The IP protocol number.
    package var transport: UInt8 { byte(at: 9) }

    package var timeToLive: UInt8 { byte(at: 8) }

    package var identification: UInt16 { word16(at: 4) }

    package var mayNotFragment: Bool { word16(at: 6) & 0x4000 != 0 }

    /// A part of a larger packet, first or later.
    package var isFragment: Bool { word16(at: 6) & 0x3FFF != 0 }

    /// A part that carries no transport header.
    package var isLaterFragment: Bool { word16(at: 6) & 0x1FFF != 0 }

    package var headerChecksum: UInt16 {
        get { word16(at: 10) }
        nonmutating set { set16(newValue, at: 10) }
    }

    package var payloadByteCount: Int { byteCount - headerByteCount }

    /// Takes one hop off and keeps the header checksum right.
    ///
    /// - Precondition: the time to live is above zero.
    package func decrementTimeToLive() {
        let old = word16(at: 8)
        set16(old &- 0x100, at: 8)
        headerChecksum = InternetChecksum.updated(headerChecksum, from: old, to: old &- 0x100)
    }

    /// The whole packet.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// What follows the IP header.
    package var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + headerByteCount, count: payloadByteCount)
    }

    func byte(at offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    func word16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    func word32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func set16(_ value: UInt16, at offset: Int) {
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    func set32(_ value: UInt32, at offset: Int) {
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }
}

/// IP protocol numbers.
package enum Transport {
    package static let icmp: UInt8 = 1
    package static let tcp: UInt8 = 6
    package static let udp: UInt8 = 17
}
