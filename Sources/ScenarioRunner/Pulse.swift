import Synchronization

/// Wakes whoever waits for something to have changed; a change between looking and waiting is not missed.
final class Pulse: Sendable {
    private struct State {
        var version: UInt64 = 0
        var lastWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        /// Cancelled before they had begun to wait.
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    /// Look at this first, then at the world, then wait with it.
    var version: UInt64 { state.withLock { $0.version } }

    func signal() {
        let waiting = state.withLock { state in
            state.version += 1
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        waiting.forEach { $0.resume() }
    }

    /// Returns as soon as there was a signal after `version`, or when cancelled.
    func wait(after version: UInt64) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.version > version || state.cancelled.remove(id) != nil { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }

    /// Returns after a signal, or when it is time.
    func wait(after version: UInt64, until moment: Duration, on clock: any RunClock) async {
        guard self.version == version else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await clock.sleep(until: moment) }
            group.addTask { await self.wait(after: version) }
            await group.next()
            group.cancelAll()
        }
    }
}
