import Foundation
import Glibc

/// Pings every device of a fleet and reads a register of one of each plant, all at once, from where it runs.
enum Sweep {
    /// - Parameter folder: holds `ping` and `read`, an address a line.
    /// - Returns: seconds for the pings and for the reads, pings and reads that were answered, and that were asked.
    static func run(folder: String, seconds: Int) throws -> String {
        let pinged = try addresses("\(folder)/ping")
        let read = try addresses("\(folder)/read")
        let start = Sockets.now
        let pings = try ping(pinged, until: start + Double(seconds))
        let pingSeconds = Sockets.now - start
        let reads = try readRegisters(read, until: start + Double(seconds))
        let total = Sockets.now - start
        return "\(pingSeconds) \(total - pingSeconds) \(pings) \(reads) \(pinged.count) \(read.count)"
    }

    private static func addresses(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private static func ping(_ addresses: [String], until end: Double) throws -> Int {
        let descriptor = socket(
            AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), Int32(IPPROTO_ICMP))
        guard descriptor >= 0 else { throw WorkloadFault(description: "no ping socket: errno \(errno)") }
        var size: Int32 = 4 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        var missing = Set<UInt32>()
        for address in addresses {
            var number = in_addr()
            guard inet_pton(AF_INET, address, &number) == 1 else { continue }
            missing.insert(number.s_addr)
        }
        let asked = missing.count
        let request: [UInt8] = [8, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0x5A, count: 24)
        var room = [UInt8](repeating: 0, count: 256)
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        func take() {
            var name = sockaddr_in()
            while true {
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let count = withUnsafeMutablePointer(to: &name) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(descriptor, &room, room.count, 0, $0, &length)
                    }
                }
                guard count > 0 else { return }
                if room[0] == 0 { missing.remove(name.sin_addr.s_addr) }
            }
        }
        while !missing.isEmpty, Sockets.now < end {
            for (index, address) in Array(missing).enumerated() {
                var name = sockaddr_in()
                name.sin_family = sa_family_t(AF_INET)
                name.sin_addr.s_addr = address
                _ = withUnsafePointer(to: &name) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(descriptor, request, request.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                // A burst that no queue on the way holds would only be sent again.
                if index % 256 == 255 {
                    poll(&watched, 1, 1)
                    take()
                }
            }
            let round = Sockets.now + 0.5
            while !missing.isEmpty, Sockets.now < round {
                poll(&watched, 1, 10)
                take()
            }
        }
        close(descriptor)
        return asked - missing.count
    }

    /// In groups, so that few files are open at a time.
    private static func readRegisters(_ addresses: [String], until end: Double) throws -> Int {
        var answered = 0
        for first in stride(from: 0, to: addresses.count, by: 500) {
            answered += try readRegisters(addresses[first..<min(first + 500, addresses.count)], until: end)
        }
        return answered
    }

    private static func readRegisters(_ addresses: ArraySlice<String>, until end: Double) throws -> Int {
        let request: [UInt8] = [0, 1, 0, 0, 0, 6, 1, 3, 0x9C, 0x40, 0, 2]
        var watched: [pollfd] = []
        for address in addresses {
            let descriptor = try Sockets.open()
            _ = try Sockets.use(descriptor, address, 502, connect)
            watched.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
        }
        var answered = 0
        var room = [UInt8](repeating: 0, count: 256)
        while !watched.isEmpty, Sockets.now < end {
            poll(&watched, nfds_t(watched.count), 100)
            for index in watched.indices where watched[index].revents != 0 {
                if watched[index].events == Int16(POLLOUT) {
                    if send(watched[index].fd, request, request.count, Int32(MSG_NOSIGNAL)) == request.count {
                        watched[index].events = Int16(POLLIN)
                        continue
                    }
                } else if recv(watched[index].fd, &room, room.count, 0) >= 13, room[7] == 3 {
                    answered += 1
                }
                close(watched[index].fd)
                watched[index].fd = -1
            }
            watched.removeAll { $0.fd < 0 }
        }
        return answered
    }
}
