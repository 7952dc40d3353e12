import AccessModel

/// The names that a fixture gives out, by kind; each once.
struct FixtureNames {
    enum Kind: String {
        case organization, portfolio, plant, person
    }

    private var known: [Kind: [String]] = [:]
    private var sets: [Kind: Set<String>] = [:]

    mutating func declare(_ kind: Kind, _ name: String, at location: SourceLocation, log: DiagnosticLog) {
        Self.check(name, at: location, log: log)
        if !sets[kind, default: []].insert(name).inserted {
            log.error("there is a \(kind.rawValue) '\(name)' already", at: location)
        } else {
            known[kind, default: []].append(name)
        }
    }

    /// Names end up in paths, in registers and on command lines.
    static func check(_ name: String, at location: SourceLocation, log: DiagnosticLog) {
        let isPlain = name.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || ["-", "_", "."].contains($0)
        }
        if !isPlain || name.isEmpty || name.count > 64 || name.hasPrefix(".") {
            log.error("a name has letters, digits, '-', '_' and '.', at most 64 of them", at: location)
        }
    }

    func knows(_ kind: Kind, _ name: String) -> Bool { sets[kind]?.contains(name) ?? false }

    func all(_ kind: Kind) -> [String] { known[kind] ?? [] }

    /// A text that must be a known name.
    func name(_ kind: Kind, _ cursor: Cursor) -> String? {
        guard let name = cursor.text("the name of a \(kind.rawValue)") else { return nil }
        guard knows(kind, name) else {
            cursor.log.unknown(kind.rawValue, name, among: all(kind), at: cursor.location)
            return nil
        }
        return name
    }

    func place(_ key: String, _ cursor: Cursor) -> Place? {
        switch key {
        case "portfolio": name(.portfolio, cursor).map { .portfolio(PortfolioID($0)) }
        case "organization": name(.organization, cursor).map { .organization(OrganizationID($0)) }
        default: name(.plant, cursor).map { .plant(PlantID($0)) }
        }
    }
}

extension FixtureNames {
    init(_ fixture: Fixture) {
        known[.organization] = fixture.organizations.map(\.id.text)
        known[.portfolio] = fixture.portfolios.map(\.id.text)
        known[.plant] = fixture.plants.map(\.id.text)
        known[.person] = fixture.people.map(\.text)
        sets = known.mapValues(Set.init)
    }
}
