/// Whether what a world saw is what a condition says.
package struct Judgement: Hashable, Sendable, Codable {
    package var verdict: Verdict
    /// What was seen, in words.
    package var seen: String
    /// Expected and observed side by side, for tables; empty where words suffice.
    package var table: [Line]

    package enum Verdict: String, Hashable, Sendable, Codable {
        case holds, fails
        /// The look came to no end, so neither is known.
        case unknown
    }

    package struct Line: Hashable, Sendable, Codable {
        package var expected: String
        package var observed: String
        /// What is different, in a word or two; empty where nothing is.
        package var difference: String

        package init(expected: String, observed: String, difference: String? = nil) {
            self.expected = expected
            self.observed = observed
            self.difference = difference ?? (expected == observed ? "" : "differs")
        }
    }

    package init(_ verdict: Verdict, seen: String, table: [Line] = []) {
        self.verdict = verdict
        self.seen = seen
        self.table = table
    }

    package init(_ holds: Bool, _ seen: String, _ table: [Line] = []) {
        self.init(holds ? .holds : .fails, seen: seen, table: table)
    }
}
