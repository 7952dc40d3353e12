/// A request to a data logger, without what HTTP needs around it.
struct WebRequest: Sendable {
    var method: String
    /// Path and query.
    var target: String
    var body: [UInt8]
    var authorization: String?

    init(method: String = "GET", target: String, body: [UInt8] = [], authorization: String? = nil) {
        self.method = method
        self.target = target
        self.body = body
        self.authorization = authorization
    }

    var path: String { String(target.prefix { $0 != "?" }) }

    /// The pairs of the query; a name that comes twice keeps its first value.
    var query: [String: String] {
        var pairs: [String: String] = [:]
        for pair in target.dropFirst(path.count + 1).split(separator: "&").prefix(32) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            if pairs[name] == nil { pairs[name] = sides.count > 1 ? String(sides[1]) : "" }
        }
        return pairs
    }
}
