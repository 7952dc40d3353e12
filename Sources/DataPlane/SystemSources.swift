import Glibc
package import WireGuardProtocol

/// The operating system's entropy and wall clock, in the shape that engines take.
package enum SystemSources {
    package static func entropy(_ buffer: UnsafeMutableRawBufferPointer) {
        var random = SystemRandomNumberGenerator()
        var offset = 0
        while offset < buffer.count {
            withUnsafeBytes(of: random.next()) { word in
                let count = min(word.count, buffer.count - offset)
                UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<offset + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: word[..<count]))
            }
            offset += MemoryLayout<UInt64>.size
        }
    }

    /// The cipher for data that `MIROX_RIG_CIPHER` names; libsodium when it names none.
    package static let cipher: DataCipher =
        getenv("MIROX_RIG_CIPHER")
        .flatMap { DataCipher(rawValue: String(cString: $0)) } ?? .sodium

    package static func wallClock() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: UInt64(max(time.tv_sec, 0)), nanoseconds: UInt32(time.tv_nsec))
    }
}
