import AccessModel
import Addressing

/// Notices that one key is heard in turn from several addresses, with handshakes of more than one device.
///
/// A laptop that roams changes its address under the keypair it has, and does not come back and forth within a minute.
struct KeySharingWatch {
    /// So many changes of address...
    static let changes = 3
    /// ...within so long.
    static let windowSeconds = 60.0
    /// Two reports of one handshake may differ by the time they were under way.
    private static let handshakeToleranceSeconds = 2.0

    private struct Story {
        var address: IPv4Address
        /// When the address changed, newest last, with the handshake that was the newest then.
        var changes: [(at: Timestamp, handshake: Timestamp)] = []
        var warned: Timestamp?
    }

    private var stories: [PersonID: Story] = [:]

    /// Takes in where a person's key was last heard.
    ///
    /// - Returns: whether this looks like sharing and was not said in the last minute already.
    mutating func hear(
        _ person: PersonID, from address: IPv4Address, handshake: Timestamp, at now: Timestamp
    ) -> Bool {
        guard var story = stories[person] else {
            stories[person] = Story(address: address)
            return false
        }
        defer { stories[person] = story }
        story.changes.removeAll { now.seconds(since: $0.at) > Self.windowSeconds }
        guard story.address != address else { return false }
        story.address = address
        story.changes.append((now, handshake))
        let handshakes = story.changes.map(\.handshake)
        guard story.changes.count >= Self.changes, let first = handshakes.min(), let last = handshakes.max(),
            last.seconds(since: first) > Self.handshakeToleranceSeconds
        else { return false }
        // As long as it goes on it is one event.
        let isNew = story.warned.map { now.seconds(since: $0) > Self.windowSeconds } ?? true
        story.warned = now
        return isNew
    }

    mutating func forget(_ person: PersonID) { stories[person] = nil }
}
