import ScenarioModel

/// Failures as workflow commands, which GitHub shows beside the lines of the scenario.
package struct GitHubAnnotations: Sendable {
    /// GitHub shows no more than ten errors of a step.
    private static let limit = 10

    /// One command a line.
    package static func lines(_ archive: RunArchive) -> [String] {
        let bad = archive.cases.filter { $0.verdict == .failed || $0.verdict == .broken || $0.isFlaky }
        let counted = bad.filter { !$0.isFlaky }
        let ordered =
            counted.filter { $0.verdict == .failed } + counted.filter { $0.verdict == .broken } + bad.filter(\.isFlaky)
        var lines = ordered.prefix(limit).map(line)
        if ordered.count > limit {
            lines.append(
                "::notice title=mirox-rig::\(ordered.count - limit) more scenarios did not pass; see the report")
        }
        return lines
    }

    private static func line(_ item: RunArchive.Case) -> String {
        let shown = item.shown
        let failure = shown?.failure
        let location = failure?.step?.location
        let word = item.verdict == .failed && !item.isFlaky ? "error" : "warning"
        let kind = item.isFlaky ? "flaky" : item.verdict.rawValue
        var properties = ["file=\(property(location?.file ?? item.file))", "line=\(location?.line ?? 1)"]
        if let location { properties.append("col=\(location.column)") }
        properties.append("title=\(property("\(item.name) \(kind)"))")
        let text = failure?.text(instance: item.name, started: shown?.started) ?? "no verdict"
        return "::\(word) \(properties.joined(separator: ","))::\(data(text))"
    }

    private static func data(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private static func property(_ text: String) -> String {
        data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}
