import AccessModel
import Addressing

/// Reads steps into typed actions and conditions, every name resolved against the fixture.
struct StepReader {
    let log: DiagnosticLog
    let files: FileReading
    /// `nil` when the fixture itself is wrong; then names are taken as they are, and no plan comes of it.
    let fixture: Fixture?
    let names: FixtureNames?
    let proposed = ProposedNames()
    private var includeStack: [String]
    /// False as soon as a step could not be read, so that what later steps build on it is not complained about.
    private(set) var isComplete = true

    init(log: DiagnosticLog, files: @escaping FileReading, fixture: Fixture?, includeStack: [String]) {
        self.log = log
        self.files = files
        self.fixture = fixture
        self.includeStack = includeStack
        names = fixture.map(FixtureNames.init)
    }

    mutating func steps(_ cursor: Cursor?) -> [Step] {
        guard let cursor, let items = cursor.items("steps") else { return [] }
        return items.flatMap { step($0) }
    }

    private mutating func step(_ cursor: Cursor) -> [Step] {
        let errorsBefore = log.errorCount
        defer { if log.errorCount > errorsBefore { isComplete = false } }
        guard let first = firstWord(cursor) else { return [] }
        let word = Language.word(first)
        let isAsserting = word?.isAsserting ?? false
        let beside = isAsserting ? [StepWord.covers] : []
        let key = Key.required(first, word?.value ?? .anything, "")
        guard var fields = cursor.fields("a step", keys: [key] + StepWord.common + beside + (word?.keys ?? [])),
            let value = fields.optional(first)
        else { return [] }
        if first == "include" { return include(value, &fields) }
        let name = fields.optional("name")?.text("what the step is about")
        if !isAsserting, let covers = fields.keyLocation("covers") {
            log.error("'covers' stands on the step that asserts, and '\(first)' asserts nothing", at: covers)
        }
        let covers = isAsserting ? fields.optional("covers")?.items("requirements")?.compactMap(requirement) : nil
        let body = body(first, value, &fields)
        fields.finish("'\(first)'")
        guard let body else { return [] }
        let location = fields.keyLocation(first) ?? cursor.location
        return [
            Step(
                name: name, location: location, sourceLine: log.line(at: location), covers: covers ?? [], body: body)
        ]
    }

    /// The one verb or word that a step begins with.
    private func firstWord(_ cursor: Cursor) -> String? {
        guard let fields = cursor.fields("a step") else { return nil }
        let present = fields.keys.filter(Language.firstWords.contains)
        if present.count > 1, let location = fields.keyLocation(present[1]) {
            log.error("one verb a step: '\(present[0])' and '\(present[1])' are two", at: location)
            return nil
        }
        if let only = present.first { return only }
        let beside = Set((StepWord.common + [StepWord.covers] + Language.words.flatMap(\.keys)).map(\.name))
        if let unknown = fields.keys.first(where: { !beside.contains($0) }),
            let location = fields.keyLocation(unknown)
        {
            let suggestion = Spelling.nearest(to: unknown, among: Language.firstWords)
            let hint = suggestion == nil ? " (known: \(Language.firstWords.joined(separator: ", ")))" : ""
            log.error("unknown verb '\(unknown)'\(hint)", at: location, suggestion: suggestion)
        } else {
            log.error("the step has no verb", at: fields.location)
        }
        return nil
    }

    private func requirement(_ cursor: Cursor) -> String? {
        guard let text = cursor.text("a requirement such as R29") else { return nil }
        guard text.first == "R", let number = Int(text.dropFirst()), (1...90).contains(number), text == "R\(number)"
        else {
            cursor.error("'\(text)' is not a requirement: R1 to R90")
            return nil
        }
        return text
    }

    private mutating func body(_ key: String, _ value: Cursor, _ fields: inout Fields) -> Step.Body? {
        switch key {
        case "wait":
            log.warning(
                "a fixed wait makes a scenario slow or unsure; 'eventually' waits for a fact", at: value.location)
            let because = fields.required("because")?.text("why nothing can be waited for")
            guard let duration = value.duration(), let because else { return nil }
            return .wait(duration, because: because)
        case "throughout": return throughout(value)
        case "expect", "eventually", "always", "never": return check(key, value, &fields).map(Step.Body.check)
        default: return Language.verb(key).flatMap { action($0, value) }
        }
    }

