import Dispatch
import Foundation
import Synchronization

/// SIGINT and SIGTERM as something to wait for.
enum Signals {
    private static let waiters = Mutex<[UInt64: AsyncStream<Int32>.Continuation]>([:])
    /// Made once and kept: a source that is made anew after another was cancelled may hear nothing.
    private static let sources = Mutex<[any DispatchSourceSignal]>([])

    /// From the first call on, neither of the two ends the program by itself.
    ///
    /// - Returns: the next of them that comes; never, when the task is cancelled, more than that nobody waits.
    static func next() async -> Int32? {
        listen()
        let (signals, continuation) = AsyncStream<Int32>.makeStream()
        let id = UInt64.random(in: 0 ... .max)
        waiters.withLock { $0[id] = continuation }
        defer { _ = waiters.withLock { $0.removeValue(forKey: id) } }
        for await number in signals { return number }
        return nil
    }

    private static func listen() {
        sources.withLock { sources in
            guard sources.isEmpty else { return }
            sources = [SIGINT, SIGTERM].map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler {
                    for waiter in waiters.withLock({ Array($0.values) }) { waiter.yield(number) }
                }
                source.resume()
                return source
            }
        }
    }
}
