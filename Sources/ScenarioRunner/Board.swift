import ScenarioModel
import Synchronization

/// What a run knows while it runs, shared by the tasks that listen and the one that acts.
final class Board: Sendable {
    private struct State {
        var watch: InvariantWatch
        var changes: [String] = []
        var underWay: (label: StepLabel, step: Step)?
        var stepNumber = 0
        var lastMark: UInt64 = 0
        var seenMark: UInt64 = 0
        var isTicking = false
        var memories: [MemoryID: Sighting] = [:]
    }

    private let state: Mutex<State>
    /// Signalled by every change, every new violation and every mark.
    let pulse = Pulse()

    private static let keptChanges = 6

    init(_ watch: InvariantWatch) {
        state = Mutex(State(watch: watch))
    }

    var violation: Violation? { state.withLock { $0.watch.violation } }

    var unaccounted: [Forwarding] { state.withLock { $0.watch.unaccounted } }

    var packets: [InvariantWatch.Delivery: Int] { state.withLock { $0.watch.packets } }

    var lastChanges: [String] { state.withLock { $0.changes } }

    /// The newest step that began.
    var underWay: (label: StepLabel, step: Step)? {
        get { state.withLock { $0.underWay } }
        set { state.withLock { $0.underWay = newValue } }
    }

    func remember(_ sighting: Sighting, as id: MemoryID) { state.withLock { $0.memories[id] = sighting } }

    func memory(_ id: MemoryID) -> Sighting? { state.withLock { $0.memories[id] } }

    func missing(in audited: [AuditedFlow]) -> [AuditedFlow] { state.withLock { $0.watch.missing(in: audited) } }

    /// Whether syncs run by themselves.
    var isTicking: Bool { state.withLock { $0.isTicking } }

    func ticksChanged(by sync: Action.Sync) {
        state.withLock { state in
            switch sync {
            case .every: state.isTicking = true
            case .pause: state.isTicking = false
            case .now, .next: break
            }
        }
    }

    func nextStepNumber() -> Int {
        state.withLock { state in
            state.stepNumber += 1
            return state.stepNumber
        }
    }

    func actionBegins(_ action: Action) { state.withLock { $0.watch.actionBegins(action) } }

    func actionEnded(_ action: Action, _ outcome: ActionOutcome?) {
        state.withLock { $0.watch.actionEnded(action, outcome) }
        pulse.signal()
    }

    /// - Parameters:
    ///   - line: as the report shows it; `nil` for what is only for the invariants.
    ///   - seconds: since the run began.
    func record(_ change: WorldChange, line: String?, at seconds: Double) {
        state.withLock { state in
            if let line { state.changes.append(line) }
            if state.changes.count > Self.keptChanges { state.changes.removeFirst() }
            state.watch.changed(change, at: seconds)
        }
        pulse.signal()
    }

    func record(_ decision: Decision) {
        let isNews = state.withLock { state in
            switch decision {
            case .mark(let number):
                state.seenMark = max(state.seenMark, number)
                return true
            case .forwarded(let forwarding):
                let before = state.watch.violation
                state.watch.forwarded(forwarding)
                return state.watch.violation != before
            case .refused(let refusal):
                let before = state.watch.violation
                state.watch.refused(refusal)
                return state.watch.violation != before
            }
        }
        // A packet by itself changes no condition; waking everybody for each would make looks a busy loop.
        if isNews { pulse.signal() }
    }

    func nextMark() -> UInt64 {
        state.withLock { state in
            state.lastMark += 1
            return state.lastMark
        }
    }

    func hasSeen(_ mark: UInt64) -> Bool { state.withLock { $0.seenMark >= mark } }
}
