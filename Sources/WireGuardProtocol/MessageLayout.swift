/// Where things lie in the four messages; all numbers little-endian.
enum MessageType {
    static let initiation: UInt32 = 1
    static let response: UInt32 = 2
    static let cookieReply: UInt32 = 3
    static let data: UInt32 = 4
}

enum InitiationLayout {
    static let sender = 4
    /// Ephemeral 32, static 32 + 16, timestamp 12 + 16.
    static let noise = 8
    static let mac1 = 116
    static let mac2 = 132
    static let byteCount = 148
}

enum ResponseLayout {
    static let sender = 4
    static let receiver = 8
    /// Ephemeral 32, nothing + 16.
    static let noise = 12
    static let mac1 = 60
    static let mac2 = 76
    static let byteCount = 92
}

enum CookieReplyLayout {
    static let receiver = 4
    static let nonce = 8
    /// Cookie 16 + 16.
    static let cookie = 32
    static let byteCount = 64
}

enum DataLayout {
    static let receiver = 4
    static let counter = 8
    static let headerByteCount = 16
    static let tagByteCount = 16
    static let leastByteCount = headerByteCount + tagByteCount
}

extension UnsafeRawPointer {
    func number(at offset: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func longNumber(at offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension UnsafeMutableRawPointer {
    func write(_ number: UInt32, at offset: Int) {
        storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    func write(_ number: UInt64, at offset: Int) {
        storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
}
