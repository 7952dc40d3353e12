import ScenarioModel

extension Failure {
    /// What a person needs who was not there, in at most `limitLines` lines.
    package func text(instance: String, started: RunEvent.Started?) -> String {
        var lines = [headline(instance, started)]
        if let location = step?.location, !sourceLine.isEmpty {
            let number = String(location.line)
            let gutter = String(repeating: " ", count: number.count)
            lines.append("  \(number) | \(sourceLine)")
            lines.append("  \(gutter) | \(Diagnostic.indent(sourceLine, to: location.column))^")
        }
        if let stepName { lines.append("  \(stepName)") }
        lines.append("  \(Self.oneLine(sentence))")
        lines.append("  \(Self.oneLine(what))")
        lines += Self.columns(
            ["expected", "observed", "difference"],
            shownTable.map { [$0.expected, $0.observed, $0.difference.isEmpty ? "" : "<-- \($0.difference)"] })
        if table.count > shownTable.count { lines.append("  … and \(table.count - shownTable.count) rows more") }
        lines += path
        lines += Self.list("why", why, limit: Self.whyLimit)
        lines += Self.list("last", lastChanges.suffix(Self.lastLimit), limit: Self.lastLimit)
        lines.append("  rerun: \(rerun)")
        return lines.joined(separator: "\n")
    }

    /// The parts below add up to less.
    package static let limitLines = 40
    private static let tableLimit = 8
    private static let hopLimit = 7
    private static let whyLimit = 6
    private static let lastLimit = 6

    private func headline(_ instance: String, _ started: RunEvent.Started?) -> String {
        let word = verdict == .broken ? "BROKEN" : "FAIL"
        let place =
            step.map { "  \($0)  \($0.location.file):\($0.location.line)" } ?? (started.map { "  \($0.file)" } ?? "")
        let attempt = started.map { "   [attempt \($0.attempt), seed \($0.seed)]" } ?? ""
        return "\(word) \(instance)\(place)\(attempt)"
    }

    /// The first rows where all of them fit, else those that differ.
    private var shownTable: ArraySlice<Judgement.Line> {
        guard table.count > Self.tableLimit else { return table[...] }
        return table.filter { !$0.difference.isEmpty }.prefix(Self.tableLimit)
    }

    /// The expected way beside the actual one, the first difference marked.
    private var path: [String] {
        var isMarked = false
        let rows = hops.prefix(Self.hopLimit).enumerated().map { index, hop -> [String] in
            let isSame = hop.actual == hop.expected
            let mark = !isSame && !isMarked ? "<-- first difference" : ""
            if !isSame { isMarked = true }
            let actual = isSame ? "same" : hop.actual ?? "(never came here)"
            return ["\(index + 1) \(hop.node)", hop.expected, actual, mark]
        }
        return Self.columns(["path", "expected", "actual", ""], rows)
    }

    /// Rows below a heading, set in columns.
    private static func columns(_ heading: [String], _ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return [] }
        let all = [heading] + rows.map { $0.map(oneLine) }
        let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static func list(_ word: String, _ lines: some Collection<String>, limit: Int) -> [String] {
        guard !lines.isEmpty else { return [] }
        let indent = String(repeating: " ", count: word.count + 2)
        return lines.prefix(limit).enumerated().map { index, line in
            "  \(index == 0 ? "\(word): " : indent)\(oneLine(line))"
        }
    }

    /// Text from a device may hold anything; a report's line is one line, and not endless.
    private static func oneLine(_ text: String) -> String {
        let flat = String(
            text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        return flat.count <= 400 ? flat : "\(flat.prefix(400))…"
    }
}
