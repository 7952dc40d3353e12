import HTTPTypes

/// One call of the API, as the document tells it.
struct Operation: Sendable {
    var method: HTTPRequest.Method
    /// With `{name}` for what varies.
    var path: String
    var summary: String
    var caller: Caller
    var query: [Parameter] = []
    var headers: [Parameter] = []
    var body: (any (Decodable & Sendable).Type)?
    var answers: [Int: Answer]
    /// Beside those that go without saying.
    var problems: Set<Int> = []

    /// Whose token is needed.
    enum Caller: String, Sendable { case nobody, anybody, person, admin, agent, gateway, lab }

    enum Answer: Sendable {
        case empty
        case json(any (Decodable & Sendable).Type)
        /// A list or an item with an `ETag`.
        case tagged(any (Decodable & Sendable).Type)
        case text(String)
    }

    struct Parameter: Sendable {
        var name: String
        var about: String
        var schema: JSONValue = ["type": "string"]
    }

    /// The names in the path.
    var variables: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    var isTagged: Bool {
        answers.values.contains { if case .tagged = $0 { true } else { false } }
    }

    /// Every problem that it may answer with.
    var allProblems: Set<Int> {
        var all = problems
        if caller != .nobody { all.formUnion([401, 403, 429]) }
        if !variables.isEmpty { all.formUnion([400, 404]) }
        if !query.isEmpty { all.insert(400) }
        if body != nil { all.formUnion([400, 413, 422]) }
        // A full disk refuses changes, and nothing else.
        if method != .get { all.insert(507) }
        return all
    }
}

extension Operation.Parameter {
    static let limit = Self(
        name: "limit", about: "How many rows at most.", schema: ["type": "integer", "minimum": 1])
    static let cursor = Self(name: "cursor", about: "`next` of the page before.")
    static let lastEvent = Self(name: "Last-Event-ID", about: "The last event seen.")
    static let ifNoneMatch = Self(name: "If-None-Match", about: "The `ETag` of what the caller has already.")
    static let ifMatch = Self(name: "If-Match", about: "The `ETag` of the rows that the person saw.")
    static let idempotencyKey = Self(
        name: "Idempotency-Key", about: "A repeated request with it gets the same answer for ten minutes.",
        schema: ["type": "string", "minLength": 1, "maxLength": 255])
    static let wait = Self(
        name: "wait", about: "Seconds to wait for news, 60 at most.", schema: ["type": "number", "minimum": 0])
    static let since = Self(name: "since", about: "What the caller has.", schema: ["type": "integer", "minimum": 0])
}
