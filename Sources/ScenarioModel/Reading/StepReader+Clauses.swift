/// Conditions, and what puts them together.
extension StepReader {
    /// One condition or a list of them.
    func clauses(_ cursor: Cursor) -> [Clause]? {
        let items = cursor.oneOrMore()
        if items.isEmpty { cursor.error("no conditions") }
        let read = items.map(clause)
        return read.contains { $0 == nil } || items.isEmpty ? nil : read.compactMap { $0 }
    }

    private func clause(_ cursor: Cursor) -> Clause? {
        guard var fields = cursor.fields("a condition") else { return nil }
        let known = Language.conditions.map(\.name) + Language.groups.map(\.name)
        if let unknown = fields.keys.first(where: { !known.contains($0) }), let location = fields.keyLocation(unknown) {
            let suggestion = Spelling.nearest(to: unknown, among: known)
            let hint = suggestion == nil ? " (known: \(known.joined(separator: ", ")))" : ""
            log.error("unknown condition '\(unknown)'\(hint)", at: location, suggestion: suggestion)
            return nil
        }
        guard let name = fields.keys.first else {
            log.error("the condition is empty", at: fields.location)
            return nil
        }
        if let second = fields.keys.dropFirst().first, let location = fields.keyLocation(second) {
            log.error("one condition a mapping: make it a list, '- \(name): …' and '- \(second): …'", at: location)
            return nil
        }
        guard let value = fields.optional(name) else { return nil }
        guard let entry = Language.condition(name) else { return group(name, value) }
        guard var inner = value.fields("'\(name)'", keys: entry.keys) else { return nil }
        let condition = entry.read(self, &inner)
        inner.finish("'\(name)'")
        return condition.map(Clause.one)
    }

    private func group(_ name: String, _ value: Cursor) -> Clause? {
        switch name {
        case "unchanged", "changed":
            guard var fields = value.fields("'\(name)'") else { return nil }
            let memory = fields.required("id").flatMap(self.memory)
            fields.finish("'\(name)'")
            return memory.map {
                .remembered(.init(id: $0.id, subject: $0.subject, isSame: name == "unchanged"))
            }
        default:
            guard let items = value.items("conditions") else { return nil }
            let least = name == "all-of" ? 1 : 2
            guard items.count >= least else {
                value.error("'\(name)' takes \(least == 1 ? "a condition" : "two conditions") at least")
                return nil
            }
            let read = items.map(clause)
            let inner = read.compactMap { $0 }
            guard inner.count == read.count else { return nil }
            switch name {
            case "any-of": return .any(inner)
            case "exactly-one-of": return .exactlyOne(inner)
            default: return .all(inner)
            }
        }
    }
}
