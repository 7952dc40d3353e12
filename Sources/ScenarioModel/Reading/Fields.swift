/// The keys of a mapping: what is asked for is known, what is left over is unknown.
struct Fields {
    private let entries: [YAMLNode.Entry]
    private var known: [String] = []
    private let scope: Scope
    let location: SourceLocation
    let log: DiagnosticLog

    init(_ entries: [YAMLNode.Entry], at location: SourceLocation, scope: Scope, log: DiagnosticLog) {
        self.entries = entries
        self.location = location
        self.scope = scope
        self.log = log
    }

    var keys: [String] { entries.map(\.key) }

    func keyLocation(_ key: String) -> SourceLocation? { entries.first { $0.key == key }?.keyLocation }

    func contains(_ key: String) -> Bool { entries.contains { $0.key == key } }

    mutating func optional(_ key: String) -> Cursor? {
        known.append(key)
        return entries.first { $0.key == key }.map { Cursor($0.value, scope: scope, log: log) }
    }

    /// Reports a missing key.
    mutating func required(_ key: String) -> Cursor? {
        if let cursor = optional(key) { return cursor }
        // A key that is nearly right is reported as unknown by `finish`, with the right one beside it.
        if !entries.contains(where: { !known.contains($0.key) && Spelling.nearest(to: $0.key, among: [key]) != nil }) {
            log.error("'\(key)' is missing", at: location)
        }
        return nil
    }

    /// The one key present among several; reports none and more than one.
    mutating func exactlyOne(of keys: [String]) -> (key: String, value: Cursor)? {
        known += keys
        let present = entries.filter { keys.contains($0.key) }
        if let second = present.dropFirst().first {
            log.error("'\(present[0].key)' and '\(second.key)' exclude each other", at: second.keyLocation)
            return nil
        }
        guard let only = present.first else {
            let isMisspelt = entries.contains {
                !known.contains($0.key) && Spelling.nearest(to: $0.key, among: keys) != nil
            }
            if !isMisspelt {
                log.error("one of \(keys.map { "'\($0)'" }.joined(separator: ", ")) is missing", at: location)
            }
            return nil
        }
        return (only.key, Cursor(only.value, scope: scope, log: log))
    }

    /// Makes keys known that are read elsewhere.
    mutating func allow(_ keys: [String]) { known += keys }

    /// Reports every key that nobody asked for.
    func finish(_ what: String) {
        for entry in entries where !known.contains(entry.key) {
            let others = known.filter { !contains($0) }
            let suggestion = Spelling.nearest(to: entry.key, among: others)
            let hint =
                suggestion != nil || others.isEmpty ? "" : " (\(what) also takes: \(others.joined(separator: ", ")))"
            log.error("unknown key '\(entry.key)'\(hint)", at: entry.keyLocation, suggestion: suggestion)
        }
    }
}
