/// The Internet checksum of RFC 1071 over long runs, eight bytes a step.
///
/// A ones' complement sum does not depend on the byte order in which it is taken, so words are added as they lie and swapped once.
enum WideChecksum {
    /// The sum of the bytes as big-endian 16-bit words, folded to 16 bits; an odd last byte counts as the high one.
    static func sum(_ start: UnsafeRawPointer, byteCount: Int, adding initial: UInt64 = 0) -> UInt16 {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var offset = 0
        while offset &+ 32 <= byteCount {
            let one = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let two = start.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
            let three = start.loadUnaligned(fromByteOffset: offset &+ 16, as: UInt64.self)
            let four = start.loadUnaligned(fromByteOffset: offset &+ 24, as: UInt64.self)
            low &+= (one & 0xFFFF_FFFF) &+ (two & 0xFFFF_FFFF) &+ (three & 0xFFFF_FFFF) &+ (four & 0xFFFF_FFFF)
            high &+= (one >> 32) &+ (two >> 32) &+ (three >> 32) &+ (four >> 32)
            offset &+= 32
        }
        while offset &+ 4 <= byteCount {
            low &+= UInt64(start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            offset &+= 4
        }
        if offset &+ 2 <= byteCount {
            low &+= UInt64(start.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            offset &+= 2
        }
        if offset < byteCount { low &+= UInt64(start.load(fromByteOffset: offset, as: UInt8.self)) }
        return fold(UInt64(fold(low &+ high).byteSwapped) &+ initial)
    }

    static func fold(_ sum: UInt64) -> UInt16 {
        var folded = sum
        while folded >> 16 != 0 { folded = (folded & 0xFFFF) &+ (folded >> 16) }
        return UInt16(truncatingIfNeeded: folded)
    }

    /// What TCP and UDP sums begin with; `header` is the IP header.
    static func pseudoHeader(_ header: UnsafeRawPointer, transportByteCount: Int) -> UInt64 {
        UInt64(header.number32(at: 12)) &+ UInt64(header.number32(at: 16))
            &+ UInt64(header.load(fromByteOffset: 9, as: UInt8.self)) &+ UInt64(transportByteCount)
    }
}

extension UnsafeRawPointer {
    func number16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    func number32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func byte(at offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
}

extension UnsafeMutableRawPointer {
    func set16(_ value: UInt16, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    func set32(_ value: UInt32, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    func setByte(_ value: UInt8, at offset: Int) { storeBytes(of: value, toByteOffset: offset, as: UInt8.self) }
}
