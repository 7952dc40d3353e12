import AccessModel
import Addressing
import ControlProtocol
import ScenarioModel

/// A scenario made of what people did: the commands of the control plane's log, steps of the language, and what was reached.
///
/// What waits for a tick is followed by a `sync:`, before the next thing that needs it. Assertions are suggestions: who answered, and
/// what everybody's routes are at the end.
struct RecordedScenario {
    let id: String
    let title: String
    let fixture: Fixture
    let fixturePath: String
    let commands: [CommandPage.Row]
    let done: [DoneSteps]
    let accesses: [AccessRow]
    let tables: [RouteTableSighting]

    private struct Entry {
        var at: Timestamp
        var lines: [String]
        /// Released by the next tick only.
        var isScheduled = false
    }

    var text: String {
        var lines = [
            "format: 1", "scenario: \(YAMLText.quoted(title))", "id: \(id)",
            "about: Recorded in a served lab. Read the suggested assertions and keep those that are the point.",
            "tags: [recorded]", "fixture: \(YAMLText.quoted(fixturePath))", "invariants: [no-leak, one-winner]",
            "setup:",
        ]
        lines += setup.map { "  \($0)" }
        lines.append("steps:")
        var isPending = false
        for entry in entries {
            if isPending, !entry.isScheduled {
                lines.append("  - sync: { now: true }")
                isPending = false
            }
            lines += entry.lines.map { "  \($0)" }
            if entry.isScheduled { isPending = true }
        }
        if isPending { lines.append("  - sync: { now: true }") }
        lines += closing.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Setup and end

    private var holders: [LaptopID] {
        var seen: Set<PersonID> = []
        return fixture.laptops.map(\.id).filter { seen.insert($0.person).inserted }
    }

    private func laptop(of person: PersonID) -> LaptopID? { holders.first { $0.person == person } }

    /// As `up` does it.
    private var setup: [String] {
        let lines = holders.flatMap { laptop in
            [
                "- issue: { for: \(laptop.person), laptop: \(laptop.name) }", "- connect: { laptop: \(laptop) }",
                "- eventually: { tunnel: { laptop: \(laptop), state: up } }", "  within: 5s",
            ]
        }
        return lines.isEmpty ? ["[]"] : lines
    }

    private var closing: [String] {
        let lines = tables.filter { table in !table.rows.contains { $0.pending != nil } }.flatMap { table in
            let rows = table.rows.map { "[\($0.plant), \($0.subnet), \($0.status.rawValue)]" }
            return [
                "- name: suggested, what \(table.person) may reach in the end",
                "  eventually: { routes: { for: \(table.person), exact: [\(rows.joined(separator: ", "))] } }",
                "  within: 5s",
            ]
        }
        return lines.isEmpty && entries.isEmpty ? ["- sync: { now: true }"] : lines
    }

    // MARK: What was done

    private var entries: [Entry] {
        var entries = done.map { Entry(at: $0.from, lines: Self.listed($0.text)) }
        for row in commands where !done.contains(where: { $0.from <= row.at && row.at <= $0.to }) {
            if let entry = entry(row) { entries.append(entry) }
        }
        entries += accesses.compactMap(assertion)
        return entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    private static func listed(_ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        guard lines.first?.hasPrefix("- ") != true else { return lines }
        return lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
    }

    /// Who answered, at the moment when it was last so.
    private func assertion(_ access: AccessRow) -> Entry? {
        guard access.packetsDown > 0, let laptop = laptop(of: access.person) else { return nil }
        let service: String? =
            switch (access.transport, access.port) {
            case (1, _): "to: \(access.address), via: icmp"
            case (6, 502): "to: \"\(access.address):502\", via: modbus"
            case (6, 80): "to: \"\(access.address):80\", via: http"
            case (6, 22): "to: \"\(access.address):22\", via: ssh"
            case (6, let port): "to: \"\(access.address):\(port)\", via: tcp"
            default: nil
            }
        // Only a device that the fixture has answers again, and a bare accept or echo names nobody.
        guard let service, fixture.devices(at: access.address).contains(where: { $0.plant == access.plant }) else {
            return nil
        }
        let namesItself = [502, 80, 22].contains(access.port)
        let who = namesItself ? ", answered-by: \(access.plant)" : ""
        return Entry(
            at: access.lastTouch,
            lines: [
                "- name: suggested, \(access.plant) answered then",
                "  expect: { reach: { from: \(laptop), \(service)\(who) } }",
            ])
    }

    private func entry(_ row: CommandPage.Row) -> Entry? {
        let actor = fixture.people.contains(PersonID(row.by)) ? ", as: \(row.by)" : ""
        func scheduled(_ verb: String, _ rest: String) -> Entry {
            Entry(at: row.at, lines: ["- \(verb): { \(rest)\(actor) }"], isScheduled: true)
        }
        func urgent(_ lines: String...) -> Entry { Entry(at: row.at, lines: lines) }
        func untold(_ what: String) -> Entry {
            Entry(at: row.at, lines: ["# \(row.by) did what no verb says: \(what)"])
        }
        switch row.command {
        case .pick(let person, let route):
            return urgent("- use-park: { as: \(person), subnet: \(route.subnet), plant: \(route.plant) }")
        case .issueCertificate(let person, _):
            guard let laptop = laptop(of: person) else { return untold("issue for \(person), who has no laptop") }
            return urgent("- issue: { for: \(person), laptop: \(laptop.name) }", "- connect: { laptop: \(laptop) }")
        case .rotateCertificate(let person, _):
            guard let laptop = laptop(of: person) else { return untold("rotate for \(person), who has no laptop") }
            return urgent(
                "- rotate: { for: \(person), laptop: \(laptop.name) }", "- sync: { now: true }",
                "- connect: { laptop: \(laptop) }")
        case .revokeCertificate(let person): return urgent("- revoke: { for: \(person) }")
        case .deactivatePerson(let person): return urgent("- deactivate: { for: \(person)\(actor) }")
        case .reactivatePerson(let person): return scheduled("reactivate", "for: \(person)")
        case .grant(let person, let place, _): return scheduled("grant", "to: \(person), \(Self.place(place))")
        case .withdraw(let person, let place): return scheduled("withdraw", "from: \(person), \(Self.place(place))")
        case .setMember(let organization, let person, let standing, let jobRole):
            let isKnown = fixture.organizations.contains { owner in
                owner.id == organization && owner.members.contains { $0.person == person }
            }
            guard isKnown else {
                return scheduled("member", "add: \(person), to: \(organization), job-role: \(jobRole.rawValue)")
            }
            return scheduled(
                "role",
                "for: \(person), in: \(organization), job-role: \(jobRole.rawValue), standing: \(standing.rawValue)")
        case .removeMember(let organization, let person):
            return scheduled("member", "remove: \(person), from: \(organization)")
        case .movePlant(let plant, let portfolio): return scheduled("plant", "move: \(plant), to: \(portfolio)")
        case .deletePlant(let plant): return scheduled("plant", "delete: \(plant)")
        case .createPlant(let plant, _, _, _): return scheduled("plant", "create: \(plant)")
        case .addSubnet(let plant, let prefix): return scheduled("subnet", "plant: \(plant), add: \(prefix)")
        case .changeSubnet(let plant, let from, let to):
            return scheduled("subnet", "plant: \(plant), edit: \(from), to: \(to)")
        case .removeSubnet(let plant, let prefix): return scheduled("subnet", "plant: \(plant), remove: \(prefix)")
        case .proposeCooperation(let id, let owner, let partner, let shares, let cap, let members):
            guard case .plant(let plant)? = shares.sorted.first, shares.count == 1 else {
                return untold("propose \(id), of more than a plant")
            }
            let people = members.sorted.map(\.text).joined(separator: ", ")
            return scheduled(
                "cooperation",
                "propose: \(id), owner: \(owner), partner: \(partner), shares: \(plant), at: \(cap.rawValue), are: [\(people)]"
            )
        case .setCooperationState(let id, let state):
            return scheduled("cooperation", "\(word(for: state, of: id, before: row.sequence)): \(id)")
        case .setCooperationCap(let id, let cap): return scheduled("cooperation", "cap: \(id), at: \(cap.rawValue)")
        case .setCooperationMembers(let id, let members):
            return scheduled(
                "cooperation", "members: \(id), are: [\(members.sorted.map(\.text).joined(separator: ", "))]")
        case .provisionAgent(_, let plant): return urgent("- agent: { provision: \(plant) }")
        case .unprovisionAgent(let agent): return urgent("- agent: { unprovision: \(agent) }")
        case .enrolAgent, .discardPicks, .forgetPreviousKey: return nil
        case .createPerson, .renamePerson, .deletePerson, .createOrganization, .renameOrganization, .deleteOrganization,
            .createPortfolio, .renamePortfolio, .deletePortfolio, .describePlant, .setDevice, .removeDevice:
            return untold(Self.name(of: row.command))
        }
    }

    private func word(for state: Cooperation.State, of id: CooperationID, before sequence: UInt64) -> String {
        switch state {
        case .paused: return "pause"
        case .ended: return "end"
        case .proposed, .accepted:
            let wasAccepted = fixture.cooperations.contains { $0.id == id && $0.isAccepted }
            let hasPaused = commands.contains { row in
                guard row.sequence < sequence, case .setCooperationState(id, .paused) = row.command else {
                    return false
                }
                return true
            }
            return wasAccepted || hasPaused ? "resume" : "accept"
        }
    }

    private static func place(_ place: Place) -> String {
        switch place {
        case .plant(let id): "plant: \(id)"
        case .portfolio(let id): "portfolio: \(id)"
        case .organization(let id): "organization: \(id)"
        }
    }

    private static func name(of command: Command) -> String {
        String("\(command)".prefix { $0 != "(" })
    }
}
