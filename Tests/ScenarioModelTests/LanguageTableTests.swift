import AccessModel
import Testing

@testable import ScenarioModel

@Suite("The table of the language")
struct LanguageTableTests {
    /// A scenario of one step, on the fixture that all examples are about.
    private static func steps(_ step: String) throws -> (steps: [Step], log: DiagnosticLog) {
        let lines = step.split(separator: "\n").enumerated().map { $0 == 0 ? "  - \($1)" : "    \($1)" }
        let source = SourceText(path: "example.yaml", text: "steps:\n" + lines.joined(separator: "\n"))
        let log = DiagnosticLog()
        let fixture = try loaderOfPackage.fixture("Fixtures/sites/two-parks-same-range.yaml")
        var reader = StepReader(log: log, files: { readPackageFile($0) }, fixture: fixture, includeStack: [])
        guard let root = YAMLNode.parse(source, log: log), case .mapping(let entries) = root.content else {
            return ([], log)
        }
        return (reader.steps(Cursor(entries[0].value, log: log)), log)
    }

    private static func complaints(_ step: String) throws -> String? {
        let (steps, log) = try steps(step)
        do {
            try log.throwIfInvalid()
            return steps.isEmpty ? "no step comes of it" : nil
        } catch {
            return error.rendered
        }
    }

    @Test("every example of a verb can be read", arguments: Language.verbs.map(\.name))
    func verbs(name: String) throws {
        let entry = try #require(Language.verb(name))
        #expect(!entry.examples.isEmpty)
        for example in entry.examples {
            let complaint = try Self.complaints(example)
            #expect(complaint == nil, "\(complaint ?? "")")
        }
    }

    @Test("every example of a condition can be read", arguments: Language.conditions.map(\.name))
    func conditions(name: String) throws {
        let entry = try #require(Language.condition(name))
        #expect(!entry.examples.isEmpty)
        for example in entry.examples {
            let complaint = try Self.complaints("expect: { \(example) }")
            #expect(complaint == nil, "\(complaint ?? "")")
        }
    }

    @Test("every example of a time word can be read", arguments: Language.words.map(\.name))
    func words(name: String) throws {
        let entry = try #require(Language.word(name))
        #expect(!entry.examples.isEmpty)
        for example in entry.examples {
            let complaint = try Self.complaints(example)
            #expect(complaint == nil, "\(complaint ?? "")")
        }
    }

    @Test("the examples of an entry use every key that it declares")
    func keys() {
        let entries =
            Language.verbs.map { ($0.name, $0.keys, $0.examples) }
            + Language.conditions.map { ($0.name, $0.keys, $0.examples) }
            + Language.words.map { ($0.name, $0.keys, $0.examples) }
        for (name, keys, examples) in entries {
            for key in keys where !examples.contains(where: { $0.contains("\(key.name):") }) {
                Issue.record("no example of '\(name)' shows '\(key.name)'")
            }
        }
    }

    @Test("no first word and no condition stands twice, none is read as something else by YAML 1.1")
    func names() {
        let names = Language.firstWords
        #expect(Set(names).count == names.count)
        let all = names + Language.conditions.map(\.name)
        let keys = Language.verbs.flatMap(\.keys) + Language.conditions.flatMap(\.keys) + Language.words.flatMap(\.keys)
        for name in all + keys.map(\.name) {
            #expect(!["on", "off", "yes", "no", "y", "n"].contains(name))
        }
    }

    @Test("a key that is read and not declared is an error, so that the table cannot lag behind")
    func undeclared() {
        let log = DiagnosticLog()
        let node = YAMLNode(content: .mapping([]), location: SourceLocation(file: "f", line: 1, column: 1))
        var fields = Cursor(node, log: log).fields("a thing", keys: [.optional("known", .text, "")])
        _ = fields?.optional("unknown")
        #expect(log.errorCount == 1)
    }
}
