import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import ScenarioModel

/// A scenario made of what people did: the commands of the control plane's log, steps of the language, and what was reached.
///
/// Where a tick released what was waiting there is a `sync:`. Assertions are suggestions: who answered, or how the gateway refused,
/// whenever that may have changed; and what everybody's routes are at the end.
struct RecordedScenario {
    let id: String
    let title: String
    let fixture: Fixture
    let fixturePath: String
    let commands: [CommandPage.Row]
    let done: [DoneSteps]
    /// What the gateway did, oldest first.
    let packets: [DecisionRecord]
    /// When everything that was pending was applied, oldest first.
    let ticks: [Timestamp]
    /// Packets too long ago to be known.
    let forgotten: UInt64
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
        if forgotten > 0 {
            lines.append("  # \(forgotten) older packets are not known any more; nothing is suggested of them")
        }
        let entries = entries
        lines += entries.flatMap(\.lines).map { "  \($0)" }
        lines += closing(isEmpty: entries.isEmpty).map { "  \($0)" }
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

    private func closing(isEmpty: Bool) -> [String] {
        let lines = tables.filter { table in !table.rows.contains { $0.pending != nil } }.flatMap { table in
            let rows = table.rows.map { "[\($0.plant), \($0.subnet), \($0.status.rawValue)]" }
            return [
                "- name: suggested, what \(table.person) may reach in the end",
                "  eventually: { routes: { for: \(table.person), exact: [\(rows.joined(separator: ", "))] } }",
                "  within: 5s",
            ]
        }
        return lines.isEmpty && isEmpty ? ["- sync: { now: true }"] : lines
    }

    // MARK: What was done

    private var entries: [Entry] {
        let deeds = withSyncs(deeds)
        let entries = deeds + suggestions(between: deeds.map(\.at))
        return entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// What people did, oldest first.
    private var deeds: [Entry] {
        var deeds = done.map { Entry(at: $0.from, lines: $0.isRed ? Self.red($0.text) : Self.listed($0.text)) }
        for row in commands {
            guard let entry = entry(row) else { continue }
            if let index = done.firstIndex(where: { $0.holds(row.at) }) {
                // The step says it better; only that something waits is taken over.
                if entry.isScheduled { deeds[index].isScheduled = true }
            } else {
                deeds.append(entry)
            }
        }
        return deeds.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// The same with a sync at each tick that released something, and behind the last of them what still waits.
    private func withSyncs(_ deeds: [Entry]) -> [Entry] {
        func sync(_ moment: Timestamp) -> Entry { Entry(at: moment, lines: ["- sync: { now: true }"]) }
        var result: [Entry] = []
        var ticks = ticks.filter { tick in !done.contains { $0.holds(tick) } }[...]
        var isPending = false
        for deed in deeds {
            while let tick = ticks.first, tick < deed.at {
                ticks.removeFirst()
                if isPending { result.append(sync(tick)) }
                isPending = false
            }
            result.append(deed)
            if deed.isScheduled { isPending = true }
        }
        if isPending, let last = result.last?.at { result.append(sync(max(ticks.first ?? last, last))) }
        return result
    }

    /// As a comment: not all of it was done, and what the control plane knows of it stands below.
    private static func red(_ text: String) -> [String] {
        ["# this was red, and nobody knows how far it came:"] + listed(text).map { "#   \($0)" }
    }

    private static func listed(_ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        guard lines.first?.hasPrefix("- ") != true else { return lines }
        return lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
    }

    // MARK: Suggestions

    /// Somebody's packets for one service that came to the same, as long as nothing was done that could change it.
    private struct Access: Hashable {
        var person: PersonID
        var plant: PlantID?
        var address: IPv4Address
        var transport: UInt8
        var port: UInt16
        var outcome: String
        /// How many things had been done before.
        var epoch: Int
    }

    /// One for each access that came to an end, at its first packet.
    private func suggestions(between moments: [Timestamp]) -> [Entry] {
        func epoch(_ moment: Timestamp) -> Int { moments.count { $0 <= moment } }
        let own = packets.filter { packet in !done.contains { $0.holds(packet.at) } }
        var answers: [Access: UInt64] = [:]
        for packet in own where !packet.isFromPerson && packet.isForwarded {
            if let access = access(packet, epoch(packet.at)) { answers[access, default: 0] += packet.packets }
        }
        var seen: Set<Access> = []
        return own.filter(\.isFromPerson).compactMap { packet in
            guard let access = access(packet, epoch(packet.at)), seen.insert(access).inserted else { return nil }
            // A lone packet back could be a reset.
            let isAnswered = answers[access] ?? 0 >= (access.transport == 6 ? 2 : 1)
            guard packet.isForwarded else { return refusal(access, at: packet.at) }
            return isAnswered ? answer(access, at: packet.at) : nil
        }
    }

    private func access(_ packet: DecisionRecord, _ epoch: Int) -> Access? {
        guard let person = packet.person else { return nil }
        let outcome: String
        switch packet.verdict {
        case _ where packet.isForwarded: outcome = "answered"
        case "noPermission": outcome = "admin-prohibited"
        case "plantUnreachable", "noOwner", "noLiveAgent": outcome = "no-route"
        default: return nil
        }
        return Access(
            person: person, plant: packet.isForwarded ? packet.plant : nil,
            address: packet.isFromPerson ? packet.destination : packet.source, transport: packet.transport,
            port: packet.isFromPerson ? packet.destinationPort : packet.sourcePort, outcome: outcome, epoch: epoch)
    }

    /// `nil`: the language has no probe for it.
    private static func service(_ access: Access) -> String? {
        switch (access.transport, access.port) {
        case (1, _): "to: \(access.address), via: icmp"
        case (6, 502): "to: \"\(access.address):502\", via: modbus"
        case (6, 80): "to: \"\(access.address):80\", via: http"
        case (6, 22): "to: \"\(access.address):22\", via: ssh"
        case (17, 161): "to: \"\(access.address):161\", via: snmp"
        case (6, let port): "to: \"\(access.address):\(port)\", via: tcp"
        default: nil
        }
    }

    private func answer(_ access: Access, at moment: Timestamp) -> Entry? {
        // Only a device that the fixture has answers again, and a bare accept or echo names nobody.
        guard let laptop = laptop(of: access.person), let plant = access.plant, let service = Self.service(access),
            fixture.devices(at: access.address).contains(where: { $0.plant == plant })
        else { return nil }
        let namesItself = access.transport == 6 ? [502, 80, 22].contains(access.port) : access.transport == 17
        let who = namesItself ? ", answered-by: \(plant)" : ""
        return Entry(
            at: moment,
            lines: [
                "- name: suggested, \(plant) answered then",
                "  expect: { reach: { from: \(laptop), \(service)\(who) } }",
            ])
    }

    private func refusal(_ access: Access, at moment: Timestamp) -> Entry? {
        guard fixture.controlPlane.refuseWith == .icmp, let laptop = laptop(of: access.person),
            let service = Self.service(access)
        else { return nil }
        let isInPlant = fixture.plants.contains { $0.subnets.contains { $0.prefix.contains(access.address) } }
        // Of an address in a plant with nobody at it nothing can be said.
        guard !isInPlant || !fixture.devices(at: access.address).isEmpty else { return nil }
        return Entry(
            at: moment,
            lines: [
                "- name: suggested, the gateway refused it then",
                "  expect: { reach: { from: \(laptop), \(service), outcome: \(access.outcome)\(isInPlant ? "" : ", nowhere: true") } }",
            ])
    }

    // MARK: Commands

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
