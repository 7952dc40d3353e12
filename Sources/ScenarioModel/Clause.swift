/// Conditions put together: what a time word is about.
package indirect enum Clause: Hashable, Sendable, Codable {
    case one(Condition)
    /// Something that a `remember` step kept, compared with what is seen now.
    case remembered(Comparison)
    case all([Clause])
    case any([Clause])
    case exactlyOne([Clause])

    /// What is seen now beside what was remembered.
    package struct Comparison: Hashable, Sendable, Codable {
        package var id: MemoryID
        /// Looked at for what it shows; it asserts nothing.
        package var subject: Condition
        /// Whether it must be the same, or must not.
        package var isSame: Bool

        package init(id: MemoryID, subject: Condition, isSame: Bool) {
            self.id = id
            self.subject = subject
            self.isSame = isSame
        }

        package func judge(_ now: Sighting, remembered: Sighting?) -> Judgement {
            if case .unfinished(let why) = now { return Judgement(.unknown, seen: why) }
            guard let remembered else { return Judgement(.unknown, seen: "nothing was remembered as '\(id)'") }
            guard now != remembered else { return Judgement(isSame, "'\(id)' is as it was") }
            return Judgement(
                !isSame, "'\(id)' has changed",
                isSame ? [Judgement.Line(expected: remembered.text, observed: now.text)] : [])
        }
    }

    package init(_ condition: Condition) { self = .one(condition) }

    /// Every condition in it, from left to right.
    package var conditions: [Condition] {
        switch self {
        case .one(let condition): [condition]
        case .remembered(let comparison): [comparison.subject]
        case .all(let inner), .any(let inner), .exactlyOne(let inner): inner.flatMap(\.conditions)
        }
    }

    package var sentence: String {
        switch self {
        case .one(let condition): condition.sentence
        case .remembered(let comparison):
            "what was remembered as '\(comparison.id)' \(comparison.isSame ? "is unchanged" : "has changed")"
        case .all(let inner): "all of: \(Self.enumerated(inner))"
        case .any(let inner): "any of: \(Self.enumerated(inner))"
        case .exactlyOne(let inner): "exactly one of: \(Self.enumerated(inner))"
        }
    }

    private static func enumerated(_ clauses: [Clause]) -> String {
        clauses.enumerated().map { "(\($0 + 1)) \($1.sentence)" }.joined(separator: " ")
    }
}

extension Sighting {
    /// What was seen, for a table of what was and what is.
    var text: String {
        switch self {
        case .routes(let rows): rows.isEmpty ? "no rows" : rows.map(\.text).joined(separator: "; ")
        case .sessions(let rows):
            rows.isEmpty
                ? "no session"
                : rows.map { "\($0.isOnline ? "Online" : "over"), \($0.bytes) bytes" }.joined(separator: "; ")
        case .tunnel(let state): state.rawValue
        case .connection(let state): state.rawValue
        case .audit(let count): "\(count) entries"
        default: "\(self)"
        }
    }
}
