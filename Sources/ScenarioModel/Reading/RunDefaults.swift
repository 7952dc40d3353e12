/// Defaults for the options of `run`, as `mirox-rig.yaml` holds them.
///
/// ```yaml
/// format: 1
/// run: { jobs: 4, retries: 1 }
/// profiles:
///   ci: { retries: 2, flaky: fail, junit: out/junit.xml }
/// ```
package struct RunDefaults: Hashable, Sendable {
    /// What an option of the command line takes.
    package enum OptionKind: Hashable, Sendable {
        case flag, value
        /// May be said several times.
        case values
    }

    /// By option, without its dashes; a flag has the value `true` or `false`.
    package var values: [String: [String]]

    package init(values: [String: [String]] = [:]) {
        self.values = values
    }

    /// Reads the file: the defaults of all runs, and over them those of a profile.
    ///
    /// - Parameter options: every option that the file may say.
    package static func read(
        _ source: SourceText, profile: String?, options: [String: OptionKind]
    ) throws(InvalidScenario) -> RunDefaults {
        let log = DiagnosticLog()
        var defaults = RunDefaults()
        if let root = YAMLNode.parse(source, log: log), var fields = Cursor(root, log: log).fields("defaults") {
            Format.check(&fields)
            let reader = Reader(log: log, options: options)
            if let run = fields.optional("run") { defaults.values = reader.values(run) }
            let profiles = fields.optional("profiles")?.entries("options by profile") ?? []
            // Every profile is read, so that all that is wrong is told at once.
            let read = profiles.map { ($0.key, reader.values($0.value)) }
            fields.finish("this file")
            if let profile {
                if let found = read.first(where: { $0.0 == profile }) {
                    defaults.values.merge(found.1) { $1 }
                } else {
                    log.unknown("profile", profile, among: read.map(\.0), at: fields.location)
                }
            }
        }
        try log.throwIfInvalid()
        return defaults
    }

    private struct Reader {
        let log: DiagnosticLog
        let options: [String: OptionKind]

        func values(_ cursor: Cursor) -> [String: [String]] {
            var values: [String: [String]] = [:]
            for (key, location, value) in cursor.entries("options") ?? [] {
                guard let kind = options[key] else {
                    log.unknown("option", key, among: options.keys.sorted(), at: location)
                    continue
                }
                switch kind {
                case .flag: values[key] = value.bool().map { ["\($0)"] }
                case .value: values[key] = value.text("a value").map { [$0] }
                case .values: values[key] = value.oneOrMore().compactMap { $0.text("a value") }
                }
            }
            return values
        }
    }
}
