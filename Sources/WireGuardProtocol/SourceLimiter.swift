import Addressing
import Timebase

/// A token bucket per source address, so that one flooder costs nobody else a handshake.
struct SourceLimiter {
    private struct Bucket {
        /// Tokens as the time in which they flow in.
        var creditNanoseconds: UInt64
        var updated: Moment
    }

    private let tokenNanoseconds: UInt64
    private let fullNanoseconds: UInt64
    private let limit: Int
    private var buckets: [IPv4Address: Bucket] = [:]

    init(ratePerSecond: Int, burst: Int, limit: Int) {
        tokenNanoseconds = 1_000_000_000 / UInt64(max(ratePerSecond, 1))
        fullNanoseconds = tokenNanoseconds * UInt64(max(burst, 1))
        self.limit = limit
    }

    /// Takes a token of that source.
    ///
    /// - Returns: false when it has none, or when as many other sources as are remembered were here just now.
    mutating func allow(_ source: IPv4Address, at now: Moment) -> Bool {
        guard var bucket = buckets[source] else {
            if buckets.count >= limit { forgetFull(at: now) }
            guard buckets.count < limit else { return false }
            buckets[source] = Bucket(creditNanoseconds: fullNanoseconds - tokenNanoseconds, updated: now)
            return true
        }
        bucket.creditNanoseconds = credit(of: bucket, at: now)
        bucket.updated = max(bucket.updated, now)
        let isAllowed = bucket.creditNanoseconds >= tokenNanoseconds
        if isAllowed { bucket.creditNanoseconds -= tokenNanoseconds }
        buckets[source] = bucket
        return isAllowed
    }

    private func credit(of bucket: Bucket, at now: Moment) -> UInt64 {
        let (sum, overflow) = bucket.creditNanoseconds.addingReportingOverflow(now.since(bucket.updated).nanoseconds)
        return overflow ? fullNanoseconds : min(sum, fullNanoseconds)
    }

    /// A full bucket is as good as none.
    private mutating func forgetFull(at now: Moment) {
        buckets = buckets.filter { credit(of: $0.value, at: now) < fullNanoseconds }
    }
}
