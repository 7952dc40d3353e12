/// One thing that is wrong, or dubious, in a scenario or fixture file.
package struct Diagnostic: Hashable, Sendable {
    package var severity: Severity
    package var location: SourceLocation
    package var message: String
    /// A name that was probably meant.
    package var suggestion: String?
    /// The line that it is about.
    package var sourceLine: String

    package enum Severity: String, Hashable, Sendable {
        case error, warning
    }

    /// The message with its source frame.
    ///
    /// ```
    /// Scenarios/reach.scenario.yaml:9:5: error: unknown verb 'grnt'
    ///   9 |   - grnt: { to: anna }
    ///     |     ^ did you mean 'grant'?
    /// ```
    package var rendered: String {
        let number = String(location.line)
        let gutter = String(repeating: " ", count: number.count)
        let hint = suggestion.map { " did you mean '\($0)'?" } ?? ""
        return """
            \(location): \(severity.rawValue): \(message)
              \(number) | \(sourceLine)
              \(gutter) | \(Self.indent(sourceLine, to: location.column))^\(hint)
            """
    }

    /// Blanks up to a column, with tabs kept, so that the caret stands below its character.
    package static func indent(_ line: String, to column: Int) -> String {
        String(line.unicodeScalars.prefix(max(0, column - 1)).map { $0 == "\t" ? "\t" : " " })
    }
}

/// What was wrong with a file, whole.
package struct InvalidScenario: Error, Hashable, Sendable {
    /// By place; at most `limit`.
    package var diagnostics: [Diagnostic]
    /// How many more there were.
    package var omittedCount: Int

    package static let limit = 20

    package var rendered: String {
        let shown = diagnostics.map(\.rendered).joined(separator: "\n")
        return omittedCount > 0 ? "\(shown)\n… and \(omittedCount) more" : shown
    }
}

/// Collects what a reading finds, at most one error a place.
final class DiagnosticLog {
    private var sources: [String: SourceText] = [:]
    private var entries: [Diagnostic] = []
    private var places: Set<SourceLocation> = []
    private var reportedNames: Set<String> = []

    var errorCount: Int { entries.count { $0.severity == .error } }

    var warnings: [Diagnostic] { entries.filter { $0.severity == .warning }.sorted(by: Self.isBefore) }

    func add(_ source: SourceText) { sources[source.path] = source }

    func line(at location: SourceLocation) -> String { sources[location.file]?.line(location.line) ?? "" }

    func error(_ message: String, at location: SourceLocation, suggestion: String? = nil) {
        add(.error, message, location, suggestion)
    }

    func warning(_ message: String, at location: SourceLocation) {
        add(.warning, message, location, nil)
    }

    /// Reports a name that nothing has; the same name once only, since the rest are follow-ups.
    func unknown(_ kind: String, _ name: String, among known: [String], at location: SourceLocation) {
        guard reportedNames.insert("\(kind) \(name)").inserted else { return }
        let suggestion = Spelling.nearest(to: name, among: known)
        var message = "unknown \(kind) '\(name)'"
        if suggestion == nil, !known.isEmpty, known.count <= 8 {
            message += " (known: \(known.joined(separator: ", ")))"
        }
        error(message, at: location, suggestion: suggestion)
    }

    /// - Throws: when there was an error.
    func throwIfInvalid() throws(InvalidScenario) {
        let errors = entries.filter { $0.severity == .error }.sorted(by: Self.isBefore)
        guard !errors.isEmpty else { return }
        let shown = Array(errors.prefix(InvalidScenario.limit))
        throw InvalidScenario(diagnostics: shown, omittedCount: errors.count - shown.count)
    }

    private func add(
        _ severity: Diagnostic.Severity, _ message: String, _ location: SourceLocation, _ suggestion: String?
    ) {
        guard places.insert(location).inserted else { return }
        entries.append(
            Diagnostic(
                severity: severity, location: location, message: Self.short(message), suggestion: suggestion,
                sourceLine: line(at: location)))
    }

    /// On one line, whatever was found: somebody may have named a file of another kind.
    private static func short(_ message: String) -> String {
        let line = message.replacing("\n", with: " ")
        return line.count <= limitMessage ? line : "\(line.prefix(limitMessage))…"
    }

    private static let limitMessage = 1_200

    private static func isBefore(_ left: Diagnostic, _ right: Diagnostic) -> Bool {
        let (a, b) = (left.location, right.location)
        return (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }
}
