import AccessModel
import Addressing

/// Reads steps into typed actions and conditions, every name resolved against the fixture.
struct StepReader {
    let log: DiagnosticLog
    let files: FileReading
    /// `nil` when the fixture itself is wrong; then names are taken as they are, and no plan comes of it.
    let fixture: Fixture?
    let names: FixtureNames?
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

    static let verbs = [
        "grant", "withdraw", "issue", "rotate", "revoke", "connect", "disconnect", "agent", "use-park", "refresh",
        "sync", "open", "close", "fault", "heal",
    ]
    static let timeWords = ["expect", "eventually", "always", "never", "throughout"]
    static let others = ["wait", "include"]
    static let allVerbs = verbs + timeWords + others

    mutating func steps(_ cursor: Cursor?) -> [Step] {
        guard let cursor, let items = cursor.items("steps") else { return [] }
        return items.flatMap { step($0) }
    }

    private mutating func step(_ cursor: Cursor) -> [Step] {
        let errorsBefore = log.errorCount
        defer { if log.errorCount > errorsBefore { isComplete = false } }
        guard var fields = cursor.fields("a step") else { return [] }
        guard let verb = verb(&fields) else { return [] }
        if verb.key == "include" { return include(verb.value, &fields) }
        let name = fields.optional("name")?.text("what the step is about")
        let covers = fields.optional("covers")
        guard let body = body(verb.key, verb.value, &fields) else {
            fields.finish("'\(verb.key)'")
            return []
        }
        fields.finish("'\(verb.key)'")
        let requirements = covers?.items("requirements")?.compactMap(requirement) ?? []
        if let covers, !Self.timeWords.contains(verb.key) {
            covers.error("'covers' stands on the step that asserts, and '\(verb.key)' asserts nothing")
        }
        let location = fields.keyLocation(verb.key) ?? cursor.location
        return [
            Step(
                name: name, location: location, sourceLine: log.line(at: location), covers: requirements, body: body)
        ]
    }

    /// The one verb of a step.
    private func verb(_ fields: inout Fields) -> (key: String, value: Cursor)? {
        let present = fields.keys.filter(Self.allVerbs.contains)
        if present.count > 1, let location = fields.keyLocation(present[1]) {
            log.error("one verb a step: '\(present[0])' and '\(present[1])' are two", at: location)
            return nil
        }
        guard let key = present.first else {
            let common = ["name", "covers", "within", "stable-for", "during", "because", "with"]
            if let unknown = fields.keys.first(where: { !common.contains($0) }),
                let location = fields.keyLocation(unknown)
            {
                let suggestion = Spelling.nearest(to: unknown, among: Self.allVerbs)
                let hint = suggestion == nil ? " (known: \(Self.allVerbs.joined(separator: ", ")))" : ""
                log.error("unknown verb '\(unknown)'\(hint)", at: location, suggestion: suggestion)
            } else {
                log.error("the step has no verb", at: fields.location)
            }
            return nil
        }
        return fields.optional(key).map { (key, $0) }
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
        default: return action(key, value)
        }
    }

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
