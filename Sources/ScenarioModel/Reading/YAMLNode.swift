import Yams

/// A YAML tree with the place of every node; scalars are the text as written, never a guessed type.
struct YAMLNode {
    var content: Content
    var location: SourceLocation

    indirect enum Content {
        case scalar(String)
        case sequence([YAMLNode])
        case mapping([Entry])
        /// Already reported; reading it says nothing.
        case broken
    }

    struct Entry {
        var key: String
        var keyLocation: SourceLocation
        var value: YAMLNode
    }

    /// More nodes than any sensible file has; aliases can multiply without end.
    static let limitNodes = 200_000

    /// The same tree as if it stood at another place, for a value that a variable brings in.
    func moved(to location: SourceLocation) -> YAMLNode {
        var moved = self
        moved.location = location
        switch content {
        case .scalar, .broken: break
        case .sequence(let items): moved.content = .sequence(items.map { $0.moved(to: location) })
        case .mapping(let entries):
            moved.content = .mapping(
                entries.map { Entry(key: $0.key, keyLocation: location, value: $0.value.moved(to: location)) })
        }
        return moved
    }

    /// The same tree with every scalar and key rewritten.
    func mapText(_ rewrite: (String) -> String) -> YAMLNode {
        var mapped = self
        switch content {
        case .broken: break
        case .scalar(let text): mapped.content = .scalar(rewrite(text))
        case .sequence(let items): mapped.content = .sequence(items.map { $0.mapText(rewrite) })
        case .mapping(let entries):
            mapped.content = .mapping(
                entries.map {
                    Entry(key: rewrite($0.key), keyLocation: $0.keyLocation, value: $0.value.mapText(rewrite))
                })
        }
        return mapped
    }
}

extension YAMLNode {
    /// Parses one document; a mistake of syntax is reported, alone.
    static func parse(_ source: SourceText, log: DiagnosticLog) -> YAMLNode? {
        log.add(source)
        let start = SourceLocation(file: source.path, line: 1, column: 1)
        do {
            guard let root = try compose(yaml: source.text) else {
                log.error("the file is empty", at: start)
                return nil
            }
            var budget = limitNodes
            guard let tree = convert(root, file: source.path, fallback: start, budget: &budget, log: log) else {
                return nil
            }
            return tree
        } catch let error as YamlError {
            report(error, in: source, log: log)
        } catch {
            log.error("not YAML: \(error)", at: start)
        }
        return nil
    }

    private static func convert(
        _ node: Node, file: String, fallback: SourceLocation, budget: inout Int, log: DiagnosticLog
    ) -> YAMLNode? {
        let location = node.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? fallback
        budget -= 1
        guard budget > 0 else {
            log.error("more than \(limitNodes) values, aliases counted as often as they are used", at: location)
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(content: .scalar(scalar.string), location: location)
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for item in sequence {
                guard let item = convert(item, file: file, fallback: location, budget: &budget, log: log) else {
                    return nil
                }
                items.append(item)
            }
            return YAMLNode(content: .sequence(items), location: location)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                guard let key = convert(key, file: file, fallback: location, budget: &budget, log: log),
                    let value = convert(value, file: file, fallback: key.location, budget: &budget, log: log)
                else { return nil }
                guard case .scalar(let text) = key.content else {
                    log.error("a key is one word", at: key.location)
                    continue
                }
                entries.append(Entry(key: text, keyLocation: key.location, value: value))
            }
            return YAMLNode(content: .mapping(entries), location: location)
        case .alias:
            log.error("an alias to nothing", at: location)
            return nil
        }
    }

    private static func report(_ error: YamlError, in source: SourceText, log: DiagnosticLog) {
        let file = source.path
        let start = SourceLocation(file: file, line: 1, column: 1)
        func location(_ mark: Mark) -> SourceLocation {
            SourceLocation(file: file, line: max(1, mark.line), column: max(1, mark.column))
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = location(mark)
            let isTab = source.line(place.line).unicodeScalars.dropFirst(place.column - 1).first == "\t"
            let prefix = context.map { "\($0.text), " } ?? ""
            let hint =
                isTab
                ? "a tab stands here; YAML indents with blanks"
                : "\(prefix)\(problem); look at the indentation, and for a quote or a bracket that was not closed"
            log.error("not YAML: \(hint)", at: place)
        case .duplicatedKeysInMapping(let names, let context):
            log.error("the key '\(names.first ?? "")' stands twice in one mapping", at: location(context.mark))
        case .reader(let problem, let offset, _, let text):
            let before = text.prefix(offset ?? 0).split(omittingEmptySubsequences: false) { $0.isNewline }
            let column = (before.last?.unicodeScalars.count ?? 0) + 1
            log.error(
                "not YAML: \(problem)",
                at: SourceLocation(file: file, line: max(1, before.count), column: column))
        default:
            log.error("not YAML: \(error)", at: start)
        }
    }
}
