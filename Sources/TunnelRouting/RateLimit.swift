import Timebase

/// A token bucket in one word: the moment at which it would be full again.
struct RateLimit {
    private var fullAgain = Moment(nanoseconds: 0)

    /// Takes one of `burst` tokens, which come back at `perSecond`.
    mutating func take(at now: Moment, perSecond: UInt64, burst: UInt64) -> Bool {
        guard perSecond > 0, burst > 0 else { return false }
        let interval = Span(nanoseconds: 1_000_000_000 / perSecond)
        let next = max(fullAgain, now) + interval
        guard next.since(now).nanoseconds <= interval.nanoseconds * burst else { return false }
        fullAgain = next
        return true
    }
}
