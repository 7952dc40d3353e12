/// The keys of a mapping: what is asked for is known, what is left over is unknown.
struct Fields {
    private let entries: [YAMLNode.Entry]
    private var known: [String] = []
    /// What the language's table says may stand here; `nil` where no table says it.
    private let declared: [String]?
    private let scope: Scope
    let location: SourceLocation
    let log: DiagnosticLog

    init(
        _ entries: [YAMLNode.Entry], declared: [String]? = nil, at location: SourceLocation, scope: Scope,
        log: DiagnosticLog
    ) {
        self.entries = entries
        self.declared = declared
        self.location = location
        self.scope = scope
        self.log = log
    }

    var keys: [String] { entries.map(\.key) }

    func keyLocation(_ key: String) -> SourceLocation? { entries.first { $0.key == key }?.keyLocation }

    func contains(_ key: String) -> Bool { entries.contains { $0.key == key } }

    mutating func optional(_ key: String) -> Cursor? {
        know([key])
        return entries.first { $0.key == key }.map { Cursor($0.value, scope: scope, log: log) }
    }

    /// Reports a missing key.
    mutating func required(_ key: String) -> Cursor? {
        if let cursor = optional(key) { return cursor }
        // A key that is nearly right is reported as unknown by `finish`, with the right one beside it.
        if !isMisspelt([key]) {
            log.error("'\(key)' is missing", at: location)
        }
        return nil
    }

    /// The one key present among several; reports none and more than one.
    mutating func exactlyOne(of keys: [String]) -> (key: String, value: Cursor)? {
        know(keys)
        let present = entries.filter { keys.contains($0.key) }
        if let second = present.dropFirst().first {
            log.error("'\(present[0].key)' and '\(second.key)' exclude each other", at: second.keyLocation)
            return nil
        }
        guard let only = present.first else {
            if !isMisspelt(keys) {
                log.error("one of \(keys.map { "'\($0)'" }.joined(separator: ", ")) is missing", at: location)
            }
            return nil
        }
        return (only.key, Cursor(only.value, scope: scope, log: log))
    }

    /// Whether something stands here that is nothing, but nearly one of these.
    private func isMisspelt(_ keys: [String]) -> Bool {
        let allowed = declared ?? known
        return entries.contains { !allowed.contains($0.key) && Spelling.nearest(to: $0.key, among: keys) != nil }
    }

    /// Makes keys known that are read elsewhere.
    mutating func allow(_ keys: [String]) { know(keys) }

    private mutating func know(_ keys: [String]) {
        for key in keys where declared?.contains(key) == false {
            log.error("'\(key)' is read here, but the table of the language does not declare it", at: location)
        }
        known += keys
    }

    /// Reports every key that nobody asked for, or that the table does not have.
    func finish(_ what: String) {
        let allowed = declared ?? known
        for entry in entries where !allowed.contains(entry.key) {
            let others = allowed.filter { !contains($0) }
            let suggestion = Spelling.nearest(to: entry.key, among: others)
            let hint =
                suggestion != nil || others.isEmpty ? "" : " (\(what) also takes: \(others.joined(separator: ", ")))"
            log.error("unknown key '\(entry.key)'\(hint)", at: entry.keyLocation, suggestion: suggestion)
        }
    }
}
