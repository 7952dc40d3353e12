import AccessModel
import Addressing
import ControlProtocol
import DeviceModel
import LabProtocol
package import ScenarioModel

/// What is on record about a look at a record that was not so, and about what broke an invariant.
extension LiveWorld {
    /// As many lines of one kind as a reader takes in.
    private static let limitLines = 5

    // MARK: Invariants

    package func explain(_ suspect: Suspect) async -> Explanation {
        switch suspect {
        case .packet(let packet): return await explain(packet)
        case .sessions(let person): return await explain(sessionsOf: person)
        case .connection(let id):
            return await explain(.connection(.init(id: id, state: .open)), Observation(.unfinished("")))
        case .laptop(let laptop): return Explanation(why: await keyLines(of: laptop))
        }
    }

    /// The way of a packet beside the way that it should have taken.
    private func explain(_ packet: StrayPacket) async -> Explanation {
        let tables = await tables(of: [packet.person])
        guard let laptop = fixture.laptops.first(where: { $0.id.person == packet.person })?.id else {
            return Explanation(tables: tables)
        }
        var story = await story(from: laptop, to: Endpoint(packet.address, packet.port ?? 0))
        if packet.port == nil { story.gateway = await history(of: packet) ?? story.gateway }
        // A later packet is not the one that went astray.
        let own = story.gateway?.records.filter { record in
            record.isFromPerson && (packet.plant == nil || record.plant == packet.plant)
                && (packet.revision == 0 || record.revision == packet.revision)
        }
        if let own, !own.isEmpty { story.gateway?.records = own }
        return Explanation(hops: hops(of: packet, laptop, story), why: story.lines, tables: tables)
    }

    /// What the gateway did with the person's packets for that address, whatever their port.
    private func history(of packet: StrayPacket) async -> DecisionHistory? {
        await history(DecisionQuery(person: packet.person, address: packet.address, limit: 200))
    }

    private func hops(of packet: StrayPacket, _ laptop: LaptopID, _ story: PacketStory) -> [Explanation.Hop] {
        let owner = story.control?.applied?.decision?.owner ?? story.control?.newest?.decision?.owner
        var hops = [Explanation.Hop(node: "laptop", expected: story.first, actual: story.first)]
        guard let plant = packet.plant else {
            let expected = owner.map { story.route(story.subnet(of: $0), $0) } ?? "a way into a plant"
            hops.append(.init(node: "gateway", expected: expected, actual: story.up?.fate ?? "refused"))
            return hops
        }
        let actual = story.route(story.subnet(of: plant), plant)
        // Of a packet that only the books have lost, the way itself is as it should be.
        let expected =
            packet.revision == 0
            ? actual
            : owner.flatMap { $0 == plant ? nil : story.route(story.subnet(of: $0), $0) } ?? "any way but into \(plant)"
        hops.append(.init(node: "gateway", expected: expected, actual: actual))
        let wanted = expected == actual ? plant : owner == plant ? nil : owner
        hops.append(
            .init(
                node: "agent", expected: wanted.map { story.agent($0) } ?? "no agent of \(plant)'s",
                actual: story.agent(plant)))
        return hops
    }

    // MARK: Records

    func explain(sessionsOf person: PersonID) async -> Explanation {
        let page: SessionPage
        do { page = try await api.call(.get, "/api/v1/me/vpn/sessions", bearer: bearer(of: person)) } catch {
            return Explanation(why: ["control plane: \(person)'s connections are not shown: \(error)"])
        }
        var why = page.rows.prefix(Self.limitLines).map { "control plane: \(person)'s connection \($0.text)" }
        if why.isEmpty { why.append("control plane: \(person) has no connection on record") }
        for laptop in fixture.laptops.map(\.id) where laptop.person == person {
            why += await keyLines(of: laptop).prefix(1)
        }
        return Explanation(why: why)
    }

    func explain(certificateOf person: PersonID) async -> Explanation {
        var why: [String] = []
        for laptop in fixture.laptops.map(\.id) where laptop.person == person {
            why += await keyLines(of: laptop).filter { !why.contains($0) }
        }
        let entries = await auditEntries { $0.person == person && $0.action.hasPrefix("certificate.") }
        return Explanation(why: why + entries.suffix(Self.limitLines).map(\.line))
    }

