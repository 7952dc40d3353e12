import AccessModel

/// Reads scenario and fixture files into plans; knows no file system, only how to ask for a text.
package struct Loader: Sendable {
    private let files: FileReading

    package init(files: @escaping FileReading) {
        self.files = files
    }

    /// Reads scenarios; every file is looked at, and all that is wrong is told at once.
    ///
    /// - Throws: when any of them is wrong or two share an id.
    package func plans(_ paths: [String]) throws(InvalidScenario) -> [Plan] {
        var plans: [Plan] = []
        var invalid = InvalidScenario(diagnostics: [], omittedCount: 0)
        var places: [String: SourceLocation] = [:]
        for path in paths {
            do throws(InvalidScenario) {
                let plan = try plan(path)
                if let first = plan.instances.first, let other = places.updateValue(first.location, forKey: first.id) {
                    invalid.diagnostics.append(
                        Diagnostic(
                            severity: .error, location: first.location,
                            message: "the id '\(first.id)' belongs to \(other.file) already", suggestion: nil,
                            sourceLine: ""))
                }
                plans.append(plan)
            } catch {
                invalid.diagnostics += error.diagnostics
                invalid.omittedCount += error.omittedCount
            }
        }
        guard invalid.diagnostics.isEmpty else { throw invalid }
        return plans
    }

    package func plan(_ path: String) throws(InvalidScenario) -> Plan {
        let log = DiagnosticLog()
        let plan = read(path, log).flatMap { ScenarioReader(log: log, files: files).read($0) }
        try log.throwIfInvalid()
        guard let plan else { throw InvalidScenario(diagnostics: [], omittedCount: 0) }
        return plan
    }

    package func fixture(_ path: String) throws(InvalidScenario) -> Fixture {
        let log = DiagnosticLog()
        var reader = FixtureReader(log: log, files: files)
        let fixture = read(path, log).flatMap { reader.read($0) }
        try log.throwIfInvalid()
        guard let fixture else { throw InvalidScenario(diagnostics: [], omittedCount: 0) }
        return fixture
    }

    /// Steps alone, under `steps:`, against a fixture: for examples.
    ///
    /// - Returns: `nil` when anything is wrong with them.
    func steps(_ source: SourceText, fixture: Fixture) -> [Step]? {
        let log = DiagnosticLog()
        var reader = StepReader(log: log, files: files, fixture: fixture, includeStack: [])
        guard let root = YAMLNode.parse(source, log: log), case .mapping(let entries) = root.content,
            let first = entries.first
        else { return nil }
        let scope = Scope(durations: NamedDurations(fixture.controlPlane))
        // What `unchanged` compares with in an example stands in no step before it.
        reader.assumeMemory("before", of: fixture)
        let steps = reader.steps(Cursor(first.value, scope: scope, log: log))
        return log.errorCount == 0 ? steps : nil
    }

    /// Reads steps that stand by themselves, one or a list of them, against a fleet that runs already.
    ///
    /// - Parameter name: as the file in messages.
    package func steps(_ text: String, name: String, fixture: Fixture) throws(InvalidScenario) -> [Step] {
        let log = DiagnosticLog()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isList = lines.first { !$0.allSatisfy { $0 == " " } }?.drop { $0 == " " }.hasPrefix("- ") ?? false
        let list = isList ? text : lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }.joined(separator: "\n")
        var reader = StepReader(log: log, files: files, fixture: fixture, includeStack: [name])
        let root = YAMLNode.parse(SourceText(path: name, text: list), log: log)
        let scope = Scope(durations: NamedDurations(fixture.controlPlane))
        let steps = reader.steps(root.map { Cursor($0, scope: scope, log: log) })
        if steps.isEmpty, log.errorCount == 0 {
            log.error("there is no step", at: SourceLocation(file: name, line: 1, column: 1))
        }
        try log.throwIfInvalid()
        return steps
    }

    private func read(_ path: String, _ log: DiagnosticLog) -> SourceText? {
        do throws(UnreadableFile) {
            if let text = try files(path) { return SourceText(path: path, text: text) }
            log.error("there is no such file", at: SourceLocation(file: path, line: 1, column: 1))
        } catch {
            log.error(error.message, at: SourceLocation(file: path, line: error.line, column: 1))
        }
        return nil
    }

    /// The file that a file names.
    static func find(_ path: String, from cursor: Cursor, files: FileReading) -> SourceText? {
        for candidate in Path.candidates(for: path, namedIn: cursor.location.file) {
            do throws(UnreadableFile) {
                if let text = try files(candidate) { return SourceText(path: candidate, text: text) }
            } catch {
                cursor.error("'\(path)', line \(error.line): \(error.message)")
                return nil
            }
        }
        cursor.error("there is no file '\(path)', neither beside this file nor above it")
        return nil
    }
}
