/// The 16-bit ones' complement sum of RFC 1071, and its incremental update of RFC 1624.
package enum InternetChecksum {
    /// Adds bytes, as big-endian 16-bit words, to a sum that `fold` later finishes; an odd last byte counts as the high one.
    package static func add(_ bytes: UnsafeRawBufferPointer, to sum: UInt64) -> UInt64 {
        var total = sum
        var offset = 0
        while offset + 4 <= bytes.count {
            total &+= UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            offset += 4
        }
        if offset + 2 <= bytes.count {
            total &+= UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
            offset += 2
        }
        if offset < bytes.count { total &+= UInt64(bytes[offset]) << 8 }
        return total
    }

    /// The checksum field's value for a sum.
    package static func fold(_ sum: UInt64) -> UInt16 {
        var folded = sum
        while folded >> 16 != 0 { folded = (folded & 0xFFFF) &+ (folded >> 16) }
        return ~UInt16(truncatingIfNeeded: folded)
    }

    /// The checksum of these bytes; zero when they hold a right checksum.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt16 { fold(add(bytes, to: 0)) }

    /// The sum over the pseudo header that TCP and UDP checksums start with.
    package static func pseudoHeader(
        source: IPv4Address, destination: IPv4Address, transport: UInt8, byteCount: Int
    ) -> UInt64 {
        UInt64(source.number) &+ UInt64(destination.number) &+ UInt64(transport) &+ UInt64(byteCount)
    }

    /// A checksum after one of the 16-bit words under it changed.
    package static func updated(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
        fold(UInt64(~checksum) &+ UInt64(~old) &+ UInt64(new))
    }
}
