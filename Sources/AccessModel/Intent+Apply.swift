import Addressing

extension Intent {
    /// Makes the change, or refuses it and leaves everything as it was.
    package mutating func apply(_ command: Command, at now: Timestamp) throws(CommandError) {
        switch command {
        case .createPerson, .renamePerson, .deactivatePerson, .reactivatePerson, .deletePerson, .createOrganization,
            .renameOrganization, .deleteOrganization, .setMember, .removeMember:
            try applyToPeople(command, at: now)
        case .createPortfolio, .renamePortfolio, .deletePortfolio, .createPlant, .describePlant, .movePlant,
            .deletePlant, .addSubnet, .changeSubnet, .removeSubnet, .setDevice, .removeDevice:
            try applyToPlants(command, at: now)
        case .grant(let person, let place, let since):
            try grant(person, place, since: since ?? now)
        case .withdraw(let person, let place):
            try withdraw(person, place)
        case .proposeCooperation(let id, let owner, let partner, let shares, let cap, let members):
            let cooperation = Cooperation(
                owner: owner, partner: partner, shares: shares, cap: cap, members: members, since: now)
            try propose(cooperation, as: id)
        case .setCooperationState(let id, let state):
            try setState(state, of: id, at: now)
        case .setCooperationCap(let id, let cap):
            var cooperation = try cooperation(id)
            if !cooperation.cap.opensVPN, cap.opensVPN { cooperation.since = now }
            cooperation.cap = cap
            cooperations[id] = cooperation
        case .setCooperationMembers(let id, let members):
            var cooperation = try cooperation(id)
            try checkMembers(members, of: cooperation.partner)
            cooperation.members = members
            cooperations[id] = cooperation
        case .provisionAgent, .enrolAgent, .unprovisionAgent:
            try applyToAgents(command)
        case .issueCertificate, .rotateCertificate, .revokeCertificate, .pick, .discardPicks, .forgetPreviousKey:
            try applyToCertificates(command, at: now)
        }
    }

    // MARK: Grants and cooperations

    private mutating func grant(_ person: PersonID, _ place: Place, since: Timestamp) throws(CommandError) {
        try check(person)
        guard let owner = owner(of: place) else { throw unknown(place) }
        guard canBecomePath(of: person, to: owner) else {
            throw CommandError(.notAMember, "\(person) is no member of \(owner), nor of a partner of it")
        }
        var held = grants[person] ?? []
        guard !held.contains(where: { $0.place == place }) else {
            throw CommandError(.exists, "\(person) has \(place.text) already")
        }
        let index = held.firstIndex { place < $0.place } ?? held.endIndex
        held.insert(Grant(place: place, since: since), at: index)
        grants[person] = held
    }

    private mutating func withdraw(_ person: PersonID, _ place: Place) throws(CommandError) {
        try check(person)
        guard let index = grants[person]?.firstIndex(where: { $0.place == place }) else {
            throw CommandError(.unknownGrant, "\(person) has no grant for \(place.text)")
        }
        grants[person]?.remove(at: index)
        if grants[person]?.isEmpty == true { grants[person] = nil }
    }

    /// Whether the person belongs to the organisation, or to a partner in a cooperation that has not ended.
    private func canBecomePath(of person: PersonID, to owner: OrganizationID) -> Bool {
        if organizations[owner]?.members[person] != nil { return true }
        return cooperations.values.contains {
            $0.owner == owner && $0.state != .ended && organizations[$0.partner]?.members[person] != nil
        }
    }

    private mutating func propose(_ cooperation: Cooperation, as id: CooperationID) throws(CommandError) {
        try checkName(id.text)
        guard cooperations[id] == nil else { throw CommandError(.exists, "there is a cooperation \(id)") }
        _ = try organization(cooperation.owner)
        _ = try organization(cooperation.partner)
        guard cooperation.owner != cooperation.partner else {
            throw CommandError(.notShareable, "an organisation does not cooperate with itself")
        }
        guard !cooperation.shares.isEmpty else { throw CommandError(.notShareable, "nothing is shared") }
        for place in cooperation.shares.sorted {
            if case .organization = place {
                throw CommandError(.notShareable, "plants and portfolios are shared, not a whole organisation")
            }
            guard let owner = owner(of: place) else { throw unknown(place) }
            guard owner == cooperation.owner else {
                throw CommandError(
                    .notShareable, "\(place.text) belongs to \(owner): \(cooperation.owner) cannot share it on")
            }
        }
        try checkMembers(cooperation.members, of: cooperation.partner)
        cooperations[id] = cooperation
    }

    private func checkMembers(
        _ members: SortedSet<PersonID>, of partner: OrganizationID
    ) throws(CommandError) {
        let known = try organization(partner).members
        for person in members.sorted where known[person] == nil {
            throw CommandError(.notAMember, "\(person) is no member of \(partner)")
        }
    }

    private mutating func setState(
        _ state: Cooperation.State, of id: CooperationID, at now: Timestamp
    ) throws(CommandError) {
        var cooperation = try cooperation(id)
        switch (cooperation.state, state) {
        case (.proposed, .accepted), (.paused, .accepted):
            cooperation.since = now
        case (.accepted, .paused), (.proposed, .ended), (.accepted, .ended), (.paused, .ended):
            break
        default:
            throw CommandError(
                .wrongState, "\(id) is \(cooperation.state.rawValue): it cannot become \(state.rawValue)")
        }
        cooperation.state = state
        cooperations[id] = cooperation
    }

    // MARK: Agents

    private mutating func applyToAgents(_ command: Command) throws(CommandError) {
        switch command {
        case .provisionAgent(let id, let plant):
            try checkName(id.text)
            _ = try self.plant(plant)
            if let agent = agents[id] {
                guard agent.plant == plant else {
                    throw CommandError(.exists, "\(id) is an agent of \(agent.plant)")
                }
                guard !agent.isProvisioned else { throw CommandError(.wrongState, "\(id) is provisioned already") }
                agents[id]?.isProvisioned = true
            } else {
                agents[id] = Agent(plant: plant)
            }
        case .enrolAgent(let id, let key):
            guard let agent = agents[id] else { throw CommandError(.unknownAgent, "there is no agent \(id)") }
            guard agent.isProvisioned else { throw CommandError(.wrongState, "\(id) is not provisioned") }
            if agent.publicKey != key { try checkFree(key) }
            agents[id]?.publicKey = key
        case .unprovisionAgent(let id):
            guard let agent = agents[id] else { throw CommandError(.unknownAgent, "there is no agent \(id)") }
            guard agent.isProvisioned else { throw CommandError(.wrongState, "\(id) is not provisioned") }
            agents[id]?.isProvisioned = false
        default:
            break
        }
    }
}
