import AccessModel
import ControlProtocol

/// What was last decided for one person: claims, rows and table, and the entry that the gateway is told.
struct PersonRelease: Hashable, Codable {
    /// The revision that carries it; at once applied when that is acknowledged already.
    var revision: UInt64
    var content: Content

    struct Content: Hashable, Codable {
        /// What the person was permitted; also without a certificate, so that `since` is remembered.
        var claims: [Claim] = []
        var rows: [RouteRow] = []
        var table: [OwnedRange] = []
        /// `nil` without a certificate, or when deactivated.
        var entry: PersonEntry?
    }
}

/// The releases of one person, ascending by revision: the newest that the gateway has applied, and all after it.
struct ReleaseHistory: Hashable {
    private(set) var releases: [PersonRelease] = []

    /// What the gateway has been told, acknowledged or not.
    var released: PersonRelease.Content { releases.last?.content ?? PersonRelease.Content() }

    /// What the gateway does now.
    func applied(acknowledged: UInt64) -> PersonRelease.Content {
        releases.last { $0.revision <= acknowledged }?.content ?? PersonRelease.Content()
    }

    /// Whether the newest release waits for the gateway.
    func isAhead(of acknowledged: UInt64) -> Bool { (releases.last?.revision ?? 0) > acknowledged }

    mutating func append(_ release: PersonRelease, acknowledged: UInt64) {
        if releases.last?.revision == release.revision { releases.removeLast() }
        releases.append(release)
        prune(acknowledged: acknowledged)
    }

    mutating func prune(acknowledged: UInt64) {
        guard let newest = releases.lastIndex(where: { $0.revision <= acknowledged }), newest > 0 else { return }
        releases.removeFirst(newest)
    }
}
