/// Waits a little longer after each failure, up to a limit.
struct Backoff {
    private static let first = Duration.milliseconds(50)
    private static let limit = Duration.seconds(2)
    private var next = first

    mutating func succeeded() { next = Self.first }

    /// - Returns: early when the task is cancelled.
    mutating func wait() async {
        try? await Task.sleep(for: next)
        next = min(next * 2, Self.limit)
    }
}
