import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
package import ScenarioModel

/// What the records of control plane and gateway say about a condition that was not so.
extension LiveWorld {
    package func explain(_ condition: Condition, _ observation: Observation) async -> Explanation {
        switch condition {
        case .reach(let reach): return await explain(reach, observation.sighting)
        case .answers(let answers):
            guard let (reach, attempt) = wrong(answers, observation.sighting) else { return Explanation() }
            return await explain(reach, .reach(attempt))
        case .route(let route): return await explain(routesOf: route.person, in: [route.plant])
        case .routes(let routes):
            return await explain(routesOf: routes.person, in: Set(routes.rows.map(\.plant)))
        case .tunnel(let tunnel): return Explanation(why: await keyLines(of: tunnel.laptop))
        case .connection(let connection):
            guard let opening = openings[connection.id] else { return Explanation() }
            let story = await story(from: opening.from, to: opening.target.endpoint, since: stepBegan)
            return Explanation(why: story.lines, tables: await tables(of: [opening.from.person]))
        case .session(let session): return await explain(sessionsOf: session.person)
        case .sessions(let sessions): return await explain(sessionsOf: sessions.person)
        case .certificate(let certificate): return await explain(certificateOf: certificate.person)
        case .audit(let audit): return Explanation(why: await auditLines(audit))
        case .access(let access): return await explain(access)
        case .agent(let agent): return await explain(agentAt: agent.plant)
        case .device(let device): return Explanation(why: await deviceLines(device.reference))
        case .page(let page): return await explain(routesOf: page.laptop.person, in: [])
        case .counter, .poll, .program: return Explanation()
        }
    }

    /// The first of several attempts that is not what was said.
    private func wrong(_ answers: Condition.Answers, _ sighting: Sighting) -> (Condition.Reach, Attempt)? {
        guard case .answers(let attempts) = sighting else { return nil }
        return zip(answers.reaches, attempts).first { reach, attempt in
            Condition.reach(reach).judge(.reach(attempt)).verdict != .holds
        }
    }

    // MARK: A packet

    private func explain(_ reach: Condition.Reach, _ sighting: Sighting) async -> Explanation {
        var story = await story(from: reach.from, to: reach.target.endpoint, since: stepBegan)
        // Seen at the gateway only, and not by a look: it is the packet that went astray.
        if case .unfinished = sighting, let expected = reach.answeredBy {
            let strays = story.gateway?.records.filter { !$0.isFromPerson || $0.plant != expected }
            if let strays, !strays.isEmpty { story.gateway?.records = strays }
        }
        return Explanation(
            hops: hops(of: reach, story, sighting), why: story.lines, tables: await tables(of: [reach.from.person]))
    }

    private func hops(
        of reach: Condition.Reach, _ story: PacketStory, _ sighting: Sighting
    ) -> [Explanation.Hop] {
        var attempt: Attempt?
        if case .reach(let seen) = sighting { attempt = seen }
        // A step that says `never` fails because the condition is met: then the other way round is what was wanted.
        let isUnwanted = Condition.reach(reach).judge(sighting).verdict == .holds
        let wanted = wantedPlant(of: reach, story, isUnwanted: isUnwanted)
        let answers = reach.outcome == .answered && !(isUnwanted && wanted == nil)
        let tunnel = story.isTunnelled ? story.first : "tun0 -> gateway"
        var hops = [Explanation.Hop(node: "laptop", expected: tunnel, actual: story.first)]
        let refusal = refusal(of: reach, isUnwanted: isUnwanted)
        let expected =
            refusal ?? wanted.map { story.route(story.subnet(of: $0), $0) } ?? otherwise(reach, isUnwanted: isUnwanted)
        hops.append(.init(node: "gateway", expected: expected, actual: actualGateway(story, refusal: refusal)))
        guard refusal == nil, let wanted else { return hops }
        hops.append(
            .init(
                node: "agent", expected: "\(wanted), agent up",
                actual: story.up?.isForwarded == true ? story.owner.map { story.agent($0) } : nil))
        let device = reach.target.device ?? story.devices[wanted]
        let name = device.map { "\($0)" } ?? "\(wanted)'s \(reach.target.address)"
        hops.append(
            .init(
                node: "device", expected: "\(name) \(answers ? "answers" : reach.outcome.rawValue)",
                actual: attempt.flatMap { attempt in
                    if let who = attempt.answeredBy { return "\(who) answers" }
                    if attempt.outcome == .answered { return "\(name) answers" }
                    return story.up?.isForwarded == true ? "\(name) \(attempt.outcome.rawValue)" : nil
                }))
        return hops
    }

