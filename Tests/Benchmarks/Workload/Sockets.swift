import Glibc

/// Why a benchmark cannot run.
struct WorkloadFault: Error, CustomStringConvertible {
    var description: String
}

enum Sockets {
    static func open(stream: Bool = true) throws -> Int32 {
        let kind = Int32(stream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
        let descriptor = socket(AF_INET, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw WorkloadFault(description: "no socket: errno \(errno)") }
        var on: Int32 = 1
        if stream {
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        } else {
            var size: Int32 = 4 << 20
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        }
        return descriptor
    }

    @discardableResult
    static func use(
        _ descriptor: Int32, _ address: String, _ port: Int,
        _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(port).bigEndian
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
            throw WorkloadFault(description: "'\(address)' is no address")
        }
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