    /// The newest entries that could have been meant.
    func auditLines(_ audit: Condition.Audit) async -> [String] {
        let alike = await auditEntries { $0.action == audit.action.rawValue }
        guard alike.isEmpty else { return alike.suffix(Self.limitLines).map(\.line) }
        let near = await auditEntries { entry in
            audit.actor.map { entry.by == $0.text } ?? true && audit.plant.map { entry.plant == $0 } ?? true
        }
        let others = near.suffix(Self.limitLines).map(\.line)
        return ["audit: no entry \(audit.action.rawValue) at all\(others.isEmpty ? "" : "; the newest others:")"]
            + others
    }

    func explain(_ access: Condition.Access) async -> Explanation {
        let person = access.person ?? access.seenBy?.person
        let rows = (try? await auditPages().flatMap(\.access)) ?? []
        let near = rows.filter { row in person.map { $0 == row.person } ?? true }
        var why = near.suffix(Self.limitLines).map(\.line)
        if why.isEmpty { why.append("audit: no row of \(person?.text ?? "anybody")") }
        guard let person else { return Explanation(why: why) }
        let query = DecisionQuery(person: person, since: stepBegan, limit: Self.limitLines)
        why += await history(query)?.records.map(\.text) ?? []
        return Explanation(why: why, tables: await tables(of: [person]))
    }

    func explain(agentAt plant: PlantID) async -> Explanation {
        let states = (try? await agentStates()) ?? [:]
        var why: [String] = []
        if let state = states[plant] {
            why.append(
                "\(plant)/agent: \(state.isProvisioned ? "provisioned" : "not provisioned"), its tunnel is "
                    + "\(state.isUp ? "up" : "down")")
        }
        let page: AgentPage? = try? await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
        why += (page?.rows ?? []).filter { $0.plant == plant }.map { row in
            "control plane: agent \(row.agent) of \(plant) is \(row.isProvisioned ? "provisioned" : "not provisioned"), "
                + "\(row.liveness?.rawValue ?? "never heard") to the gateway"
        }
        let entries = await auditEntries { $0.plant == plant && $0.action.hasPrefix("agent.") }
        return Explanation(why: why + entries.suffix(Self.limitLines).map(\.line))
    }

    func deviceLines(_ device: DeviceReference) async -> [String] {
        guard let health = try? await health(of: device) else { return ["\(device): it does not answer"] }
        let counters = health.counters
        return [
            "\(device): \(health.isServing ? "serves" : "does not serve"), \(counters.connections) connections, "
                + "\(counters.open) open, \(counters.requests) requests, \(counters.writes) writes, "
                + "\(counters.refusals) turned away"
        ]
    }

    private func auditEntries(_ isMeant: (AuditEntry) -> Bool) async -> [AuditEntry] {
        ((try? await auditPages()) ?? []).flatMap(\.entries).filter(isMeant)
    }
}

extension AuditEntry {
    /// The entry in a line.
    fileprivate var line: String {
        let about = [person?.text, plant?.text].compactMap { $0 }.joined(separator: ", ")
        let more = detail.sorted { $0.key < $1.key }.prefix(3).map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let rest = [about, more].filter { !$0.isEmpty }.joined(separator: "; ")
        return "audit #\(sequence) at \(at.timeOfDay): \(action) by \(by)\(rest.isEmpty ? "" : ": \(rest)")"
    }
}

extension AccessRow {
    fileprivate var line: String {
        "audit: \(person) -> \(plant) \(device ?? "\(address)") \(service ?? "\(port)"), \(packetsUp) packets up, "
            + "\(packetsDown) down, \(denied) refused, last at \(lastTouch.timeOfDay)"
    }
}

extension ControlProtocol.SessionRow {
    fileprivate var text: String {
        let end = ended.map { "ended at \($0.timeOfDay)\(reason.map { " (\($0))" } ?? "")" }
        return "since \(started.timeOfDay) from \(source), \(isOnline ? "Online" : end ?? "not Online"), "
            + "\(bytesUp + bytesDown) bytes"
    }
}
