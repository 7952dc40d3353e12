import Addressing
import Glibc
import LinuxFabric
import ScenarioModel
import Synchronization
import Timebase

/// A connection that a scenario opened and keeps: a thread of its own beats over it until it ends.
final class KeptConnection: Sendable {
    typealias Change = @Sendable (Condition.ConnectionState) -> Void

    private struct State {
        var isStalled = false
        var ended: Condition.ConnectionState?
        var descriptor: Int32
    }

    private let state: Mutex<State>
    private let stopped = Atomic<Bool>(false)
    private let heartbeat: Span
    private let change: Change

    /// One beat: true when it was answered within the limit.
    typealias Beat = (_ limitMilliseconds: Int32) -> Bool

    private init(descriptor: Int32, heartbeat: Span, change: @escaping Change) {
        state = Mutex(State(descriptor: fcntl(descriptor, F_DUPFD_CLOEXEC, 3)))
        self.heartbeat = heartbeat
        self.change = change
    }

    deinit { state.withLock { _ = Glibc.close($0.descriptor) } }

    /// What is opened, from where.
    struct Request: Sendable {
        var service: ProbeProtocol
        var namespace: NetworkNamespace
        var endpoint: Endpoint
        /// Of a Modbus device.
        var unit: UInt8
        var login: SSHProbe.Login?
        var heartbeat: Span
        /// How long the opening may take.
        var limit: Span
    }

    /// Opens the connection on a thread of its own and returns when it is established.
    static func open(_ request: Request, change: @escaping Change) async throws -> KeptConnection {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try BlockingCall.start(name: "kept") {
                    do {
                        try request.run { descriptor, beat in
                            let kept = KeptConnection(
                                descriptor: descriptor, heartbeat: request.heartbeat, change: change)
                            continuation.resume(returning: kept)
                            kept.run(beat)
                        }
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// How it stands at this moment, seen from the laptop's kernel.
    var now: Condition.ConnectionState {
        state.withLock { state in
            if let ended = state.ended { return ended }
            switch TCPState(of: state.descriptor) {
            case .reset: return .reset
            case .closed: return .closed
            case .established: return state.isStalled ? .stalled : .open
            }
        }
    }

    /// Ends it from the laptop's side.
    func close() {
        stopped.store(true, ordering: .relaxed)
        state.withLock { state in
            if state.ended == nil { state.ended = .closed }
            shutdown(state.descriptor, Int32(SHUT_RDWR))
        }
    }

    private func run(_ beat: Beat) {
        var last = Condition.ConnectionState.open
        let limit = Int32(clamping: max(1000, 3 * heartbeat.nanoseconds / 1_000_000))
        while !stopped.load(ordering: .relaxed) {
            let answered = beat(limit)
            let seen = note(isStalled: !answered)
            if seen != last { change(seen) }
            last = seen
            guard seen == .open || seen == .stalled else { break }
            waitForEnd()
        }
    }

    private func note(isStalled: Bool) -> Condition.ConnectionState {
        state.withLock { state in
            guard state.ended == nil else { return state.ended ?? .closed }
            switch TCPState(of: state.descriptor) {
            case .reset: state.ended = .reset
            case .closed: state.ended = .closed
            case .established: state.isStalled = isStalled
            }
            return state.ended ?? (isStalled ? .stalled : .open)
        }
    }

    /// Waits for one heartbeat, or for the end if that comes first.
    private func waitForEnd() {
        let descriptor = state.withLock { $0.descriptor }
        // POLLRDHUP
        var watched = pollfd(fd: descriptor, events: 0x2000, revents: 0)
        _ = poll(&watched, 1, Int32(clamping: heartbeat.nanoseconds / 1_000_000))
    }
}

extension KeptConnection.Request {
    /// Opens, and lends the established connection with the way to beat over it; it ends with the call.
    fileprivate func run(_ body: (_ descriptor: Int32, _ beat: KeptConnection.Beat) -> Void) throws {
        let deadline = Moment.now + limit
        switch service {
        case .ssh:
            let login = login ?? .init(user: "service", password: "")
            let probe = try SSHProbe(from: namespace, to: endpoint, login: login, deadline: deadline)
            let shell = try probe.openShell()
            body(probe.descriptor) { shell.beat(limitMilliseconds: $0) }
        case .modbus:
            let probe = try ModbusProbe(from: namespace, to: endpoint, deadline: deadline)
            body(probe.descriptor) { limit in
                let deadline = Moment.now + .milliseconds(UInt64(limit))
                return (try? probe.identity(unit: unit, deadline: deadline)) != nil
            }
        case .http:
            let socket = try ProbeSocket(from: namespace, to: endpoint, deadline: deadline)
            body(socket.descriptor) { limit in
                let deadline = Moment.now + .milliseconds(UInt64(limit))
                let answer = try? HTTPProbe.get(
                    "/", over: socket, host: endpoint.address, keepAlive: true, deadline: deadline)
                return answer != nil
            }
        case .tcp, .icmp, .snmp:
            let socket = try ProbeSocket(from: namespace, to: endpoint, deadline: deadline)
            body(socket.descriptor) { _ in TCPState(of: socket.descriptor) == .established }
        }
    }
}
