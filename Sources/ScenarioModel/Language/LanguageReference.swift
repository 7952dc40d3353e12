/// The reference of the language as Markdown, made from its table.
package struct LanguageReference {
    package static let path = "Sources/MiroxRig/MiroxRig.docc/Language.md"

    /// Reads an example and says it as a sentence; `nil` where it cannot be read.
    private let sentence: (String) -> String?

    /// - Parameter loader: reads the fixture and the flows that the examples speak of.
    package init(loader: Loader) throws(InvalidScenario) {
        let fixture = try loader.fixture(Self.fixture)
        sentence = { step in
            let lines = step.split(separator: "\n").enumerated().map { $0 == 0 ? "  - \($1)" : "    \($1)" }
            let source = SourceText(path: "example.yaml", text: "steps:\n" + lines.joined(separator: "\n"))
            return loader.steps(source, fixture: fixture)?.first?.sentence
        }
    }

    /// What the examples are about.
    package static let fixture = "Fixtures/sites/two-parks-same-range.yaml"

    package var markdown: String {
        var parts = [Self.introduction, Self.header, Self.spans]
        parts.append("## Verbs\n\nEach changes something, once. Beside its own keys every verb takes:\n")
        parts.append(Self.table(VerbEntry.common))
        for verb in Language.verbs {
            parts.append(section(verb.name, verb.summary, verb.keys, verb.examples, in: { $0 }))
        }
        parts.append(
            "## Time words, and steps of steps\n\nA step that asserts also takes `covers`. Every step takes `name`.\n")
        for word in Language.words {
            parts.append(section(word.name, word.summary, Self.keys(of: word), word.examples, in: { $0 }))
        }
        parts.append(
            "## Conditions\n\nEach stands behind a time word. A list means all of them; under `never`, none.\n")
        for condition in Language.conditions {
            parts.append(
                section(condition.name, condition.summary, condition.keys, condition.examples) {
                    "expect: { \($0) }"
                })
        }
        parts.append("## Putting conditions together\n")
        for group in Language.groups {
            parts.append(section(group.name, group.summary, [], [group.example]) { "expect: { \($0) }" })
        }
        parts.append(
            "## Invariants\n\nWatched on every packet and event of the whole scenario: `invariants: [no-leak]`.\n")
        parts.append(Invariant.allCases.map { "* `\($0.rawValue)`: \($0.sentence)." }.joined(separator: "\n"))
        return parts.joined(separator: "\n") + "\n"
    }

    private static let introduction = """
        # The language

        Every verb, time word and condition of a scenario. This page is made from the program's own table by
        `make language`; a test holds it to the table.

        A scenario is strict YAML, one scenario a file, one verb a step. Whatever is not known is refused with its place and, where
        one is near, the word that was probably meant: `mirox-rig check FILE`. `mirox-rig explain FILE` says it in sentences, as they
        stand below each example here.

        """

    private static let header = """
        ## The head of a scenario

        \(table(ScenarioSchema.headerKeys))
        """

    private static let spans = """
        ## Spans

        `500ms`, `2s`, `1.5s`, `3min`, `1h`: always with a unit. These have names, and a second for the way is in them:

        \(NamedDurations.Name.allCases.map { "* `\($0.rawValue)`: \($0.text)" }.joined(separator: "\n"))

        """

    /// What stands behind the word and beside it.
    private static func keys(of word: StepWord) -> [Key] {
        guard case .mapping(let inner) = word.value else { return word.keys }
        return inner + word.keys
    }

    private func section(
        _ name: String, _ summary: String, _ keys: [Key], _ examples: [String], in step: (String) -> String
    ) -> String {
        var lines = ["### \(name)", "", summary, ""]
        if !keys.isEmpty { lines.append(Self.table(keys)) }
        for example in examples {
            lines += ["```yaml", example, "```"]
            if let sentence = sentence(step(example)) { lines += ["> \(sentence)", ""] } else { lines.append("") }
        }
        return lines.joined(separator: "\n")
    }

    private static func table(_ keys: [Key]) -> String {
        let rows = keys.map { "| `\($0.name)` | \($0.need.text) | \($0.kind.text) | \($0.text) |" }
        return (["| key | | takes | |", "|---|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }
}

extension Key.Need {
    fileprivate var text: String {
        switch self {
        case .required: "required"
        case .optional: "optional"
        case .oneOf: "exactly one of these"
        case .someOf: "at least one of these"
        }
    }
}

extension ValueKind {
    /// What may stand there, for people.
    fileprivate var text: String {
        switch self {
        case .text: "a text"
        case .name: "a name"
        case .person: "a person"
        case .plant: "a plant"
        case .portfolio: "a portfolio"
        case .organization: "an organization"
        case .cooperation: "a cooperation"
        case .requirement: "a requirement"
        case .laptop: "a laptop, `anna/laptop`"
        case .laptopName: "a laptop without its person"
        case .target: "a device or an address"
        case .subnet: "a subnet, `192.168.1.0/24`"
        case .address: "an address"
        case .duration: "a span"
        case .percentage: "a share, `20%`"
        case .flag: "`true` or `false`"
        case .yes: "`true`"
        case .int(let range):
            range.upperBound == Int.max
                ? "a number from \(range.lowerBound)" : "a number, \(range.lowerBound) to \(range.upperBound)"
        case .number: "a number"
        case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
        case .list(let item): "a list: \(item.text)"
        case .oneOrMore(let item): "\(item.text), or a list"
        case .row(let cells): "`[\(cells.map(\.plain).joined(separator: ", "))]`"
        case .mapping(let keys): "a mapping: \(keys.map { "`\($0.name)`" }.joined(separator: ", "))"
        case .named(let value): "a mapping of names: \(value.text)"
        case .conditions: "conditions"
        case .steps: "steps"
        case .anything: "a value"
        }
    }

    private var plain: String {
        switch self {
        case .choice: "status"
        case .subnet: "subnet"
        default: text.replacing("a ", with: "")
        }
    }
}
