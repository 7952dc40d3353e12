/// The JSON Schema of scenario files, made from the table of the language, for editors.
///
/// It says what an editor can know without the fixture; names, order and what follows from them are `mirox-rig check`'s.
package enum ScenarioSchema {
    package static let path = "Scenarios/scenario.schema.json"

    package static var text: String { schema.rendered() + "\n" }

    private static let header: [Key] = [
        .required("format", .choice(["1"]), "1; stands first"),
        .required("scenario", .text, "what the scenario shows, in a sentence"),
        .required("id", .text, "small letters, digits and '-'; no other scenario has it"),
        .required("fixture", .text, "the fixture's file, beside this one or above it"),
        .optional("about", .text, "why the scenario is there, for people"),
        .optional("tags", .list(.text), "words by which scenarios are picked"),
        .optional("invariants", .list(.choice(Invariant.self)), "what is watched on every packet and event"),
        .optional("timeout", .duration, "how long it may take; 60s unless said"),
        .optional(
            "matrix", .named(.anything), "the scenario runs once for each combination; `exclude` leaves some out"),
        .optional("vars", .named(.anything), "values that stand for `${name}`"),
        .optional("only", .yes, "no other scenario runs; refused when CI=true"),
        .optional(
            "flaky",
            .mapping([
                .required("issue", .text, "where it is written down"), .required("owner", .text, "who mends it"),
                .required("until", .text, "the last day, 2026-12-31; after it the scenario is refused"),
            ]), "in quarantine: what fails is called flaky and never ends the run with an error"),
        .optional("setup", .steps, "what is done before; a failure here is no failure of what is proven"),
        .required("steps", .steps, "what is done and what must be so"),
    ]

    /// The keys of a scenario's head, for the reference.
    package static var headerKeys: [Key] { header }

    private static var schema: JSONText {
        object(
            header,
            before: [
                ("$schema", "http://json-schema.org/draft-07/schema#"),
                ("title", "A mirox-rig scenario"),
            ]
        )
        .adding([("definitions", .object(definitions))])
    }

    private static var definitions: [(key: String, value: JSONText)] {
        [
            ("variable", ["type": "string", "pattern": "\\$\\{[^}]+\\}", "description": "a value put in for ${name}"]),
            ("text", ["anyOf": [["type": "string"], ["type": "number"], ["type": "boolean"]]]),
            (
                "duration",
                [
                    "type": "string",
                    "pattern": .text(
                        "^([0-9]+(\\.[0-9]+)?(ms|s|min|h)|"
                            + NamedDurations.Name.allCases.map(\.rawValue).joined(separator: "|")
                            + "|.*\\$\\{[^}]+\\}.*)$"),
                    "description": "a span with its unit: 500ms, 2s, 3min, 1h; or one with a name",
                ]
            ),
            ("steps", ["type": "array", "items": ["$ref": "#/definitions/step"]]),
            ("step", step),
            ("conditions", conditions),
            ("condition", condition),
        ]
    }

    /// One object with all verbs, so that an editor can say which key is wrong.
    private static var step: JSONText {
        var properties: [(key: String, value: JSONText)] = []
        for key in StepWord.common + [StepWord.covers] { properties.append((key.name, described(key))) }
        for verb in Language.verbs {
            let value = object(verb.keys + VerbEntry.common).adding([("description", .text(verb.summary))])
            properties.append((verb.name, value))
        }
        var seen: Set<String> = []
        for word in Language.words {
            properties.append((word.name, described(.required(word.name, word.value, word.summary))))
            for key in word.keys where seen.insert(key.name).inserted { properties.append((key.name, described(key))) }
        }
        return [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "oneOf": .list(Language.firstWords.map { ["required": [.text($0)]] }),
        ]
    }

    private static var conditions: JSONText {
        [
            "anyOf": [
                ["$ref": "#/definitions/condition"],
                ["type": "array", "minItems": 1, "items": ["$ref": "#/definitions/condition"]],
            ]
        ]
    }

    private static var condition: JSONText {
        var properties = Language.conditions.map { entry in
            (key: entry.name, value: object(entry.keys).adding([("description", .text(entry.summary))]))
        }
        for group in Language.groups {
            properties.append((group.name, described(.required(group.name, group.value, group.summary))))
        }
        return [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "minProperties": 1, "maxProperties": 1,
        ]
    }

    // MARK: Pieces

    private static func object(
        _ keys: [Key], before: [(key: String, value: JSONText)] = []
    ) -> JSONText {
        var entries = before + [(key: "type", value: JSONText.text("object"))]
        entries.append(("properties", .object(keys.map { ($0.name, described($0)) })))
        entries.append(("additionalProperties", false))
        let required = keys.filter { $0.need == .required }.map { JSONText.text($0.name) }
        if !required.isEmpty { entries.append(("required", .list(required))) }
        let rules = groups(of: keys)
        if rules.count == 1 { entries.append(rules[0]) }
        if rules.count > 1 { entries.append(("allOf", .list(rules.map { .object([$0]) }))) }
        return .object(entries)
    }

    /// Exactly one of some keys, or one of them at least.
    private static func groups(of keys: [Key]) -> [(key: String, value: JSONText)] {
        var order: [Key.Need] = []
        var members: [Key.Need: [String]] = [:]
        for key in keys {
            switch key.need {
            case .required, .optional: continue
            case .oneOf, .someOf:
                if members[key.need] == nil { order.append(key.need) }
                members[key.need, default: []].append(key.name)
            }
        }
        return order.map { need in
            let choices = JSONText.list((members[need] ?? []).map { ["required": [.text($0)]] })
            if case .someOf = need { return ("anyOf", choices) }
            return ("oneOf", choices)
        }
    }

    private static func described(_ key: Key) -> JSONText {
        let shape = shape(of: key.kind)
        guard case .object(let entries) = shape, !entries.contains(where: { $0.key == "$ref" }) else {
            return ["allOf": [shape], "description": .text(key.text)]
        }
        return shape.adding(entries.contains { $0.key == "description" } ? [] : [("description", .text(key.text))])
    }

    private static let variable: JSONText = ["$ref": "#/definitions/variable"]

    private static func shape(of kind: ValueKind) -> JSONText {
        switch kind {
        case .text, .name, .person, .plant, .portfolio, .organization, .cooperation, .requirement, .laptop,
            .laptopName, .target, .subnet, .address, .percentage:
            return ["$ref": "#/definitions/text"]
        case .duration: return ["$ref": "#/definitions/duration"]
        case .flag: return ["anyOf": [["type": "boolean"], variable]]
        case .yes: return ["anyOf": [["type": "boolean", "enum": [true]], variable]]
        case .int(let range):
            var number: [(key: String, value: JSONText)] = [("type", "integer")]
            number.append(("minimum", .number(range.lowerBound)))
            if range.upperBound < Int.max { number.append(("maximum", .number(range.upperBound))) }
            return ["anyOf": [.object(number), variable]]
        case .number: return ["anyOf": [["type": "number"], variable]]
        case .choice(let names):
            let numbers = names.compactMap { Int($0) }
            if numbers.count == names.count { return ["enum": .list(numbers.map(JSONText.number))] }
            return ["anyOf": [["type": "string", "enum": .list(names.map(JSONText.text))], variable]]
        case .list(let item): return ["anyOf": [["type": "array", "items": shape(of: item)], variable]]
        case .oneOrMore(let item):
            return ["anyOf": [shape(of: item), ["type": "array", "items": shape(of: item)]]]
        case .row(let cells):
            let count = JSONText.number(cells.count)
            return [
                "type": "array", "items": .list(cells.map(shape)), "minItems": count, "maxItems": count,
            ]
        case .mapping(let keys): return object(keys)
        case .named(let value):
            return ["anyOf": [["type": "object", "additionalProperties": shape(of: value)], variable]]
        case .conditions: return ["$ref": "#/definitions/conditions"]
        case .steps: return ["$ref": "#/definitions/steps"]
        case .anything: return true
        }
    }
}
