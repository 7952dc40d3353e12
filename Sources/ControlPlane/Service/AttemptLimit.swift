import AccessModel

/// How often one address may present a wrong token: so many times a minute, then it is told to wait.
///
/// Tokens have 256 bits of chance, so this is not what keeps guessers out; it keeps them from costing anything. A right
/// token is never refused for the wrong ones of a neighbour behind the same address.
struct AttemptLimit {
    static let mostFailures = 20
    static let windowSeconds = 60.0
    /// Addresses remembered; beyond them the one heard least recently is forgotten.
    static let mostSources = 1024

    private struct Failures {
        var count = 0
        var since: Timestamp
        var last: Timestamp
    }

    private var sources: [String: Failures] = [:]

    /// Notes a failure.
    ///
    /// - Returns: seconds to wait when there were too many of them, else `nil`.
    mutating func fail(from source: String, at now: Timestamp) -> Int? {
        var failures = sources[source] ?? Failures(since: now, last: now)
        if now.seconds(since: failures.since) >= Self.windowSeconds || now < failures.since {
            failures = Failures(since: now, last: now)
        }
        failures.count = min(failures.count + 1, Self.mostFailures + 1)
        failures.last = now
        sources[source] = failures
        if sources.count > Self.mostSources,
            let oldest = sources.min(by: { ($0.value.last, $0.key) < ($1.value.last, $1.key) })?.key
        {
            sources[oldest] = nil
        }
        guard failures.count > Self.mostFailures else { return nil }
        return max(1, Int((Self.windowSeconds - now.seconds(since: failures.since)).rounded(.up)))
    }
}
