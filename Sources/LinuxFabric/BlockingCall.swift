/// Calls that block, kept away from the cooperative pool.
package enum BlockingCall {
    /// Runs the body on a thread of its own and gives its result.
    package static func run<Success: Sendable>(
        name: String = "blocking", _ body: @escaping @Sendable () -> Success
    ) async throws -> Success {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try PinnedThread.start(name: name) { continuation.resume(returning: body()) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Starts the body on a thread of its own.
    package static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(LinuxError) {
        try PinnedThread.start(name: name, body)
    }
}
