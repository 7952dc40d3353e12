import Dispatch
import Foundation

/// SIGINT and SIGTERM as something to wait for.
enum Signals {
    /// From the first call on, neither of the two ends the program by itself.
    ///
    /// - Returns: the next of them that comes; never, when the task is cancelled, more than that nobody waits.
    static func next() async -> Int32? {
        let (signals, continuation) = AsyncStream<Int32>.makeStream()
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        for await number in signals { return number }
        return nil
    }
}
