import Addressing
import Glibc
import LinuxFabric
import ScenarioModel
import Timebase

/// One echo request over an unprivileged ICMP socket.
enum ICMPProbe {
    static func echo(from namespace: NetworkNamespace, to address: IPv4Address, deadline: Moment) throws {
        let descriptor = try namespace.perform { () throws(LinuxError) in
            try ProbeSocket.open(SOCK_DGRAM, transport: Int32(IPPROTO_ICMP))
        }
        defer { Glibc.close(descriptor) }
        var target = sockaddr_in(Endpoint(address, 0))
        let request: [UInt8] = [8, 0, 0, 0, 0, 0, 0, 1] + [UInt8]("mirox-rig".utf8)
        let sent = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, request, request.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard sent == request.count else { throw ProbeFailure(errno, icmp: nil, doing: "ping \(address)") }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = deadline.since(.now).nanoseconds
        guard poll(&watched, 1, Int32(clamping: (left + 999_999) / 1_000_000)) > 0 else {
            throw ProbeFailure(outcome: .timeout, description: "ping \(address): no answer in time")
        }
        var buffer = [UInt8](repeating: 0, count: 256)
        guard recv(descriptor, &buffer, buffer.count, 0) < 8 else { return }
        let problem = errno
        throw ProbeFailure(problem, icmp: try? ErrorQueue.next(descriptor), doing: "ping \(address)")
    }
}
