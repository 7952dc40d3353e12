import AccessModel
import Addressing
import Glibc
import LinuxFabric
import ScenarioModel
import Synchronization
import Timebase

/// Asks a device again and again on a thread of its own, over one connection for as long as that lives.
final class Poller: Sendable {
    /// How long one question may take before the connection is given up.
    private static let limit = Span.milliseconds(500)

    private struct State {
        var tally = PollTally()
        var lastAnswer: Moment
    }

    private let service: ProbeProtocol
    private let namespace: NetworkNamespace
    private let target: Target
    private let interval: Span
    private let stopped = Atomic<Bool>(false)
    private let state = Mutex(State(lastAnswer: .now))

    init(service: ProbeProtocol, namespace: NetworkNamespace, target: Target, interval: Span) {
        self.service = service
        self.namespace = namespace
        self.target = target
        self.interval = interval
    }

    func start() throws {
        try BlockingCall.start(name: "poller") { self.run() }
    }

    func stop() { stopped.store(true, ordering: .relaxed) }

    /// Everything so far, the silence up to now included.
    var tally: PollTally {
        state.withLock { state in
            var tally = state.tally
            tally.longestGap = max(tally.longestGap, Self.duration(Moment.now.since(state.lastAnswer)))
            return tally
        }
    }

    private func run() {
        while !stopped.load(ordering: .relaxed) {
            do {
                try pollOneConnection()
            } catch {
                state.withLock { $0.tally.failureCount += 1 }
                rest()
            }
        }
    }

    /// Ends by an error, or when the poller is stopped.
    private func pollOneConnection() throws {
        let ask = try connect()
        while !stopped.load(ordering: .relaxed) {
            note(try ask(Moment.now + Self.limit))
            rest()
        }
    }

    /// One question over the connection, answered by whom.
    private typealias Question = (_ deadline: Moment) throws -> DeviceReference?

    private func connect() throws -> Question {
        let deadline = Moment.now + Self.limit
        guard service == .http else {
            let probe = try ModbusProbe(from: namespace, to: target.endpoint, deadline: deadline)
            return { [unit = UInt8(clamping: target.unit)] in try probe.identity(unit: unit, deadline: $0) }
        }
        let socket = try ProbeSocket(from: namespace, to: target.endpoint, deadline: deadline)
        return { [target] in
            try HTTPProbe.get("/", over: socket, host: target.address, keepAlive: true, deadline: $0).identity
        }
    }

    private func note(_ answerer: DeviceReference?) {
        state.withLock { state in
            let now = Moment.now
            // The first answer begins the count: how long the connection took to open is no gap.
            if state.tally.answerCount > 0 {
                state.tally.longestGap = max(state.tally.longestGap, Self.duration(now.since(state.lastAnswer)))
            }
            state.lastAnswer = now
            state.tally.answerCount += 1
            if let plant = answerer?.plant, !state.tally.answeredBy.contains(plant) {
                state.tally.answeredBy.append(plant)
            }
        }
    }

    private func rest() { usleep(useconds_t(clamping: interval.nanoseconds / 1000)) }

    private static func duration(_ span: Span) -> Duration { .nanoseconds(Int64(clamping: span.nanoseconds)) }
}
