/// A moment on a monotonic clock that the caller owns: nanoseconds since an origin that means nothing.
package struct Moment: Hashable, Comparable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func + (moment: Self, span: Span) -> Self {
        Self(nanoseconds: moment.nanoseconds + span.nanoseconds)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    package func since(_ earlier: Self) -> Span {
        Span(nanoseconds: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0)
    }
}

/// A length of time in whole nanoseconds, never negative.
package struct Span: Hashable, Comparable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func seconds(_ count: UInt64) -> Self { Self(nanoseconds: count * 1_000_000_000) }

    package static func milliseconds(_ count: UInt64) -> Self { Self(nanoseconds: count * 1_000_000) }

    package var seconds: Double { Double(nanoseconds) / 1e9 }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func + (left: Self, right: Self) -> Self { Self(nanoseconds: left.nanoseconds + right.nanoseconds) }
}
