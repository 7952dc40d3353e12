import AccessModel
import ControlProtocol
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// `GET /api/v1/me/vpn/events`: what a person's tab shows, from now on, as server-sent events.
///
/// The first event is a `snapshot`, unless `Last-Event-ID` says that nothing was missed; then `change` events say what is
/// new: rows that changed or came, ids of those that went, the certificate and the sessions when they are others.
struct EventRoutes {
    let service: ControlPlaneService

    func add(to group: RouterGroup<APIContext>) {
        group.get("me/vpn/events") { request, context in
            try stream(
                VPNStory(
                    person: try context.person(), service: service, isBrief: request.query("view") == "brief",
                    last: Self.lastEvent(request)))
        }
        group.get("permissions/events") { request, context in
            let caller = try context.caller()
            let intent = await service.state.intent
            guard caller == .lab || intent.isAdmin(caller) else {
                throw ProblemError(code: "forbidden", status: 403, detail: "only admins see what changes")
            }
            return try stream(IntentStory(principal: caller, service: service, last: Self.lastEvent(request)))
        }
    }

    private static func lastEvent(_ request: Request) -> String? {
        HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] } ?? request.query("last")
    }

    func stream(_ story: some EventStory) throws -> Response {
        let ticket = try service.streams.begin()
        var headers = WebPage.headers
        headers[.contentType] = "text/event-stream"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var story = story
                try await writer.write(ByteBuffer(string: "retry: \(EventStreams.retryMilliseconds)\n\n"))
                while !Task.isCancelled, let text = try await story.next() {
                    try await writer.write(ByteBuffer(string: text))
                }
                try await writer.finish(nil)
                withExtendedLifetime(ticket) {}
            })
    }
}

/// What one stream tells its reader.
protocol EventStory: Sendable {
    /// The next event as text, or a comment that keeps the connection alive; `nil` when there is nothing more to tell.
    mutating func next() async throws -> String?
}

/// That something about permissions, agents or the sync is new; what it is, the reader asks for.
private struct IntentStory: EventStory {
    let principal: Principal
    let service: ControlPlaneService
    var last: String?
    private var told: Mark?
    private var seen: UInt64?

    private struct Mark: Hashable, Encodable {
        var generation: UInt64
        var released: UInt64
        var revision: UInt64
        var acknowledged: UInt64
        var everySeconds: Double?
        var online: Int
    }

    init(principal: Principal, service: ControlPlaneService, last: String?) {
        self.principal = principal
        self.service = service
        self.last = last
    }

    mutating func next() async throws -> String? {
        while !Task.isCancelled {
            if let seen {
                let count = await service.waitForChange(since: seen, seconds: EventStreams.heartbeatSeconds)
                guard count.change != seen else { return Task.isCancelled ? nil : EventStreams.heartbeat }
            }
            let count = await service.change
            let state = await service.state
            guard principal == .lab || state.intent.isAdmin(principal) else { return nil }
            let counters = state.counters
            let mark = Mark(
                generation: counters.generation, released: counters.releasedGeneration, revision: counters.revision,
                acknowledged: counters.acknowledged, everySeconds: counters.everySeconds,
                online: state.liveness.count { $0.value == .online })
            defer {
                seen = count
                told = mark
            }
            guard mark != told else { continue }
            let id = "\(service.streamEpoch)-\(count)"
            let name = told != nil ? "change" : last == id ? "resumed" : "snapshot"
            return "event: \(name)\nid: \(id)\ndata: \(try Store.encode(mark))\n\n"
        }
        return nil
    }
}

extension Intent {
    fileprivate func isAdmin(_ principal: Principal) -> Bool {
        guard case .person(let person) = principal, people[person]?.isActive == true else { return false }
        return organizations.contains { $0.value.members[person]?.standing == .admin }
    }
}

/// How many streams are open; each holds a connection, so there is a limit.
final class EventStreams: Sendable {
    static let most = 512
    static let heartbeatSeconds = 15.0
    static let retryMilliseconds = 500
    static let heartbeat = ": still here\n\n"

    private let open = Mutex(0)
    private let refused = Mutex(UInt64(0))

    /// A place among the streams; given back when the ticket goes.
    final class Ticket: Sendable {
        private let streams: EventStreams

        fileprivate init(_ streams: EventStreams) { self.streams = streams }

        deinit { streams.open.withLock { $0 -= 1 } }
    }

    func begin() throws -> Ticket {
        let isFree = open.withLock { open in
            guard open < Self.most else { return false }
            open += 1
            return true
        }
        guard isFree else {
            refused.withLock { $0 += 1 }
            throw ProblemError(
                code: "too-many-streams", status: 503, detail: "\(Self.most) event streams are open already")
        }
        return Ticket(self)
    }

    var count: Int { open.withLock { $0 } }

    var refusedCount: UInt64 { refused.withLock { $0 } }
}
