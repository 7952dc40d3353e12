import AccessModel
import Addressing
import ControlProtocol

/// The control plane without its surroundings: intent, what was released of it, and what the gateway told.
///
/// A value: a change is made on a copy, its journal is stored, and only then the copy takes over.
struct ControlState {
    var intent: Intent
    var counters: Counters
    var histories: [PersonID: ReleaseHistory]
    var liveness: [AgentID: AgentLiveness]
    /// The entries of all histories' newest releases, and the agents: what the gateway is told.
    private(set) var view: ReleasedView
    /// The newest revisions as deltas, for a gateway that is only a little behind.
    private(set) var recent: [Revision] = []
    /// People whose entry a tick has to look at.
    var dirty: Set<PersonID>
    var journal = Journal()

    /// More deltas than this are not kept: a snapshot is cheaper then.
    static let mostRecent = 256

    /// - Parameter dirty: whom the next tick looks at; after a restart everybody.
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
        dirty = Set(intent.people.keys)
    }

    // MARK: Commands

    /// Applies a command to the intent and logs it; nothing is released by this.
    mutating func apply(_ command: Command, by actor: String, at now: Timestamp) throws(CommandError) {
        let before = intent
        try intent.apply(command, at: now)
        guard intent != before else { return }
        dirty.formUnion(command.people(touchedIn: before))
        dirty.formUnion(command.people(touchedIn: intent))
        counters.sequence += 1
        if command.isDecision { counters.generation += 1 }
        journal.commands.append(
            LoggedCommand(sequence: counters.sequence, at: now, by: actor, command: command))
        if let draft = AuditDraft(command, by: actor, before: before, after: intent) { journal.audit.append(draft) }
        journal.counters = counters
    }

    // MARK: Publishing

    /// A tick: everything that waits is released.
    mutating func releaseAll(at now: Timestamp) throws(CommandError) {
        let agents = intent.agents.compactMap { id, agent in entry(of: agent, id) }
        var contents: [PersonID: PersonRelease.Content] = [:]
        let states = states(of: agents)
        for person in dirty.sorted() {
            let key = intent.certificates[person]?.publicKey
            contents[person] = try content(for: person, key: key, states: states, at: now)
        }
        for person in dirty.sorted() where intent.certificates[person]?.previousKey != nil {
            if intent.people[person]?.isActive == true { journal.rotated.append(person) }
            try apply(.forgetPreviousKey(person), by: Self.ownName, at: now)
        }
        publish(contents, agents: agents)
        dirty = []
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
        let content = try content(for: person, key: key, states: states(of: view.agents), at: now)
        // The way back needs the subnets that the person's table now leads to; taking some away waits for the tick.
        let plants = Set(content.table.compactMap(\.owner))
        publish([person: content], agents: view.agents.map { plants.contains($0.plant) ? widened($0) : $0 })
        if key == intent.certificates[person]?.publicKey { dirty.remove(person) }
    }

    /// An agent event: the agents of these plants and what it means for the people, with no pending grant.
    mutating func releaseAgents(of plants: Set<PlantID>, at now: Timestamp) throws(CommandError) {
        var agents = view.agents.filter { !plants.contains($0.plant) }
        for (id, agent) in intent.agents where plants.contains(agent.plant) {
            guard let entry = entry(of: agent, id) else { continue }
            let before = view.agents.first { $0.agent == id }
            agents.append(before.map { widened(entry, by: $0.subnets) } ?? entry)
        }
        let states = states(of: agents)
        var contents: [PersonID: PersonRelease.Content] = [:]
        for (person, history) in histories.sorted(by: { $0.key < $1.key }) {
            let released = history.released
            guard let entry = released.entry, released.claims.contains(where: { plants.contains($0.plant) })
            else { continue }
            try discardLostPicks(of: person, claims: released.claims, states: states, at: now)
            contents[person] = resolved(released.claims, for: entry, states: states)
        }
        publish(contents, agents: agents)
    }

    /// Takes what the gateway says about its agents, and publishes what that changes.
    mutating func note(_ changes: [AgentID: AgentLiveness], at now: Timestamp) throws(CommandError) {
        var plants: Set<PlantID> = []
        for (agent, new) in changes.sorted(by: { $0.key < $1.key }) where liveness[agent] != new {
            liveness[agent] = new
            journal.liveness.append((agent, new))
            guard let plant = intent.agents[agent]?.plant else { continue }
            plants.insert(plant)
            var draft = AuditDraft(action: "agent.\(new.rawValue)", by: "gateway", plant: plant)
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
    var snapshot: Revision {
        Revision(
            number: counters.revision, generation: counters.generation, hash: counters.hash,
            content: .snapshot(view))
    }

    private mutating func publish(_ contents: [PersonID: PersonRelease.Content], agents: [AgentEntry]) {
        var people: [PersonID: PersonEntry] = [:]
        for entry in view.people { people[entry.person] = entry }
        for (person, content) in contents { people[person] = content.entry }
        let next = ReleasedView(
            people: people.values.sorted { $0.person < $1.person }, agents: agents.sorted { $0.agent < $1.agent })
        let delta = view.delta(to: next, base: counters.revision)
        if !delta.isEmpty || counters.revision == 0 {
            view = next
            counters.revision += 1
            counters.hash = next.contentHash
            recent.append(
                Revision(
                    number: counters.revision, generation: counters.generation, hash: counters.hash,
                    content: .delta(delta)))
            if recent.count > Self.mostRecent { recent.removeFirst() }
            journal.agents += delta.agents
            journal.removedAgents += delta.removedAgents
        }
        for (person, content) in contents.sorted(by: { $0.key < $1.key }) {
            guard histories[person]?.released != content else { continue }
            let release = PersonRelease(revision: counters.revision, content: content)
            histories[person, default: ReleaseHistory()].append(release, acknowledged: counters.acknowledged)
            journal.releases.append((person, release))
        }
        journal.counters = counters
    }

    static let ownName = "control-plane"
}
