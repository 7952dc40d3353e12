import AccessModel
import ControlProtocol

/// What one stream has told its reader so far, and what comes next.
struct VPNStory: EventStory {
    private let person: PersonID
    private let service: ControlPlaneService
    /// Snapshots without rows: the reader gets them elsewhere.
    private let isBrief: Bool
    private var last: String?
    private var seen: UInt64?
    private var told: Told?

    private struct Told: Sendable {
        var overview: VPNOverview
        var rows: [RouteRow]
        var sessions: [SessionRow]
    }

    /// `GET /api/v1/me/vpn/events`, `event: snapshot`.
    struct Snapshot: Encodable {
        var overview: VPNOverview
        var routes: [RouteRow]?
        var sessions: [SessionRow]?
    }

    /// `event: change`: only what is new.
    struct Change: Encodable {
        var overview: VPNOverview?
        var changed: [RouteRow]
        var removed: [RouteID]
        var sessions: [SessionRow]?
        /// Rows that changed or came, listed or not.
        var count: Int
    }

    /// A page reads that many rows from one event; more it has to fetch.
    private static let mostBriefRows = 100

    init(person: PersonID, service: ControlPlaneService, isBrief: Bool, last: String?) {
        self.person = person
        self.service = service
        self.isBrief = isBrief
        self.last = last
    }

    mutating func next() async throws -> String? {
        while !Task.isCancelled {
            if let seen {
                let count = await service.waitForChange(since: seen, seconds: EventStreams.heartbeatSeconds)
                guard count.change != seen else { return Task.isCancelled ? nil : EventStreams.heartbeat }
            }
            guard await service.state.intent.people[person]?.isActive == true else { return nil }
            let count = await service.change
            let now = Told(
                overview: try await service.overview(of: person), rows: await service.rows(of: person),
                sessions: try await service.sessions(of: person))
            let id = "\(service.streamEpoch)-\(count)"
            defer {
                seen = count
                told = now
            }
            guard let told else {
                if last == id { return "event: resumed\nid: \(id)\ndata: {}\n\n" }
                let snapshot = Snapshot(
                    overview: now.overview, routes: isBrief ? nil : now.rows, sessions: isBrief ? nil : now.sessions)
                return try Self.event("snapshot", id: id, snapshot)
            }
            if let change = change(from: told, to: now) { return try Self.event("change", id: id, change) }
        }
        return nil
    }

    private func change(from old: Told, to new: Told) -> Change? {
        let before = Dictionary(old.rows.map { ($0.id, $0) }) { first, _ in first }
        let changed = new.rows.filter { before[$0.id] != $0 }
        let present = Set(new.rows.map(\.id))
        let removed = old.rows.map(\.id).filter { !present.contains($0) }
        let hasSessions = old.sessions.map(Self.lasting) != new.sessions.map(Self.lasting)
        let hasOverview = old.overview != new.overview
        guard !changed.isEmpty || !removed.isEmpty || hasSessions || hasOverview else { return nil }
        return Change(
            overview: hasOverview ? new.overview : nil,
            changed: isBrief ? Array(changed.prefix(Self.mostBriefRows)) : changed, removed: removed,
            sessions: hasSessions ? new.sessions : nil, count: changed.count)
    }

    /// The row without what only ticks.
    private static func lasting(_ row: SessionRow) -> SessionRow {
        var row = row
        if row.isOnline { row.durationSeconds = 0 }
        return row
    }

    private static func event(_ name: String, id: String, _ value: some Encodable) throws -> String {
        "event: \(name)\nid: \(id)\ndata: \(try Store.encode(value))\n\n"
    }
}
