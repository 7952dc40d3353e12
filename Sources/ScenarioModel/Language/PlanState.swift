package import AccessModel

/// What the steps so far have made, for checking that the next one can work.
package struct PlanState {
    package let fixture: Fixture
    /// Who has a certificate.
    package var certificates: Set<PersonID> = []
    /// Whose certificate was ever revoked.
    package var revoked: Set<PersonID> = []
    /// Laptops on which a `.conf` lies.
    package var configured: Set<LaptopID> = []
    package var isTicking = false
    /// Names that the scenario gave out, by what they name: `connection`, `fault`.
    private var names: [String: Set<String>] = [:]
    private let log: DiagnosticLog
    /// The step that is checked.
    var location: SourceLocation

    init(fixture: Fixture, log: DiagnosticLog) {
        self.fixture = fixture
        self.log = log
        location = SourceLocation(file: "", line: 1, column: 1)
    }

    package func error(_ message: String) { log.error(message, at: location) }

    /// Gives out a name; reports one that is taken.
    package mutating func declare(_ kind: String, _ name: String) {
        guard !names[kind, default: []].insert(name).inserted else { return }
        let remedy = kind == "fault" ? "heal it first" : "its name stays taken, also in the next round of 'repeat'"
        error("there is a \(kind) '\(name)' already: \(remedy)")
    }

    /// Takes a name back; reports one that nobody gave out.
    package mutating func retract(_ kind: String, _ name: String) {
        require(kind, name)
        names[kind]?.remove(name)
    }

    package mutating func retractAll(_ kind: String) { names[kind] = nil }

    /// Reports a name that nobody gave out before this step.
    package func require(_ kind: String, _ name: String) {
        guard names[kind]?.contains(name) != true else { return }
        log.unknown(kind, name, among: (names[kind] ?? []).sorted(), at: location)
    }

    /// Reports a laptop without a `.conf`.
    package mutating func requireConfiguration(on laptop: LaptopID) {
        guard !configured.contains(laptop) else { return }
        error("no .conf was issued on \(laptop) before this step")
        configured.insert(laptop)
    }

    /// Reports the second agent of a plant that has one only.
    package func requireAgent(_ place: Fixture.AgentPlace, of plant: PlantID) {
        guard place == .second, fixture.plant(plant)?.secondAgent == nil else { return }
        error("\(plant) has one agent; the fixture gives it another one with 'second-agent: {}'")
    }

    package func requireCertificate(of person: PersonID, so consequence: String = "") {
        guard !certificates.contains(person) else { return }
        error("\(person) has no certificate at this step\(consequence)")
    }
}
