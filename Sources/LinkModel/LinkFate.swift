package import Timebase

/// What becomes of one datagram.
package enum LinkFate: Hashable, Sendable {
    case lost(Cause)
    /// It leaves at `moment`, and once more at `copy` when the link duplicates it.
    case departs(Moment, copy: Moment?)

    package enum Cause: String, Hashable, Sendable, CaseIterable {
        case chance, burst, partition
        case queueFull = "queue-full"
    }

    /// When it leaves: no moment, one or two, earliest first.
    package var departures: [Moment] {
        switch self {
        case .lost: []
        case .departs(let moment, let copy): copy.map { [moment, $0].sorted() } ?? [moment]
        }
    }
}
