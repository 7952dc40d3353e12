import AccessModel
import Addressing
import ControlProtocol

/// The control plane without its surroundings: intent, what was released of it, and what the gateway told.
///
/// A value: every change is noted in its journal, which is stored in one transaction.
struct ControlState {
    var intent: Intent
    var counters: Counters
    var histories: [PersonID: ReleaseHistory]
    var liveness: [AgentID: AgentLiveness]
    /// The entries of all histories' newest releases, and the agents: what the gateway is told.
    private(set) var view: ReleasedView
    /// Of `view`.
    private var digest: ViewDigest
    /// Of `intent`.
    private(set) var index: AccessIndex
    /// Of the plants whose agents the gateway has been told of.
    private(set) var plantStates: [PlantID: PlantState] = [:]
    /// Whose released claims name the plant.
    private var claimants: [PlantID: Set<PersonID>] = [:]
    /// The newest revisions as deltas, for a gateway that is only a little behind.
    private(set) var recent: [Revision] = []
    /// The newest of the plants that are gone, as they were: what moved there last is still to be told by its names.
    private var formerPlants: [OwnedPlant] = []
    /// People whose entry a tick has to look at.
    var dirty: Set<PersonID>
    /// Plants whose agents a tick has to look at.
    private var dirtyPlants: Set<PlantID>
    var journal = Journal()

    /// More deltas than this are not kept: a snapshot is cheaper then.
    static let mostRecent = 256
    /// Plants remembered after they are gone, for what the gateway still has to report of them; a restart forgets them.
    private static let mostFormerPlants = 64

    /// Whom the next tick looks at: after a restart everybody.
    init(
        intent: Intent, counters: Counters, histories: [PersonID: ReleaseHistory], agents: [AgentEntry],
        liveness: [AgentID: AgentLiveness]
    ) {
        self.intent = intent
        self.counters = counters
        self.histories = histories
        self.liveness = liveness
        view = ReleasedView(
            people: histories.values.compactMap(\.released.entry).sorted { $0.person < $1.person },
            agents: agents.sorted { $0.agent < $1.agent })
        digest = ViewDigest(of: view)
        index = AccessIndex(of: intent)
        dirty = Set(intent.people.keys)
        dirtyPlants = Set(intent.agents.values.map(\.plant)).union(agents.map(\.plant))
        plantStates = PlantState.states(of: agents.lazy.map { ($0.agent, $0.plant) }, liveness: liveness)
        for (person, history) in histories {
            for claim in history.released.claims { claimants[claim.plant, default: []].insert(person) }
        }
    }

    /// The hash of what the gateway has been told.
    var viewHash: String { digest.text }

    /// With the deltas that another state of the same database remembers, as far as they were stored.
    func remembering(recentOf other: Self) -> Self {
        var state = self
        state.recent = other.recent.filter { $0.number <= counters.revision }
        state.formerPlants = other.formerPlants
        return state
    }

    /// The plant as it is, or as it was.
    func plant(_ id: PlantID) -> OwnedPlant? {
        guard let plant = intent.plants[id], let owner = intent.owner(of: id) else {
            return formerPlants.last { $0.id == id }
        }
        return OwnedPlant(id: id, plant: plant, owner: owner)
    }

    private mutating func remember(_ plant: OwnedPlant) {
        formerPlants = formerPlants.suffix(Self.mostFormerPlants - 1) + [plant]
    }

    // MARK: Commands

    /// Applies a command to the intent and logs it; nothing is released by this.
    mutating func apply(_ command: Command, by actor: String, at now: Timestamp) throws(CommandError) {
        if command.asksForNothingNew(in: intent) { return }
        let touched = command.people(touchedIn: intent, by: index)
        var draft = AuditDraft(command, by: actor, before: intent)
        draft?.addReaders(of: command, in: intent, index)
        if let plant = command.plant(touchedIn: intent) { dirtyPlants.insert(plant) }
        let parting = command.deletedPlant.flatMap { plant($0) }
        try intent.apply(command, at: now)
        if let parting { remember(parting) }
        index.update(after: command, intent)
        dirty.formUnion(touched)
        dirty.formUnion(command.people(touchedIn: intent, by: index))
        draft?.addReaders(of: command, in: intent, index)
        counters.sequence += 1
        if command.isDecision { counters.generation += 1 }
        journal.commands.append(
            LoggedCommand(sequence: counters.sequence, at: now, by: actor, command: command))
        if let draft { journal.audit.append(draft) }
        journal.counters = counters
    }

