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
    /// What `remember` steps have kept so far; `nil` where the step could not be read.
    private var memories: [MemoryID: Condition?] = [:]
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
        // A refusal that is expected is asserted, as by a time word.
        let isAsserting = word?.isAsserting ?? expectsRefusal(first, cursor)
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

    private func expectsRefusal(_ verb: String, _ cursor: Cursor) -> Bool {
        guard case .mapping(let entries) = cursor.node.content,
            let value = entries.first(where: { $0.key == verb })?.value, case .mapping(let keys) = value.content
        else { return false }
        return keys.contains { $0.key == "refused" }
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
            guard let duration = value.span(), let because else { return nil }
            return .wait(duration, because: because)
        case "throughout": return throughout(value)
        case "parallel": return parallel(value)
        case "repeat": return repeated(value)
        case "remember": return remember(value).map(Step.Body.remember)
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
        if case .sync(.every(let interval)) = verb { cursor.scope.durations?.tickInterval = interval }
        if case .sync(.pause) = verb { cursor.scope.durations?.tickInterval = nil }
        return .act(Action(verb, actor: (actor ?? nil) ?? verb.payload.doer.person(in: fixture)), refusal: refusal)
    }

    // MARK: Time words

    private func check(_ key: String, _ value: Cursor, _ fields: inout Fields) -> Check? {
        var word: TimeWord?
        switch key {
        case "expect": word = .expect
        case "eventually":
            let within = fields.required("within")?.span()
            let stable = fields.optional("stable-for").map { $0.span() }
            word = within.map { .eventually(within: $0, stableFor: stable ?? nil) }
        default:
            word = extent(&fields, key == "always" ? .always : .never)
        }
        let clauses = clauses(value)
        guard let word, let clauses else { return nil }
        return Check(word: word, clauses: clauses)
    }

    private enum End: String, CaseIterable { case sync }

    private func extent(_ fields: inout Fields, _ word: Throughout.Word) -> TimeWord? {
        guard let (key, value) = fields.exactlyOne(of: ["during", "until"]) else { return nil }
        if key == "until" { return value.choice("an end", End.self).map { _ in .untilSync(word) } }
        return value.span().map { word == .always ? .always(during: $0) : .never(during: $0) }
    }

    private mutating func throughout(_ cursor: Cursor) -> Step.Body? {
        guard var fields = cursor.fields("'throughout'") else { return nil }
        let held = fields.exactlyOne(of: ["always", "never"])
        let steps = fields.required("steps")
        fields.finish("'throughout'")
        let clauses = held.flatMap { self.clauses($0.value) }
        let inner = innerSteps(steps)
        guard let held, let clauses, let word = Throughout.Word(rawValue: held.key) else { return nil }
        return .throughout(Throughout(word: word, clauses: clauses, steps: inner))
    }

    private mutating func innerSteps(_ cursor: Cursor?) -> [Step] {
        if let cursor, case .sequence(let items) = cursor.node.content, items.isEmpty { cursor.error("no steps") }
        return steps(cursor)
    }

    // MARK: Steps of steps

    private mutating func parallel(_ cursor: Cursor) -> Step.Body? {
        guard var fields = cursor.fields("'parallel'") else { return nil }
        let branches = fields.required("branches")
        fields.finish("'parallel'")
        guard let branches, let items = branches.items("lists of steps") else { return nil }
        if !(2...16).contains(items.count) { branches.error("'parallel' takes 2 to 16 lists of steps") }
        return .parallel(items.map { innerSteps($0) })
    }

    private mutating func repeated(_ cursor: Cursor) -> Step.Body? {
        guard var fields = cursor.fields("'repeat'") else { return nil }
        let times = fields.required("times")?.int("how often", in: 1...1000)
        let steps = fields.required("steps")
        fields.finish("'repeat'")
        let inner = innerSteps(steps)
        return times.map { .repeated(times: $0, inner) }
    }

    private mutating func remember(_ cursor: Cursor) -> Memory? {
        guard var fields = cursor.fields("'remember'") else { return nil }
        let id = fields.required("id")?.text("an id for what is remembered").map { MemoryID($0) }
        let subject = fields.exactlyOne(of: Language.subjects.map(\.name))
        fields.finish("'remember'")
        var read: Condition?
        if let subject, let entry = Language.subject(subject.key),
            var inner = subject.value.fields("'\(subject.key)'", keys: entry.keys)
        {
            read = entry.read(self, &inner)
            inner.finish("'\(subject.key)'")
        }
        guard let id else { return nil }
        memories[id] = .some(read)
        return read.map { Memory(id: id, subject: $0) }
    }

    /// Makes a memory known that no step gives out, for examples.
    mutating func assumeMemory(_ id: MemoryID, of fixture: Fixture) {
        guard let person = fixture.people.first else { return }
        memories[id] = .some(.routes(.init(person: person, rows: [], isExact: false, isOrdered: false)))
    }

    /// What a memory is of; reports a name that no step before has given out.
    func memory(_ cursor: Cursor) -> (id: MemoryID, subject: Condition)? {
        guard let id = cursor.text("the id of what was remembered").map({ MemoryID($0) }) else { return nil }
        guard let subject = memories[id] else {
            log.unknown("memory", id.text, among: memories.keys.map(\.text).sorted(), at: cursor.location)
            return nil
        }
        return subject.map { (id, $0) }
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
        let scope = FlowInputs(log: log, names: names, durations: cursor.scope.durations)
            .scope(inputs, with: with, at: cursor.location, flow: source.path)
        guard let scope, case .mapping(let entries) = root.content,
            let steps = entries.first(where: { $0.key == "steps" })?.value
        else { return [] }
        includeStack.append(source.path)
        defer { includeStack.removeLast() }
        return self.steps(Cursor(steps, scope: scope, log: log))
    }
}
