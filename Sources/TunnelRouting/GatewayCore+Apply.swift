import AccessModel
package import Addressing
package import ControlProtocol
package import Timebase

extension GatewayCore {
    /// What applying a revision came to, and what the shell must do to the WireGuard engine.
    ///
    /// The order matters: send the outbox (its resets still need the old keys), remove peers, add peers, then acknowledge.
    package struct Applied: Hashable, Sendable {
        package var outcome: Acknowledgement.Outcome
        /// What is applied now, whether this call did it or an earlier one.
        package var revision: UInt64
        package var contentHash: String
        package var removedPeers: [PeerSlot] = []
        package var addedPeers: [AddedPeer] = []
        /// Why a snapshot is wanted.
        package var problem: Problem?

        package var acknowledgement: Acknowledgement {
            Acknowledgement(revision: revision, hash: contentHash, outcome: outcome)
        }
    }

    /// A peer that the engine is to accept; the gateway never initiates to it.
    package struct AddedPeer: Hashable, Sendable {
        package var slot: PeerSlot
        package var publicKey: PublicKey
        package var identity: PeerIdentity
    }

    /// Why a revision was not applied.
    package enum Problem: String, Hashable, Sendable, CaseIterable {
        case unknownBase, hashMismatch
        /// Order, ranges or keys contradict each other.
        case malformedContent
    }

    /// Applies a revision whole or not at all; what is applied already, or older, changes nothing.
    package mutating func apply(_ new: Revision, at now: Moment) -> Applied {
        if new.number < revision || (new.number == revision && new.hash == contentHash) {
            return Applied(outcome: .applied, revision: revision, contentHash: contentHash)
        }
        var digest = digest
        let changes: ViewChanges
        switch new.content {
        case .snapshot(let snapshot):
            guard isSound(snapshot) else { return refused(.malformedContent) }
            digest = ViewDigest(of: snapshot)
            changes = ViewChanges(from: view, to: snapshot)
        case .delta(let delta):
            guard delta.base == revision, new.number > revision else { return refused(.unknownBase) }
            guard delta.namesEachOnce else { return refused(.malformedContent) }
            changes = ViewChanges(of: view, by: delta)
            guard isSound(changes) else { return refused(.malformedContent) }
            digest.apply(delta, to: view)
        }
        guard digest.text == new.hash else { return refused(.hashMismatch) }
        switch new.content {
        case .snapshot(let snapshot): view = snapshot
        case .delta(let delta): view.apply(delta)
        }
        self.digest = digest
        (revision, contentHash) = (new.number, new.hash)
        var applied = Applied(outcome: .applied, revision: revision, contentHash: contentHash)
        make(changes, at: now, &applied)
        return applied
    }

    private func refused(_ problem: Problem) -> Applied {
        Applied(outcome: .needsSnapshot, revision: revision, contentHash: contentHash, problem: problem)
    }

    // MARK: Replacing

    private mutating func make(_ changes: ViewChanges, at now: Moment, _ applied: inout Applied) {
        keys.subtract(changes.oldKeys)
        keys.formUnion(changes.newKeys)
        // Slots that become free here are used again by later revisions only: the outbox still speaks of them.
        var freed: [PeerSlot] = []
        for change in changes.agents { replaceAgent(change.old, by: change.new, &applied, &freed) }
        if !changes.agents.isEmpty {
            for index in plants.indices { choose(plant: Int32(index)) }
        }
        for change in changes.people { replacePerson(change.old, by: change.new, at: now, &applied, &freed) }
        if !changes.agents.isEmpty { cutFlowsWithoutAgent(at: now) }
        for peer in freed {
            roles[Int(peer.index)] = .vacant
            freePeers.append(peer.index)
        }
        applied.removedPeers = freed
    }

