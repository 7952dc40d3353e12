import AccessModel

/// Checks what an `include:` hands to a flow against the inputs that the flow declares.
struct FlowInputs {
    let log: DiagnosticLog
    let names: FixtureNames?
    let durations: NamedDurations?

    enum InputType: String, CaseIterable {
        case text, number, duration, plant, person, laptop
        case listOfPlants = "list-of-plants"
    }

    /// - Returns: `nil` when an input is missing, unknown or of another type.
    func scope(_ inputs: Cursor?, with: Cursor?, at location: SourceLocation, flow: String) -> Scope? {
        let errorsBefore = log.errorCount
        var given: [String: Cursor] = [:]
        let declared = inputs?.entries("inputs by name") ?? []
        for (name, location, value) in with?.entries("values by name") ?? [] {
            if !declared.contains(where: { $0.key == name }) {
                let known = declared.map(\.key)
                log.error(
                    "\(flow) has no input '\(name)'", at: location,
                    suggestion: Spelling.nearest(to: name, among: known))
            }
            given[name] = value
        }
        var scope = Scope(durations: durations)
        for (name, _, declaration) in declared {
            guard var fields = declaration.fields("an input") else { continue }
            let type = fields.required("type")?.choice("a type of input", InputType.self)
            let fallback = fields.optional("default")
            fields.finish("an input")
            guard let value = given[name] ?? fallback else {
                log.error("the input '\(name)' of \(flow) is missing", at: with?.location ?? location)
                continue
            }
            guard let type, isFit(value, type) else { continue }
            scope.values[name] = value.resolved(in: value.scope)
        }
        return log.errorCount == errorsBefore ? scope : nil
    }

    /// Reports what does not fit.
    private func isFit(_ value: Cursor, _ type: InputType) -> Bool {
        switch type {
        case .text: value.text("a text") != nil
        case .number: value.number("a number", in: -1e9...1e9) != nil
        case .duration: value.duration() != nil
        case .plant: name(.plant, value)
        case .person: name(.person, value)
        case .laptop:
            value.text("a laptop such as anna/laptop").map { text in
                guard LaptopID(text) == nil else { return true }
                value.error("expected a laptop such as anna/laptop, found '\(text)'")
                return false
            } ?? false
        case .listOfPlants:
            value.items("plants")?.allSatisfy { name(.plant, $0) } ?? false
        }
    }

    private func name(_ kind: FixtureNames.Kind, _ value: Cursor) -> Bool {
        guard let names else { return value.text("a name") != nil }
        return names.name(kind, value) != nil
    }
}