    // MARK: Publishing

    /// A tick: everything that waits is released.
    mutating func releaseAll(at now: Timestamp) throws(CommandError) {
        let agents = agentChanges(at: dirtyPlants, keepingOldSubnets: false)
        stage(agents, at: dirtyPlants)
        var contents: [PersonID: PersonRelease.Content] = [:]
        var pool = ResolutionPool()
        for person in dirty.sorted() {
            let key = intent.certificates[person]?.publicKey
            contents[person] = try content(for: person, key: key, at: now, sharing: &pool)
        }
        for person in dirty.sorted() where intent.certificates[person]?.previousKey != nil {
            if intent.people[person]?.isActive == true { journal.rotated.append(person) }
            try apply(.forgetPreviousKey(person), by: Self.ownName, at: now)
        }
        publish(contents, agents, .everyone)
        dirty = []
        dirtyPlants = []
        counters.ticks += 1
        counters.releasedGeneration = counters.generation
        journal.counters = counters
    }

    /// An urgent push: one person's whole entry, and nobody else's.
    ///
    /// - Parameter takingNewKey: whether a waiting key replaces the old one; only Refresh wants that, for it would
    ///   break a tunnel.
    mutating func release(_ person: PersonID, takingNewKey: Bool, at now: Timestamp) throws(CommandError) {
        let certificate = intent.certificates[person]
        let before = histories[person]?.released.entry
        var key = certificate?.publicKey
        if let before, let certificate, !takingNewKey, before.tunnelAddress == certificate.tunnelAddress,
            before.publicKey == certificate.previousKey
        {
            key = before.publicKey
        }
        if certificate?.previousKey != nil, key == certificate?.publicKey {
            journal.rotated.append(person)
            try apply(.forgetPreviousKey(person), by: Self.ownName, at: now)
        }
        var pool = ResolutionPool()
        let content = try content(for: person, key: key, at: now, sharing: &pool)
        // The way back needs the subnets that the person's table now leads to; taking some away waits for the tick.
        var agents = AgentChanges()
        for plant in Set(content.table.compactMap(\.owner)).intersection(dirtyPlants) {
            agents.changed += released(agentsOf: plant).compactMap { entry in
                let wide = widened(entry)
                return wide == entry ? nil : wide
            }
        }
        publish([person: content], agents, .person(person))
        if key == intent.certificates[person]?.publicKey { dirty.remove(person) }
    }

    /// An agent event: the agents of these plants and what it means for the people, with no pending grant.
    mutating func releaseAgents(of plants: Set<PlantID>, at now: Timestamp) throws(CommandError) {
        let agents = agentChanges(at: plants, keepingOldSubnets: true)
        stage(agents, at: plants)
        var contents: [PersonID: PersonRelease.Content] = [:]
        var pool = ResolutionPool()
        let people = plants.reduce(into: Set<PersonID>()) { $0.formUnion(claimants[$1] ?? []) }
        for person in people.sorted() {
            guard let released = histories[person]?.released, let entry = released.entry else { continue }
            try discardLostPicks(of: person, claims: released.claims, at: now)
            contents[person] = resolved(released.claims, for: entry, sharing: &pool)
        }
        guard let plant = plants.min() else { return }
        publish(contents, agents, .plant(plant))
    }

    /// Takes what the gateway says about its agents, and publishes what that changes.
    mutating func note(_ changes: [AgentID: AgentLiveness], at now: Timestamp) throws(CommandError) {
        var plants: Set<PlantID> = []
        for (agent, new) in changes.sorted(by: { $0.key < $1.key }) where liveness[agent] != new {
            liveness[agent] = new
            journal.liveness.append((agent, new))
            guard let plant = intent.agents[agent]?.plant else { continue }
            plants.insert(plant)
            var draft = AuditDraft(action: new == .online ? .agentOnline : .agentOffline, by: "gateway", plant: plant)
            draft.detail = ["agent": agent.text]
            draft.organizations = Set([intent.owner(of: plant)].compactMap { $0 })
            journal.audit.append(draft)
        }
        if !plants.isEmpty { try releaseAgents(of: plants, at: now) }
    }

