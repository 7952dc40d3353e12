import CLinux
import Glibc

/// A set of descriptors to wait for; confined to the thread that waits.
final class Poller {
    /// Readable whenever something in the set is ready, so that one set can be waited for inside another.
    let descriptor: Int32
    private var ready = [clinux_event](repeating: clinux_event(), count: 64)

    init() throws(DeviceProblem) {
        descriptor = clinux_epoll_create()
        guard descriptor >= 0 else { throw .system("epoll", -descriptor) }
    }

    deinit { close(descriptor) }

    func add(_ other: Int32) throws(DeviceProblem) {
        let result = clinux_epoll_add(descriptor, other, UInt64(other), Self.flags(true, false))
        guard result == 0 else { throw .system("epoll", -result) }
    }

    func change(_ other: Int32, readable: Bool, writable: Bool) {
        _ = clinux_epoll_change(descriptor, other, UInt64(other), Self.flags(readable, writable))
    }

    /// Must come before the descriptor is closed.
    func remove(_ other: Int32) {
        _ = clinux_epoll_remove(descriptor, other)
    }

    /// The descriptors that are ready, at most 64; none when the time is up.
    ///
    /// Nil waits for ever.
    func wait(seconds: Double?) -> ArraySlice<clinux_event> {
        let nanoseconds = seconds.map { Int64(max(0, min($0, 3600)) * 1e9) } ?? -1
        let count = clinux_epoll_wait(descriptor, &ready, Int32(ready.count), nanoseconds)
        return ready.prefix(Int(max(count, 0)))
    }

    private static func flags(_ readable: Bool, _ writable: Bool) -> UInt32 {
        (readable ? UInt32(CLINUX_READABLE) : 0) | (writable ? UInt32(CLINUX_WRITABLE) : 0)
    }
}

extension clinux_event {
    var descriptor: Int32 { Int32(token) }
    var isReadable: Bool { flags & UInt32(CLINUX_READABLE) != 0 }
    var isWritable: Bool { flags & UInt32(CLINUX_WRITABLE) != 0 }
    var isBroken: Bool { flags & UInt32(CLINUX_BROKEN) != 0 }
}

extension DeviceProblem {
    static func system(_ call: String, _ code: Int32) -> DeviceProblem {
        DeviceProblem(.system, "\(call): \(String(cString: strerror(code)))")
    }
}
