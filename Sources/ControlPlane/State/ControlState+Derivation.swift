import AccessModel
import Addressing
import ControlProtocol

extension ControlState {
    /// What the person would be released now, with everything that waits.
    mutating func content(
        for person: PersonID, key: PublicKey?, states: [PlantID: PlantState], at now: Timestamp
    ) throws(CommandError) -> PersonRelease.Content {
        let claims = intent.claims(of: person, after: histories[person]?.released.claims ?? [])
        guard let key, let certificate = intent.certificates[person], intent.people[person]?.isActive == true else {
            return PersonRelease.Content(claims: claims)
        }
        try discardLostPicks(of: person, claims: claims, states: states, at: now)
        let entry = PersonEntry(
            person: person, publicKey: key, tunnelAddress: certificate.tunnelAddress, routes: [])
        return resolved(claims, for: entry, states: states)
    }

    mutating func resolved(
        _ claims: [Claim], for entry: PersonEntry, states: [PlantID: PlantState]
    ) -> PersonRelease.Content {
        let released = histories[entry.person]?.released
        // Another tunnel address is another certificate: nothing is inherited from the one that was revoked.
        let isSame = released?.entry?.tunnelAddress == entry.tunnelAddress
        let derivation = RouteDerivation(
            claims: claims, picks: intent.picks[entry.person] ?? [], states: states,
            incumbents: isSame ? released?.table ?? [] : [], policy: intent.policy)
        journal.derivations[entry.person] = derivation
        let resolution = derivation.resolution
        var entry = entry
        entry.routes = resolution.table.map { range in
            RouteEntry(range: range.range, plant: range.owner, isReachable: range.state == .online)
        }
        return PersonRelease.Content(claims: claims, rows: resolution.rows, table: resolution.table, entry: entry)
    }

    /// A choice goes when the loss of its plant or subnet is applied, or its agent is unprovisioned: it must not come
    /// back by itself and move a range that somebody else has meanwhile.
    mutating func discardLostPicks(
        of person: PersonID, claims: [Claim], states: [PlantID: PlantState], at now: Timestamp
    ) throws(CommandError) {
        guard let picks = intent.picks[person] else { return }
        let lost = picks.map { RouteID(plant: $0.plant, subnet: $0.subnet) }.filter { route in
            (states[route.plant] ?? .noAgent) == .noAgent
                || !claims.contains { $0.plant == route.plant && $0.subnet == route.subnet }
        }
        if !lost.isEmpty { try apply(.discardPicks(person, lost), by: Self.ownName, at: now) }
    }

    func states(of agents: [AgentEntry]) -> [PlantID: PlantState] {
        PlantState.states(of: agents.lazy.map { ($0.agent, $0.plant) }, liveness: liveness)
    }

    /// The entry of an agent that is provisioned and enrolled.
    func entry(of agent: Agent, _ id: AgentID) -> AgentEntry? {
        guard agent.isProvisioned, let key = agent.publicKey, let plant = intent.plants[agent.plant] else { return nil }
        return AgentEntry(
            agent: id, plant: agent.plant, publicKey: key, subnets: plant.subnets.map(\.prefix))
    }

    /// The entry with its plant's newest subnets added.
    func widened(_ entry: AgentEntry) -> AgentEntry {
        widened(entry, by: intent.plants[entry.plant]?.subnets.map(\.prefix) ?? [])
    }

    func widened(_ entry: AgentEntry, by subnets: [Prefix]) -> AgentEntry {
        var entry = entry
        entry.subnets = Set(entry.subnets + subnets).sorted()
        return entry
    }
}