    /// Forgets that the agent was ever up: it was unprovisioned.
    mutating func forgetLiveness(of agent: AgentID) {
        guard liveness.removeValue(forKey: agent) != nil else { return }
        journal.liveness.append((agent, nil))
    }

    /// - Returns: false when the hash says that the gateway holds something else under that number.
    mutating func acknowledge(_ revision: UInt64, hash: String) -> Bool {
        guard revision <= counters.revision else { return false }
        if revision == counters.revision, hash != counters.hash { return false }
        guard revision > counters.acknowledged else { return true }
        counters.acknowledged = revision
        for person in histories.keys { histories[person]?.prune(acknowledged: revision) }
        journal.counters = counters
        return true
    }

    /// Everything as one revision, for a gateway that cannot use deltas.
    ///
    /// It holds what was released: of later changes only what was pushed for somebody, and that was published as such.
    var snapshot: Revision {
        Revision(
            number: counters.revision, generation: counters.releasedGeneration, hash: counters.hash,
            content: .snapshot(view))
    }

    /// - Parameter scope: for whom the revision releases what waits.
    private mutating func publish(
        _ contents: [PersonID: PersonRelease.Content], _ agents: AgentChanges, _ scope: Revision.Scope
    ) {
        var delta = Revision.Delta(
            base: counters.revision, agents: agents.changed.sorted { $0.agent < $1.agent },
            removedAgents: agents.removed.sorted())
        let contents = contents.sorted { $0.key < $1.key }
        for (person, content) in contents {
            let before = view.person(person)
            guard before != content.entry else { continue }
            if let entry = content.entry { delta.people.append(entry) } else { delta.removedPeople.append(person) }
        }
        if !delta.isEmpty || counters.revision == 0 {
            digest.apply(delta, to: view)
            view.apply(delta)
            counters.revision += 1
            counters.hash = digest.text
            recent.append(
                Revision(
                    number: counters.revision, generation: counters.generation, hash: counters.hash,
                    content: .delta(delta), scope: scope))
            if recent.count > Self.mostRecent { recent.removeFirst() }
            journal.agents += delta.agents
            journal.removedAgents += delta.removedAgents
        }
        for (person, content) in contents { note(content, of: person) }
        journal.counters = counters
    }

    private mutating func note(_ content: PersonRelease.Content, of person: PersonID) {
        let before = histories[person]?.released
        guard before != content else { return }
        if before?.claims != content.claims {
            for claim in before?.claims ?? [] { claimants[claim.plant]?.remove(person) }
            for claim in content.claims { claimants[claim.plant, default: []].insert(person) }
        }
        let release = PersonRelease(revision: counters.revision, content: content)
        histories[person, default: ReleaseHistory()].append(release, acknowledged: counters.acknowledged)
        journal.releases.append((person, release))
    }

    // MARK: Agents

    /// What is to be told of agents.
    struct AgentChanges {
        var changed: [AgentEntry] = []
        var removed: [AgentID] = []
    }

    private func released(agentsOf plant: PlantID) -> [AgentEntry] {
        index.agents(of: plant).compactMap { view.agent($0) }
    }

    /// How the agents of the plants differ from what was last told of them.
    private func agentChanges(at plants: Set<PlantID>, keepingOldSubnets: Bool) -> AgentChanges {
        var changes = AgentChanges()
        for id in plants.sorted().flatMap({ index.agents(of: $0) }) {
            let before = view.agent(id)
            guard let agent = intent.agents[id], var entry = entry(of: agent, id) else {
                if before != nil { changes.removed.append(id) }
                continue
            }
            if keepingOldSubnets, let before { entry = widened(entry, by: before.subnets) }
            if entry != before { changes.changed.append(entry) }
        }
        return changes
    }

    /// Makes the states of the plants those that they will be once the changes are published.
    private mutating func stage(_ changes: AgentChanges, at plants: Set<PlantID>) {
        let removed = Set(changes.removed)
        let added = Dictionary(grouping: changes.changed, by: \.plant)
        for plant in plants {
            let agents = Set(released(agentsOf: plant).map(\.agent)).subtracting(removed)
                .union(added[plant]?.map(\.agent) ?? [])
            plantStates[plant] = PlantState.states(of: agents.lazy.map { ($0, plant) }, liveness: liveness)[plant]
        }
    }

    static let ownName = "control-plane"
}
