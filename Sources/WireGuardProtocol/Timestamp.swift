/// TAI64N, rounded down so that it tells nothing about the exact time of a key stroke.
struct Timestamp: Hashable, Comparable {
    static let byteCount = 12
    /// 2^24 ns, 16.8 ms.
    private static let stepNanoseconds: UInt32 = 1 << 24
    private static let stepsPerSecond: UInt32 = 60

    /// Zero is below every timestamp that is sent.
    var seconds: UInt64 = 0
    var nanoseconds: UInt32 = 0

    init() {}

    init(_ time: WallTime) {
        seconds = 0x4000_0000_0000_000A &+ time.seconds
        nanoseconds = time.nanoseconds & ~(Self.stepNanoseconds - 1)
    }

    init(bytes: UnsafeRawPointer) {
        seconds = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        nanoseconds = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }

    func write(into bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: seconds.bigEndian, as: UInt64.self)
        bytes.storeBytes(of: nanoseconds.bigEndian, toByteOffset: 8, as: UInt32.self)
    }

    /// The least timestamp above this one.
    var successor: Self {
        var next = self
        if nanoseconds / Self.stepNanoseconds + 1 < Self.stepsPerSecond {
            next.nanoseconds += Self.stepNanoseconds
        } else {
            next.seconds &+= 1
            next.nanoseconds = 0
        }
        return next
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}
