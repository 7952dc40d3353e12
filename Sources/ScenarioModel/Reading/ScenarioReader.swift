import AccessModel

/// Reads a scenario file into a plan: header, matrix, and the steps once for each set of matrix values.
struct ScenarioReader {
    let log: DiagnosticLog
    let files: FileReading

    /// - Returns: `nil` when anything is wrong.
    func read(_ source: SourceText) -> Plan? {
        guard let root = YAMLNode.parse(source, log: log),
            var fields = Cursor(root, log: log).fields("a scenario")
        else { return nil }
        if !fields.contains("scenario"), let kind = Self.kindOfFile(fields) {
            log.error("this is a \(kind): check a scenario that uses it", at: fields.location)
            return nil
        }
        Format.check(&fields)
        let title = fields.required("scenario")?.text("what the scenario shows, in a sentence") ?? ""
        let id = fields.required("id").flatMap(id) ?? ""
        let tags = fields.optional("tags")?.items("tags")?.compactMap { $0.text("a tag") } ?? []
        let about = fields.optional("about")?.text("why the scenario is there")
        let fixtureCursor = fields.required("fixture")
        let invariants = fields.optional("invariants")?.items("invariants")?
            .compactMap { $0.choice("an invariant", Invariant.self) }
        let timeout = fields.optional("timeout")?.span()
        let isOnly = fields.optional("only")?.isTrue() ?? false
        let matrix = fields.optional("matrix")
        let vars = fields.optional("vars")
        fields.allow(["setup", "steps", "flaky"])
        if !fields.contains("steps") { log.error("'steps' is missing", at: fields.location) }
        fields.finish("a scenario")

        let (fixture, fixturePath) = fixtureCursor.map(fixture) ?? (nil, "")
        let quarantine = fields.optional("flaky").flatMap(quarantine)
        var instances: [Instance] = []
        for values in MatrixReader(log: log).combinations(matrix) {
            var scope = scope(vars, matrix: values)
            scope.durations = NamedDurations(fixture?.controlPlane ?? ControlPlaneOptions())
            var reader = StepReader(log: log, files: files, fixture: fixture, includeStack: [source.path])
            let setup = reader.steps(body("setup", of: root, scope))
            let steps = reader.steps(body("steps", of: root, scope))
            guard let fixture else { continue }
            let limit = timeout ?? Self.timeout
            PlanChecker(fixture: fixture, timeout: limit, log: log)
                .check(setup + steps, isComplete: reader.isComplete)
            let suffix = values.map { "\($0.name)=\($0.text)" }.joined(separator: ",")
            instances.append(
                Instance(
                    name: suffix.isEmpty ? id : "\(id)[\(suffix)]", id: id, title: title, about: about,
                    location: SourceLocation(file: source.path, line: 1, column: 1), tags: tags, fixture: fixture,
                    fixturePath: fixturePath, invariants: invariants ?? [], timeout: limit,
                    isOnly: isOnly, quarantine: quarantine, setup: setup, steps: steps))
        }
        guard log.errorCount == 0 else { return nil }
        return Plan(instances: instances, warnings: log.warnings.map(\.rendered))
    }

    /// What a file is that is no scenario and belongs to one.
    private static func kindOfFile(_ fields: Fields) -> String? {
        fields.contains("organizations") ? "fixture" : fields.contains("flow") ? "flow" : nil
    }

    /// Unless the scenario says another.
    private static let timeout = Duration.seconds(60)

