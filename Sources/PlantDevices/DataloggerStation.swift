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

    /// What becomes of a connection.
    enum Admission {
        case served
        /// Accepted, and never answered.
        case ghost
        /// Turned away, in that manner.
        case closed, reset
    }

    /// A connection at this station's address.
    private struct Visit {
        let channel: any Channel
        /// Who answers, and counts it; nil for a ghost.
        let tally: DeviceTally?
    }

    private static let ghostLimit = 64

    private struct State {
        /// The oldest first.
        var visits: [Visit] = []
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

    /// The device that has taken this one's address, when the next connection is the other's: every second one is.
    func takeTurn() -> String? {
        guard let other = record.faults.current.conflictsWith else { return nil }
        return state.withLock { state in
            state.accepted += 1
            return state.accepted % 2 == 0 ? other : nil
        }
    }

    /// Takes a connection; what happens when there are too many is the device's own manner.
    ///
    /// - Parameter answerer: whose visitor it is; the limits are this station's.
    func admit(_ channel: any Channel, answeredBy answerer: DataloggerStation) -> Admission {
        let fault = record.faults.current
        let limit = fault.connectionLimit ?? configuration.connectionLimit
        let manner = fault.overLimit ?? configuration.overLimit
        let tally = answerer.record.tally
        let (admission, evicted) = state.withLock { state -> (Admission, (any Channel)?) in
            let served = state.visits.count { $0.tally != nil }
            if served < limit {
                state.visits.append(Visit(channel: channel, tally: tally))
                return (.served, nil)
            }
            switch manner {
            case .close: return (.closed, nil)
            case .silence where state.visits.count - served < Self.ghostLimit:
                state.visits.append(Visit(channel: channel, tally: nil))
                return (.ghost, nil)
            case .evict:
                guard let oldest = state.visits.first(where: { $0.tally != nil }) else { return (.reset, nil) }
                state.visits.append(Visit(channel: channel, tally: tally))
                return (.served, oldest.channel)
            case .reset, .silence: return (.reset, nil)
            }
        }
        tally.count {
            if case .served = admission {
                $0.connections += 1
                $0.open += 1
            } else {
                $0.refusals += 1
            }
        }
        if let evicted { _ = Self.reset(evicted) }
        return admission
    }

    func forget(_ channel: any Channel) {
        let visit = state.withLock { state -> Visit? in
            guard let index = state.visits.firstIndex(where: { $0.channel === channel }) else { return nil }
            return state.visits.remove(at: index)
        }
        visit?.tally?.count { $0.open -= 1 }
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

    private var connections: [any Channel] { state.withLock { $0.visits.map(\.channel) } }

    /// Closes a connection so that the peer gets a reset.
    static func reset(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else { return channel.close() }
        return options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).flatMap { channel.close() }
    }
}