    /// Reads a verb that changes the world.
    private func action(_ entry: VerbEntry, _ cursor: Cursor) -> Step.Body? {
        guard var fields = cursor.fields("'\(entry.name)'", keys: entry.keys + VerbEntry.common) else { return nil }
        let actor = fields.optional("as").map(self.person)
        let refusal = fields.optional("refused")?.text("the name of a refusal such as certificate-exists")
        let verb = entry.read(self, &fields, actor ?? nil)
        fields.finish("'\(entry.name)'")
        guard let verb else { return nil }
        return .act(Action(verb, actor: (actor ?? nil) ?? verb.payload.doer.person(in: fixture)), refusal: refusal)
    }

    // MARK: Conditions

    /// One condition or a list of them.
    private func conditions(_ cursor: Cursor) -> [Condition]? {
        let items = cursor.oneOrMore()
        if items.isEmpty { cursor.error("no conditions") }
        let read = items.map(condition)
        return read.contains { $0 == nil } || items.isEmpty ? nil : read.compactMap { $0 }
    }

    private func condition(_ cursor: Cursor) -> Condition? {
        guard var fields = cursor.fields("a condition") else { return nil }
        let known = Language.conditions.map(\.name)
        if let unknown = fields.keys.first(where: { !known.contains($0) }), let location = fields.keyLocation(unknown) {
            let suggestion = Spelling.nearest(to: unknown, among: known)
            let hint = suggestion == nil ? " (known: \(known.joined(separator: ", ")))" : ""
            log.error("unknown condition '\(unknown)'\(hint)", at: location, suggestion: suggestion)
            return nil
        }
        guard let name = fields.keys.first, let entry = Language.condition(name) else {
            log.error("the condition is empty", at: fields.location)
            return nil
        }
        if let second = fields.keys.dropFirst().first, let location = fields.keyLocation(second) {
            log.error("one condition a mapping: make it a list, '- \(name): …' and '- \(second): …'", at: location)
            return nil
        }
        guard let value = fields.optional(name), var inner = value.fields("'\(name)'", keys: entry.keys) else {
            return nil
        }
        let condition = entry.read(self, &inner)
        inner.finish("'\(name)'")
        return condition
    }

    // MARK: Time words

    private func check(_ key: String, _ value: Cursor, _ fields: inout Fields) -> Check? {
        var word: TimeWord?
        switch key {
        case "expect": word = .expect
        case "eventually":
            let within = fields.required("within")?.duration()
            let stable = fields.optional("stable-for").map { $0.duration() }
            word = within.map { .eventually(within: $0, stableFor: stable ?? nil) }
        default:
            let during = fields.required("during")?.duration()
            word = during.map { key == "always" ? .always(during: $0) : .never(during: $0) }
        }
        let conditions = conditions(value)
        guard let word, let conditions else { return nil }
        return Check(word: word, conditions: conditions)
    }

    private mutating func throughout(_ cursor: Cursor) -> Step.Body? {
        guard var fields = cursor.fields("'throughout'") else { return nil }
        let held = fields.exactlyOne(of: ["always", "never"])
        let steps = fields.required("steps")
        fields.finish("'throughout'")
        let conditions = held.flatMap { self.conditions($0.value) }
        if let steps, case .sequence(let items) = steps.node.content, items.isEmpty { steps.error("no steps") }
        let inner = self.steps(steps)
        guard let held, let conditions, let word = Throughout.Word(rawValue: held.key) else { return nil }
        return .throughout(Throughout(word: word, conditions: conditions, steps: inner))
    }

    // MARK: Flows

    private mutating func include(_ cursor: Cursor, _ fields: inout Fields) -> [Step] {
        let with = fields.optional("with")
        fields.finish("'include'")
        guard let path = cursor.text("the path of a flow"), let source = Loader.find(path, from: cursor, files: files)
        else { return [] }
        guard !includeStack.contains(source.path) else {
            let chain = (includeStack + [source.path]).joined(separator: " -> ")
            cursor.error("'\(source.path)' includes itself: \(chain)")
            return []
        }
        guard let root = YAMLNode.parse(source, log: log), var flow = Cursor(root, log: log).fields("a flow") else {
            return []
        }
        Format.check(&flow)
        _ = flow.required("flow")?.text("what the flow does")
        let inputs = flow.optional("inputs")
        _ = flow.required("steps")
        flow.finish("a flow")
        let scope = FlowInputs(log: log, names: names, fixture: fixture)
            .scope(inputs, with: with, at: cursor.location, flow: source.path)
        guard let scope, case .mapping(let entries) = root.content,
            let steps = entries.first(where: { $0.key == "steps" })?.value
        else { return [] }
        includeStack.append(source.path)
        defer { includeStack.removeLast() }
        return self.steps(Cursor(steps, scope: scope, log: log))
    }
}
