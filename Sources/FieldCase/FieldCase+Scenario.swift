import AccessModel
import Addressing
import ControlProtocol
import ScenarioModel

extension FieldCase {
    /// A scenario that brings the fleet into the state of the document and shows who reaches what.
    ///
    /// - Parameter fixturePath: as the scenario names it.
    package func scenarioText(fixturePath: String) -> String {
        let people = fixture.laptops.map(\.id.person)
        var replay = Replay(fixture: fixture, late: late, people: people)
        var lines = [
            "format: 1", "scenario: \(YAMLText.quoted(title))", "id: \(id)",
            "about: Rebuilt from what a control plane was told; see mirox-rig import. Whoever has a range there has it here.",
            "tags: [field]", "fixture: \(YAMLText.quoted(fixturePath))", "invariants: [no-leak, one-winner]", "setup:",
        ]
        lines += setup(people)
        lines.append("steps:")
        for pick in choices(&replay) {
            lines.append("  - use-park: { as: \(pick.person), subnet: \(pick.subnet), plant: \(pick.plant) }")
        }
        for plant in fixture.plants {
            let state = document.state(of: plant.id)
            if state != .online { replay.set(state, of: plant.id) }
            switch state {
            case .noAgent: lines.append("  - agent: { unprovision: \(plant.id) }")
            case .offline: lines.append("  - agent: { stop: \(plant.id) }")
            case .online: break
            }
        }
        replay.settle()
        let isActive = Set(document.organizations.flatMap(\.members).filter(\.isActive).map(\.person))
        // Who is deactivated sees no table and reaches nothing, not even a refusal.
        lines += people.filter(isActive.contains).flatMap { expectations(of: $0, replay) }
        if people.isEmpty { lines.append("  - sync: { now: true }") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func setup(_ people: [PersonID]) -> [String] {
        var lines = late.steps.map { "  \($0)" }
        lines += people.flatMap { person in
            [
                "  - issue: { for: \(person), laptop: laptop }", "  - connect: { laptop: \(person)/laptop }",
                "  - eventually: { tunnel: { laptop: \(person)/laptop, state: up } }", "    within: 5s",
            ]
        }
        for person in Set(document.organizations.flatMap(\.members).filter { !$0.isActive }.map(\.person)).sorted() {
            lines.append("  - deactivate: { for: \(person) }")
        }
        return lines.isEmpty ? ["  - sync: { now: true }"] : lines
    }

    /// The picks of the document, then one for each range that would else have another owner than in the field.
    private func choices(_ replay: inout Replay) -> [StateDocument.Choice] {
        var made: [StateDocument.Choice] = []
        let isActive = Set(document.organizations.flatMap(\.members).filter(\.isActive).map(\.person))
        for pick in document.picks where isActive.contains(pick.person) && replay.mayPick(pick) {
            replay.pick(pick)
            made.append(pick)
        }
        for owner in document.owners where isActive.contains(owner.person) {
            guard document.state(of: owner.plant) != .noAgent, replay.mayPick(owner) else { continue }
            guard !replay.isWinner(owner) else { continue }
            replay.pick(owner)
            made.append(owner)
        }
        return made
    }

    // MARK: What must hold

    private func expectations(of person: PersonID, _ replay: Replay) -> [String] {
        let rows = replay.rows(of: person)
        let cells = rows.map { "[\($0.plant), \($0.subnet), \($0.status.rawValue)]" }.joined(separator: ", ")
        var lines = [
            "  - name: what \(person) sees", "    eventually: { routes: { for: \(person), exact: [\(cells)] } }",
            "    within: 15s",
        ]
        for address in Self.contested(rows) {
            lines += reach(from: person, address, owner: replay.owner(of: address, for: person), replay)
        }
        return lines
    }

    private func reach(from person: PersonID, _ address: IPv4Address, owner: PlantID?, _ replay: Replay) -> [String] {
        let devices = fixture.devices(at: address)
        guard let owner, replay.state(of: owner) == .online,
            let device = fixture.plant(owner)?.devices.first(where: { $0.address == address })
        else {
            return [
                "  - name: nobody answers \(person) at \(address)",
                "    expect: { reach: { from: \(person)/laptop, to: \(address), via: icmp, outcome: no-route } }",
            ]
        }
        let service = device.service
        let port = service == .icmp ? "" : ":\(device.port)"
        let rivals = devices.map(\.plant.text).filter { $0 != owner.text }.joined(separator: ", ")
        let name = rivals.isEmpty ? "\(owner) answers" : "\(owner) answers, and not \(rivals)"
        return [
            "  - name: at \(address) \(name)",
            "    expect: { reach: { from: \(person)/laptop, to: \"\(address)\(port)\", via: \(service.rawValue), answered-by: \(owner), only: true } }",
        ]
    }

    /// One address in each range that several plants claim.
    private static func contested(_ rows: [AccessModel.RouteRow]) -> [IPv4Address] {
        var addresses: Set<IPv4Address> = []
        for row in rows {
            for rival in row.conflict?.rivals ?? [] {
                addresses.insert(probe(in: row.subnet.contains(rival.subnet) ? rival.subnet : row.subnet))
            }
        }
        return addresses.sorted { $0.number < $1.number }.prefix(20).map { $0 }
    }
}

extension StateDocument {
    func state(of plant: PlantID) -> PlantState {
        organizations.flatMap(\.portfolios).flatMap(\.plants).first { $0.id == plant }?.agent ?? .noAgent
    }
}

/// What the product's own rules make of the steps of the scenario, one after the other.
struct Replay {
    private let intent: Intent
    private let people: [PersonID]
    private var picks: [PersonID: [Pick]] = [:]
    private var states: [PlantID: PlantState]
    private var resolutions: [PersonID: RouteResolution] = [:]
    private var order: UInt64 = 0

    init(fixture: Fixture, late: Late, people: [PersonID]) {
        var intent = fixture.intent
        // What the product refuses is refused to the step as well, and said then.
        let last = (fixture.grants.map(\.since).max() ?? .beginning).advanced(bySeconds: 86_400)
        for command in late.commands { try? intent.apply(command, at: last) }
        self.intent = intent
        self.people = people
        states = Dictionary(fixture.plants.map { ($0.id, PlantState.online) }, uniquingKeysWith: { $1 })
        settle()
    }

    /// Derives everybody's table anew, from the one before.
    mutating func settle() {
        for person in people {
            // A choice goes with its plant's agent.
            picks[person]?.removeAll { states[$0.plant] == .noAgent }
            resolutions[person] = RouteResolution(
                claims: intent.claims(of: person), picks: picks[person] ?? [], states: states,
                incumbents: resolutions[person]?.table ?? [], policy: intent.policy)
        }
    }

    /// Only a row that is in conflict and has an agent can be chosen.
    func mayPick(_ choice: StateDocument.Choice) -> Bool {
        rows(of: choice.person).contains {
            $0.plant == choice.plant && $0.subnet == choice.subnet && $0.conflict != nil
        }
    }

    func isWinner(_ choice: StateDocument.Choice) -> Bool {
        rows(of: choice.person).contains {
            $0.plant == choice.plant && $0.subnet == choice.subnet && $0.conflict?.role == .winner
        }
    }

    mutating func pick(_ choice: StateDocument.Choice) {
        order += 1
        var own = picks[choice.person] ?? []
        own.removeAll { choice.subnet.contains($0.subnet) }
        own.append(Pick(plant: choice.plant, subnet: choice.subnet, order: order))
        picks[choice.person] = own
        settle()
    }

    mutating func set(_ state: PlantState, of plant: PlantID) {
        states[plant] = state
        settle()
    }

    func state(of plant: PlantID) -> PlantState { states[plant] ?? .noAgent }

    func rows(of person: PersonID) -> [AccessModel.RouteRow] { resolutions[person]?.rows ?? [] }

    func owner(of address: IPv4Address, for person: PersonID) -> PlantID? {
        resolutions[person]?.table.first { $0.range.contains(address) }?.owner
    }
}