    private func wantedPlant(of reach: Condition.Reach, _ story: PacketStory, isUnwanted: Bool) -> PlantID? {
        let said = reach.answeredBy ?? reach.target.device?.plant
        let newest = story.control?.newest?.decision?.owner
        guard isUnwanted else { return said ?? (story.devices.count == 1 ? story.devices.keys.first : newest) }
        return newest == said ? nil : newest
    }

    /// What to expect where nothing more exact can be said.
    private func otherwise(_ reach: Condition.Reach, isUnwanted: Bool) -> String {
        guard isUnwanted, let plant = reach.answeredBy ?? reach.target.device?.plant else {
            return "a way into a plant"
        }
        return "any way but into \(plant)"
    }

    /// How the gateway was to refuse; `nil` when it was to let the packet through.
    private func refusal(of reach: Condition.Reach, isUnwanted: Bool) -> String? {
        if isUnwanted { return nil }
        return switch reach.outcome {
        case .adminProhibited: "refuses with ICMP 3/13"
        case .noRoute: "refuses with ICMP 3/0"
        case .hostUnreachable: "refuses with ICMP 3/1"
        case .answered, .refused, .reset, .timeout: nil
        }
    }

    private func actualGateway(_ story: PacketStory, refusal: String?) -> String? {
        guard let up = story.up else { return nil }
        guard up.isForwarded, let plant = up.plant else {
            if let refusal, let number = refusal.split(separator: " ").last,
                DecisionRecord.meanings[up.verdict]?.hasSuffix("ICMP \(number)") == true
            {
                return refusal
            }
            return up.fate
        }
        return story.route(story.subnet(of: plant), plant)
    }

    // MARK: Tables

    func tables(of people: [PersonID]) async -> [RouteTableSighting] {
        var tables: [RouteTableSighting] = []
        for person in people {
            guard let rows = try? await routeRows(of: person) else { continue }
            tables.append(RouteTableSighting(person: person, rows: rows))
        }
        return tables
    }

    /// For each range of these plants, what the control plane decided; and the whole table.
    private func explain(routesOf person: PersonID, in plants: Set<PlantID>) async -> Explanation {
        let tables = await tables(of: [person])
        let rows = tables.first?.rows ?? []
        var why: [String] = []
        // Contested ranges first: they are what people wonder about.
        let ranges = Set(rows.filter { plants.contains($0.plant) }.map(\.subnet))
        let contested = Set(rows.filter { $0.role != nil }.map(\.subnet))
        for subnet in ranges.sorted(by: { (contested.contains($0) ? 0 : 1, $0) < (contested.contains($1) ? 0 : 1, $1) })
            .prefix(3)
        {
            let path = "/api/v1/lab/decisions?person=\(person.text.pathComponent)&address=\(subnet.address)"
            let report: RouteDecisionReport? = try? await api.call(.get, path, bearer: secrets.labToken)
            why += report?.lines.map { "\(subnet): \($0)" } ?? []
        }
        if rows.isEmpty { why.append("control plane: \(person) has no route") }
        for row in rows where row.pending != nil || row.reason != nil {
            why.append("control plane: \(person)'s row \(row.text)")
        }
        return Explanation(why: why, tables: tables)
    }

    // MARK: Keys

    /// Whether the key on the laptop is the key of the certificate.
    func keyLines(of laptop: LaptopID) async -> [String] {
        var lines: [String] = []
        let held = try? await tunnelState(of: laptop)
        let key = held?.publicKey.map { "key \($0.description.prefix(8))…" } ?? "no key"
        lines.append("laptop: \(laptop) holds \(key), \(held?.handshakesCompleted ?? 0) handshakes completed")
        let overview: VPNOverview
        do { overview = try await api.call(.get, "/api/v1/me/vpn", bearer: bearer(of: laptop.person)) } catch {
            return lines + ["control plane: \(laptop.person)'s certificate is not shown: \(error)"]
        }
        guard let certificate = overview.certificate else {
            return lines + ["control plane: \(laptop.person) has no certificate (\(overview.state.rawValue))"]
        }
        let isSame = certificate.publicKey == held?.publicKey
        lines.append(
            "control plane: \(laptop.person)'s certificate is \(overview.state.rawValue), key "
                + "\(certificate.publicKey.description.prefix(8))…, \(isSame ? "the same" : "another than the laptop's")"
        )
        let status: SyncStatus? = try? await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
        if let status {
            lines.append("gateway acknowledged revision \(status.acknowledged), current \(status.revision)")
        }
        if let refused = held?.publicKey.map({ reports.refusals(of: $0) }), refused > 0 {
            lines.append("gateway: \(refused) handshakes of this key were refused: it is no peer's")
        }
        return lines
    }
}
