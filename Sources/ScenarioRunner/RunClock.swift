import Synchronization

/// The time that a run lives in.
package protocol RunClock: Sendable {
    /// Since an origin that means nothing; never goes back.
    var now: Duration { get }
    /// How much later than asked things have run, summed up: time that the machine took and the product did not.
    var stalled: Duration { get }

    /// - Throws: when cancelled.
    func sleep(until moment: Duration) async throws
}

/// The machine's own monotonic clock, with a pulse that notices when the machine did not let us run.
package final class SystemRunClock: RunClock {
    private let origin = ContinuousClock.now
    private let total = StallTotal()
    private let meter: Task<Void, Never>

    /// How often it looks, and how much lateness is nothing special.
    private static let period: Duration = .milliseconds(10)
    private static let tolerance: Duration = .milliseconds(10)

    package init() {
        let total = total
        meter = Task {
            while !Task.isCancelled {
                let due = ContinuousClock.now.advanced(by: Self.period)
                guard (try? await Task.sleep(until: due, clock: .continuous)) != nil else { return }
                let late = due.duration(to: .now)
                if late > Self.tolerance { total.add(late) }
            }
        }
    }

    deinit { meter.cancel() }

    package var now: Duration { origin.duration(to: .now) }

    package var stalled: Duration { total.value }

    package func sleep(until moment: Duration) async throws {
        try await Task.sleep(until: origin.advanced(by: moment), clock: .continuous)
    }
}

private final class StallTotal: Sendable {
    private let total = Mutex(Duration.zero)

    var value: Duration { total.withLock { $0 } }

    func add(_ late: Duration) { total.withLock { $0 += late } }
}
