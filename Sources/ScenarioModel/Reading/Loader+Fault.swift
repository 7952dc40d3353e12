extension Loader {
    /// A fault as somebody types it: what stands behind `fault:` in a scenario.
    package func fault(_ text: String, in fixture: Fixture) throws(InvalidScenario) -> Action.Fault {
        let log = DiagnosticLog()
        let source = SourceText(path: "fault", text: text)
        log.add(source)
        let reader = StepReader(log: log, files: { _ in nil }, fixture: fixture, includeStack: [])
        var fault: Action.Fault?
        if let root = YAMLNode.parse(source, log: log), var fields = Cursor(root, log: log).fields("a fault") {
            fault = reader.fault(&fields)
            fields.finish("'fault'")
        }
        try log.throwIfInvalid()
        guard let fault else { throw InvalidScenario(diagnostics: [], omittedCount: 0) }
        return fault
    }
}
