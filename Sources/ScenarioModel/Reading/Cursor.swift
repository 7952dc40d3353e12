/// A place in a YAML tree from which typed values are read; what does not fit is reported once and read as `nil`.
struct Cursor {
    let node: YAMLNode
    let scope: Scope
    let log: DiagnosticLog

    var location: SourceLocation { node.location }

    /// - Parameter node: a scalar that is nothing but `${name}` becomes the whole value of that name.
    init(_ node: YAMLNode, scope: Scope = Scope(), log: DiagnosticLog) {
        self.scope = scope
        self.log = log
        if case .scalar(let text) = node.content, let name = Scope.wholeName(text) {
            self.node =
                scope.value(name, at: node.location, log: log) ?? YAMLNode(content: .broken, location: node.location)
        } else {
            self.node = node
        }
    }

    func error(_ message: String, suggestion: String? = nil) {
        log.error(message, at: location, suggestion: suggestion)
    }

    /// Reports what stands here in place of what was expected.
    func mismatch(expected: String) {
        switch node.content {
        case .broken: break
        case .scalar(let text) where text.isEmpty: error("expected \(expected), found nothing")
        case .scalar(let text): error("expected \(expected), found '\(text)'")
        case .sequence: error("expected \(expected), found a list")
        case .mapping: error("expected \(expected), found a mapping")
        }
    }

    /// - Parameter keys: what the language's table says may stand there.
    func fields(_ what: String, keys: [Key]? = nil) -> Fields? {
        guard case .mapping(let entries) = node.content else {
            mismatch(expected: "\(what), a mapping")
            return nil
        }
        return Fields(entries, declared: keys?.map(\.name), at: location, scope: scope, log: log)
    }

    /// The items of a list.
    func items(_ what: String) -> [Cursor]? {
        guard case .sequence(let items) = node.content else {
            mismatch(expected: "a list of \(what)")
            return nil
        }
        return items.map { Cursor($0, scope: scope, log: log) }
    }

    /// The items of a list, or the one thing that stands here in its place.
    func oneOrMore() -> [Cursor] {
        guard case .sequence(let items) = node.content else { return [self] }
        return items.map { Cursor($0, scope: scope, log: log) }
    }

    /// The entries of a mapping whose keys are names.
    func entries(_ what: String) -> [(key: String, keyLocation: SourceLocation, value: Cursor)]? {
        guard case .mapping(let entries) = node.content else {
            mismatch(expected: "\(what), a mapping")
            return nil
        }
        return entries.map { ($0.key, $0.keyLocation, Cursor($0.value, scope: scope, log: log)) }
    }

    /// A text, with `${name}` inside replaced.
    func text(_ what: String) -> String? {
        guard case .scalar(let text) = node.content, !text.isEmpty else {
            mismatch(expected: what)
            return nil
        }
        if let sign = text.unicodeScalars.first(where: Self.isHidden) {
            error("this holds a sign that nobody sees, U+\(String(sign.value, radix: 16, uppercase: true))")
            return nil
        }
        return scope.interpolate(text, at: location, log: log)
    }

    /// What would move a terminal's cursor, or turn the order of what is read.
    private static func isHidden(_ sign: Unicode.Scalar) -> Bool {
        switch sign.properties.generalCategory {
        case .control: sign != "\n" && sign != "\t"
        case .format: sign.properties.isBidiControl
        default: false
        }
    }
}

/// The values that `${name}` stands for.
struct Scope {
    var values: [String: YAMLNode] = [:]
    /// The spans that have names; `nil` in a fixture, which defines them.
    var durations: NamedDurations?

    /// The name, when a text is nothing but `${name}`.
    static func wholeName(_ text: String) -> String? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let name = text.dropFirst(2).dropLast()
        return name.contains("}") ? nil : String(name)
    }

    func value(_ name: String, at location: SourceLocation, log: DiagnosticLog) -> YAMLNode? {
        guard let value = values[name] else {
            log.unknown("variable", name, among: values.keys.sorted(), at: location)
            return nil
        }
        return value.moved(to: location)
    }

    func interpolate(_ text: String, at location: SourceLocation, log: DiagnosticLog) -> String? {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            guard rest.hasPrefix("${") else {
                result += "$"
                rest = rest.dropFirst()
                continue
            }
            guard let end = rest.firstIndex(of: "}") else {
                log.error("'${' without '}'", at: location)
                return nil
            }
            let name = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
            guard let value = value(name, at: location, log: log) else { return nil }
            guard case .scalar(let inner) = value.content else {
                if case .broken = value.content { return nil }
                log.error("'${\(name)}' is not a single value and cannot stand inside a text", at: location)
                return nil
            }
            result += inner
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