    private func id(_ cursor: Cursor) -> String? {
        guard let text = cursor.text("an id such as reach-every-device") else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
        }
        if !isPlain || text.count > 64 { cursor.error("an id has small letters, digits and '-', at most 64 of them") }
        return text
    }

    private func quarantine(_ cursor: Cursor) -> Quarantine? {
        guard var fields = cursor.fields("a quarantine") else { return nil }
        let issue = fields.required("issue")?.text("where it is written down")
        let owner = fields.required("owner")?.text("who mends it")
        let until = fields.required("until")?.day()
        fields.finish("'flaky'")
        guard let issue, let owner, let until else { return nil }
        return Quarantine(issue: issue, owner: owner, until: until)
    }

    private func fixture(_ cursor: Cursor) -> (Fixture?, String) {
        guard let path = cursor.text("the path of a fixture"),
            let source = Loader.find(path, from: cursor, files: files)
        else { return (nil, "") }
        var reader = FixtureReader(log: log, files: files)
        return (reader.read(source), source.path)
    }

    private func body(_ key: String, of root: YAMLNode, _ scope: Scope) -> Cursor? {
        guard case .mapping(let entries) = root.content else { return nil }
        return entries.first { $0.key == key }.map { Cursor($0.value, scope: scope, log: log) }
    }

    /// The matrix values, then `vars:` in the order of the file; one may use those above it.
    private func scope(_ vars: Cursor?, matrix: [MatrixReader.Value]) -> Scope {
        var scope = Scope(values: Dictionary(uniqueKeysWithValues: matrix.map { ($0.name, $0.node) }))
        for (name, location, value) in vars?.entries("variables by name") ?? [] {
            if scope.values[name] != nil {
                log.error("'\(name)' is in the matrix already", at: location)
                continue
            }
            scope.values[name] = value.resolved(in: scope)
        }
        return scope
    }
}

extension Cursor {
    /// The node with everything that a variable stands for put in.
    func resolved(in scope: Scope) -> YAMLNode {
        let inner = Cursor(node, scope: scope, log: log)
        switch inner.node.content {
        case .broken: return inner.node
        case .scalar(let text):
            guard let text = scope.interpolate(text, at: location, log: log) else {
                return YAMLNode(content: .broken, location: location)
            }
            return YAMLNode(content: .scalar(text), location: location)
        case .sequence(let items):
            let items = items.map { Cursor($0, scope: scope, log: log).resolved(in: scope) }
            return YAMLNode(content: .sequence(items), location: location)
        case .mapping:
            error("a variable is a single value or a list of them")
            return YAMLNode(content: .broken, location: location)
        }
    }
}

/// Reads `matrix:`, the cross product of some values without those that `exclude:` names.
struct MatrixReader {
    let log: DiagnosticLog

    struct Value {
        var name: String
        var text: String
        var node: YAMLNode
    }

    static let limitInstances = 200

    func combinations(_ cursor: Cursor?) -> [[Value]] {
        guard let cursor, let entries = cursor.entries("values by name") else { return [[]] }
        var combinations: [[Value]] = [[]]
        for (name, location, value) in entries where name != "exclude" {
            let values = (value.items("values") ?? []).compactMap { item in
                item.text("a value").map { Value(name: name, text: $0, node: item.node) }
            }
            if Set(values.map(\.text)).count < values.count {
                log.error("'\(name)' has a value twice", at: location)
            }
            guard !values.isEmpty else {
                log.error("'\(name)' has no values", at: location)
                continue
            }
            guard combinations.count * values.count <= Self.limitInstances else {
                log.error("the matrix makes more than \(Self.limitInstances) scenarios", at: cursor.location)
                return [[]]
            }
            combinations = combinations.flatMap { before in values.map { before + [$0] } }
        }
        let names = entries.map(\.key).filter { $0 != "exclude" }
        let exclude = entries.first { $0.key == "exclude" }?.value.items("combinations") ?? []
        for item in exclude {
            var wanted: [String: String] = [:]
            for (name, location, value) in item.entries("a combination") ?? [] {
                if !names.contains(name) { log.unknown("matrix value", name, among: names, at: location) }
                wanted[name] = value.text("a value")
            }
            let before = combinations.count
            combinations.removeAll { $0.count { wanted[$0.name] == $0.text } == wanted.count }
            if combinations.count == before { item.error("this excludes nothing") }
        }
        if combinations.isEmpty { log.error("nothing is left of the matrix", at: cursor.location) }
        return combinations
    }
}
