import Glibc
package import WireGuardProtocol

/// The operating system's entropy and wall clock, in the shape that engines take.
package enum SystemSources {
    /// Fills the buffer, a call to the kernel for each 256 bytes.
    package static func entropy(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let start = buffer.baseAddress else { return }
        for offset in stride(from: 0, to: buffer.count, by: 256) {
            let result = getentropy(start + offset, min(256, buffer.count - offset))
            precondition(result == 0, "the kernel gives random bytes once it has started")
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