    private mutating func replacePerson(
        _ old: PersonEntry?, by new: PersonEntry?, at now: Moment, _ applied: inout Applied, _ freed: inout [PeerSlot]
    ) {
        guard let new else {
            if let old { removePerson(old.person, at: now, &freed) }
            return
        }
        if let old, old.publicKey == new.publicKey, old.tunnelAddress == new.tunnelAddress,
            let slot = personSlots[new.person]
        {
            let table = acquireTable(new.routes)
            tables.release(people[Int(slot)].routes)
            people[Int(slot)].routes = new.routes
            people[Int(slot)].table = table
            cutChangedFlows(ofPerson: slot, at: now)
            return
        }
        if let old { removePerson(old.person, at: now, &freed) }
        let peer = takePeer(new.publicKey)
        let person = Person(
            id: new.person, publicKey: new.publicKey, address: new.tunnelAddress, peer: peer.index,
            routes: new.routes, table: acquireTable(new.routes),
            source: Endpoint(IPv4Address(number: 0), 0))
        let slot = Self.take(&people, &freePeople, person)
        personSlots[new.person] = slot
        addressSlots[new.tunnelAddress.number] = slot
        roles[Int(peer.index)] = .person(slot)
        applied.addedPeers.append(
            AddedPeer(slot: peer, publicKey: new.publicKey, identity: .person(new.person)))
    }

    private mutating func removePerson(_ id: PersonID, at now: Moment, _ freed: inout [PeerSlot]) {
        guard let slot = personSlots.removeValue(forKey: id) else { return }
        cutAllFlows(ofPerson: slot, cause: .permissionGone, at: now)
        for entry in denials.remove(person: slot) { noteDenial(entry) }
        let person = people[Int(slot)]
        if addressSlots[person.address.number] == slot { addressSlots[person.address.number] = nil }
        tables.release(person.routes)
        leave(person.peer, person.publicKey, &freed)
        freePeople.append(slot)
    }

    private mutating func replaceAgent(
        _ old: AgentEntry?, by new: AgentEntry?, _ applied: inout Applied, _ freed: inout [PeerSlot]
    ) {
        if let old, let new, old.publicKey == new.publicKey, old.plant == new.plant, let slot = agentSlots[new.agent] {
            agents[Int(slot)].sources = AddressSet(new.subnets)
            return
        }
        if let old, let slot = agentSlots.removeValue(forKey: old.agent) {
            let plant = Int(agents[Int(slot)].plant)
            plants[plant].agents.removeAll { $0 == slot }
            if plants[plant].chosen == slot { plants[plant].chosen = -1 }
            leave(agents[Int(slot)].peer, old.publicKey, &freed)
            freeAgents.append(slot)
        }
        guard let new else { return }
        let peer = takePeer(new.publicKey)
        let plant = plantSlot(new.plant).index
        let agent = Agent(
            id: new.agent, plant: plant, publicKey: new.publicKey, peer: peer.index, sources: AddressSet(new.subnets))
        let slot = Self.take(&agents, &freeAgents, agent)
        agentSlots[new.agent] = slot
        roles[Int(peer.index)] = .agent(slot)
        plants[Int(plant)].agents.append(slot)
        plants[Int(plant)].agents.sort { agents[Int($0)].id < agents[Int($1)].id }
        applied.addedPeers.append(
            AddedPeer(slot: peer, publicKey: new.publicKey, identity: .agent(new.agent, new.plant)))
    }

    private mutating func acquireTable(_ routes: [RouteEntry]) -> RouteTable {
        for plant in routes.compactMap(\.plant) { _ = plantSlot(plant) }
        let slots = plantSlots
        return tables.acquire(routes) { PlantSlot(index: slots[$0] ?? FlowKey.anyPlant) }
    }

    // MARK: Slots

    private mutating func plantSlot(_ id: PlantID) -> PlantSlot {
        if let slot = plantSlots[id] { return PlantSlot(index: slot) }
        let slot = Int32(plants.count)
        plants.append(Plant(id: id))
        plantSlots[id] = slot
        return PlantSlot(index: slot)
    }

    private mutating func takePeer(_ key: PublicKey) -> PeerSlot {
        let volume = formerVolumes.removeValue(forKey: key) ?? Volume()
        if let index = freePeers.popLast() {
            volumes[Int(index)] = volume
            return PeerSlot(index: index)
        }
        roles.append(.vacant)
        volumes.append(volume)
        return PeerSlot(index: Int32(roles.count - 1))
    }

    private mutating func leave(_ peer: Int32, _ key: PublicKey, _ freed: inout [PeerSlot]) {
        freed.append(PeerSlot(index: peer))
        let volume = volumes[Int(peer)]
        if volume != Volume(), formerVolumes.count < Self.mostFormerVolumes { formerVolumes[key] = volume }
    }

    private static func take<Record>(_ records: inout [Record], _ free: inout [Int32], _ new: Record) -> Int32 {
        if let slot = free.popLast() {
            records[Int(slot)] = new
            return slot
        }
        records.append(new)
        return Int32(records.count - 1)
    }
}
