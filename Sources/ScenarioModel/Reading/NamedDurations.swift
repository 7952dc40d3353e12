/// The spans that have names, as the fixture and the scenario's own ticks make them.
///
/// Each is long enough for the thing to have happened: what the fixture says, and a second for the way.
final class NamedDurations {
    enum Name: String, CaseIterable {
        /// The distance of two ticks: those that the scenario runs, else the fixture's `sync-interval`.
        case oneSync = "one-sync"
        /// In which a laptop that sends notices a lost peer and has shaken hands anew.
        case reHandshake = "re-handshake"
        /// After which an agent of which nothing is heard counts as offline.
        case agentOffline = "agent-offline"
        /// For which a gateway alone still grants.
        case lease
        /// After which a silent session has ended.
        case sessionEnd = "session-end"

        /// For the reference.
        var text: String {
            switch self {
            case .oneSync:
                "until a sync has taken place: the distance of the running ticks, else `sync-interval`, 10s unless said"
            case .reHandshake: "in which a laptop that sends has noticed a lost peer and shaken hands anew: 20s"
            case .agentOffline: "after which a silent agent counts as offline: `agent-offline-after`, 75s unless said"
            case .lease: "for which a gateway that hears nothing still grants: `lease`, none unless said"
            case .sessionEnd: "after which a silent session has ended: `session-end`, 180s unless said"
            }
        }
    }

    private let options: ControlPlaneOptions
    /// The distance of the ticks that a `sync` step started.
    var tickInterval: Duration?

    init(_ options: ControlPlaneOptions) { self.options = options }

    /// - Returns: `nil` when the fixture does not say.
    func value(_ name: Name) -> Duration? {
        let way = Duration.seconds(1)
        return switch name {
        case .oneSync: (tickInterval ?? options.syncInterval) + way
        case .reHandshake: .seconds(20)
        case .agentOffline: options.agentOfflineAfter + way
        case .lease: options.lease.map { $0 + way }
        case .sessionEnd: options.sessionEnd + way
        }
    }
}
