import DeviceModel
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A data logger, its listening socket and its connections.
final class DataloggerStation: Sendable {
    let logger: Datalogger
    let configuration: DataloggerConfiguration
    let record: DeviceRecord
    /// How connections are encrypted; nil: not.
    let security: NIOSSLContext?

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var reach = SocketReach.open
        var accepted = 0
        /// The listening socket; NIO closes the descriptor unless it is ours.
        var listener: Int32
        var isListenerOurs = false
    }

    private let state: Mutex<State>

    init(
        _ logger: Datalogger, _ configuration: DataloggerConfiguration, _ record: DeviceRecord, listener: Int32,
        security: NIOSSLContext?
    ) {
        self.logger = logger
        self.configuration = configuration
        self.record = record
        state = Mutex(State(listener: listener))
        self.security = security
    }

    deinit {
        let (listener, isOurs) = state.withLock { ($0.listener, $0.isListenerOurs) }
        if isOurs { Glibc.close(listener) }
    }

    var listener: Int32 { state.withLock { $0.listener } }

    /// Takes a descriptor of our own, so that the socket outlives NIO's.
    func keepListener() {
        state.withLock { state in
            let own = fcntl(state.listener, F_DUPFD_CLOEXEC, 0)
            if own >= 0 { (state.listener, state.isListenerOurs) = (own, true) }
        }
    }

    /// NIO will close our descriptor from here on.
    func lendListener() { state.withLock { $0.isListenerOurs = false } }

    var reach: SocketReach { state.withLock { $0.reach } }

    func setReach(_ reach: SocketReach) { state.withLock { $0.reach = reach } }

    /// Takes a connection unless there are too many, or another device has the address this time.
    func admit(_ channel: any Channel) -> Bool {
        let fault = record.faults.current
        let isAdmitted = state.withLock { state in
            state.accepted += 1
            if fault.conflictsWith != nil, state.accepted % 2 == 0 { return false }
            guard state.channels.count < fault.connectionLimit ?? configuration.connectionLimit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        record.tally.count {
            if isAdmitted {
                $0.connections += 1
                $0.open += 1
            } else {
                $0.refusals += 1
            }
        }
        return isAdmitted
    }

    func forget(_ channel: any Channel) {
        let wasKnown = state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) != nil }
        if wasKnown { record.tally.count { $0.open -= 1 } }
    }

    /// Closes every connection so that peers get a reset.
    func endConnections() async {
        for channel in connections { try? await Self.reset(channel).get() }
    }

    /// Forgets every connection, and no peer is told: their packets go nowhere from now on.
    func abandonConnections() async {
        for channel in connections {
            guard let options = channel as? any SocketOptionProvider else { continue }
            // A socket under repair goes without a word.
            try? await options.unsafeSetSocketOption(level: .tcp, name: .init(rawValue: TCP_REPAIR), value: CInt(1))
                .flatMap { channel.close() }.get()
        }
    }

    private var connections: [any Channel] { state.withLock { Array($0.channels.values) } }

    /// Closes a connection so that the peer gets a reset.
    static func reset(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else { return channel.close() }
        return options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).flatMap { channel.close() }
    }
}
