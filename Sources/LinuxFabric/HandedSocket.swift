package import Addressing
import CLinux
package import Glibc

/// A socket that is made in one network and used by somebody in another: it stays where it was made.
package final class HandedSocket: Sendable {
    package let descriptor: Descriptor
    package let endpoint: Endpoint

    private init(owning descriptor: consuming Descriptor) throws(LinuxError) {
        endpoint = try Self.localEndpoint(of: descriptor.number)
        self.descriptor = descriptor
    }

    package var number: Int32 { descriptor.number }

    /// A descriptor of the same socket for somebody who will close it.
    package func handOver() throws(LinuxError) -> Int32 {
        try descriptor.duplicate().release()
    }

    /// A listening TCP socket; port 0 takes a free one.
    package static func listen(at endpoint: Endpoint) throws(LinuxError) -> HandedSocket {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw LinuxError("making a socket", errno) }
        let descriptor = Descriptor(owning: number)
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in(endpoint)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, Glibc.listen(number, 128) == 0 else { throw LinuxError("listening at \(endpoint)", errno) }
        return try HandedSocket(owning: descriptor)
    }

    /// A UDP socket; port 0 takes a free one.
    package static func datagram(at endpoint: Endpoint) throws(LinuxError) -> HandedSocket {
        let number = try check(
            clinux_udp_open(endpoint.address.number, endpoint.port, 4 << 20, 0), "opening a UDP socket at \(endpoint)")
        return try HandedSocket(owning: Descriptor(owning: number))
    }

    /// The address that datagrams to that endpoint come from here, as routing has it; none is sent.
    package static func sourceAddress(towards endpoint: Endpoint) throws(LinuxError) -> IPv4Address {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw LinuxError("making a socket", errno) }
        let descriptor = Descriptor(owning: number)
        var address = sockaddr_in(endpoint)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw LinuxError("finding a way to \(endpoint)", errno) }
        return try localEndpoint(of: descriptor.number).address
    }

    private static func localEndpoint(of number: Int32) throws(LinuxError) -> Endpoint {
        var address: UInt32 = 0
        var port: UInt16 = 0
        try check(clinux_local_endpoint(number, &address, &port), "asking a socket for its address")
        return Endpoint(IPv4Address(number: address), port)
    }
}

extension sockaddr_in {
    package init(_ endpoint: Endpoint) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_addr.s_addr = endpoint.address.number.bigEndian
        sin_port = endpoint.port.bigEndian
    }
}
