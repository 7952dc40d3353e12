import Addressing
import Glibc
import LinuxFabric
import ScenarioModel
import Timebase

/// Why a probe ended without an answer, under the name that a scenario uses for it.
struct ProbeFailure: Error, CustomStringConvertible {
    var outcome: Condition.Outcome
    var description: String
}

/// A TCP connection from a laptop, watched closely enough to tell a refusal's ICMP code from errno's blur.
final class ProbeSocket {
    private let owner: Descriptor

    var descriptor: Int32 { owner.number }

    /// Connects from inside a node's namespace.
    init(from namespace: NetworkNamespace, to endpoint: Endpoint, deadline: Moment) throws {
        let number = try namespace.perform { () throws(LinuxError) in try Self.open(SOCK_STREAM) }
        owner = Descriptor(owning: number)
        try connect(to: endpoint, deadline: deadline)
    }

    static func open(_ kind: __socket_type, transport: Int32 = 0) throws(LinuxError) -> Int32 {
        let descriptor = socket(
            AF_INET, Int32(kind.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), transport)
        guard descriptor >= 0 else { throw LinuxError("socket", errno) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_IP), IP_RECVERR, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    func connect(to endpoint: Endpoint, deadline: Moment) throws(ProbeFailure) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in(endpoint)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result != 0 else { return }
        guard errno == EINPROGRESS else { throw failure(errno, doing: "connect to \(endpoint)") }
        try wait(for: Int16(POLLOUT), deadline: deadline, doing: "connect to \(endpoint)")
        let problem = takeError()
        guard problem == 0 else { throw failure(problem, doing: "connect to \(endpoint)") }
        // An ICMP error wakes the waiter a moment before the kernel notes it as the socket's own.
        guard isConnected else { throw failure(ENOTCONN, doing: "connect to \(endpoint)") }
    }

    private var isConnected: Bool {
        var peer = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
        }
    }

    func write(_ bytes: [UInt8], deadline: Moment) throws(ProbeFailure) {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                offset += sent
            } else if errno == EAGAIN {
                try wait(for: Int16(POLLOUT), deadline: deadline, doing: "send")
            } else if errno != EINTR {
                throw failure(errno, doing: "send")
            }
        }
    }

    /// - Returns: what came, at most `limit` bytes; empty when the other side closed.
    func read(limit: Int = 65536, deadline: Moment) throws(ProbeFailure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        while true {
            let count = recv(descriptor, &buffer, limit, 0)
            if count >= 0 { return Array(buffer[..<count]) }
            if errno == EAGAIN {
                try wait(for: Int16(POLLIN), deadline: deadline, doing: "receive")
            } else if errno != EINTR {
                throw failure(errno, doing: "receive")
            }
        }
    }

    /// Reads exactly `count` bytes.
    func read(exactly count: Int, deadline: Moment) throws(ProbeFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(limit: count - bytes.count, deadline: deadline)
            guard !more.isEmpty else {
                throw ProbeFailure(outcome: .reset, description: "closed after \(bytes.count) of \(count) bytes")
            }
            bytes += more
        }
        return bytes
    }

    private func wait(for events: Int16, deadline: Moment, doing what: String) throws(ProbeFailure) {
        while true {
            let left = deadline.since(.now).nanoseconds
            guard left > 0 else { throw ProbeFailure(outcome: .timeout, description: "\(what): no answer in time") }
            var watched = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&watched, 1, Int32(clamping: (left + 999_999) / 1_000_000))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw failure(errno, doing: what) }
        }
    }

    private func takeError() -> Int32 {
        var problem: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &length)
        return problem
    }

    private func failure(_ problem: Int32, doing what: String) -> ProbeFailure {
        ProbeFailure(problem, icmp: try? ErrorQueue.next(descriptor), doing: what)
    }
}

extension ProbeFailure {
    /// Names the outcome by the ICMP message that caused it; errno alone cannot tell 3/1 from 3/13.
    init(_ problem: Int32, icmp: ErrorQueue.Entry?, doing what: String) {
        let text = "\(what): \(String(cString: strerror(problem)))"
        guard let icmp, icmp.type == 3 else {
            self.init(outcome: Self.outcome(of: problem), description: text)
            return
        }
        let outcome: Condition.Outcome =
            switch icmp.code {
            case 0: .noRoute
            case 1: .hostUnreachable
            case 3: .refused
            case 13: .adminProhibited
            default: Self.outcome(of: problem)
            }
        self.init(outcome: outcome, description: "\(text), ICMP 3/\(icmp.code) from \(icmp.reporter)")
    }

    private static func outcome(of problem: Int32) -> Condition.Outcome {
        switch problem {
        case ECONNREFUSED: .refused
        case ECONNRESET, EPIPE: .reset
        case ENETUNREACH: .noRoute
        case EHOSTUNREACH: .hostUnreachable
        default: .timeout
        }
    }
}
