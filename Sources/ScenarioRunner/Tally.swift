import Synchronization

/// What a step counts while it runs.
final class Tally: Sendable {
    private struct State {
        var lookCount = 0
        var notes: [String] = []
    }

    private let state = Mutex(State())

    var lookCount: Int { state.withLock { $0.lookCount } }

    var notes: [String] { state.withLock { $0.notes } }

    /// The number of this look, counted from 1.
    func nextLook() -> Int {
        state.withLock { state in
            state.lookCount += 1
            return state.lookCount
        }
    }

    func note(_ text: String) { state.withLock { $0.notes.append(text) } }
}
