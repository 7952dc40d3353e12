import DeviceModel
import Synchronization

/// The time of a lab's devices: the machine's until somebody sets it, and as fast as somebody says.
final class PlantTime: Sendable {
    private struct State {
        /// nil: the machine's clock.
        var origin: (time: UnixTime, monotonic: Double)?
        var speed = 1.0
    }

    private let state = Mutex(State())

    var clock: PlantClock { PlantClock { [self] in now } }

    private var now: UnixTime { state.withLock { Self.now($0) } }

    func change(_ change: PlantClockChange) {
        state.withLock { state in
            var time = change.setTo.map { UnixTime(seconds: $0) } ?? Self.now(state)
            time = time + change.advanceSeconds
            state.speed = max(0, change.speed ?? state.speed)
            state.origin = (time, monotonicSeconds())
        }
    }

    private static func now(_ state: State) -> UnixTime {
        guard let origin = state.origin else { return PlantClock.system.now }
        return origin.time + (monotonicSeconds() - origin.monotonic) * state.speed
    }
}
