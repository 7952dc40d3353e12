package import Addressing
package import Timebase

extension GatewayCore {
    /// Decides about one inner packet that a peer sent, opened and authentic.
    ///
    /// The packet may be changed in place: one hop fewer, or an echo request turned into its reply.
    ///
    /// - Parameter source: where the peer's datagram came from, for the audit.
    package mutating func receive(
        _ bytes: UnsafeMutableRawBufferPointer, from peer: PeerSlot, source: Endpoint, at now: Moment
    ) -> Fate {
        let packet: PacketView
        do {
            packet = try PacketView(bytes)
        } catch {
            let verdict: Verdict =
                switch error {
                case .malformed: .malformed
                case .notIPv4: .notIPv4
                case .headerChecksum: .badHeaderChecksum
                }
            counts[Int(verdict.rawValue)] += 1
            return Fate(verdict)
        }
        guard let facts = PacketFacts(packet) else {
            counts[Int(Verdict.malformed.rawValue)] += 1
            return Fate(.malformed)
        }
        let fate: Fate
        switch role(of: peer) {
        case .vacant:
            fate = Fate(.stalePeer)
        case .person(let slot):
            people[Int(slot)].source = source
            let (from, to) = (packet.source, packet.destination)
            fate = routeUp(facts, person: slot, peer: peer, at: now)
            if isWatched { note(facts, .up, from: from, to: to, person: slot, plant: nil, fate, at: now) }
        case .agent(let slot):
            fate = routeDown(facts, agent: slot, peer: peer, at: now)
            if isWatched {
                note(
                    facts, .down, from: packet.source, to: packet.destination,
                    person: addressSlots[packet.destination.number], plant: agents[Int(slot)].plant, fate, at: now)
            }
        }
        counts[Int(fate.verdict.rawValue)] += 1
        return fate
    }

    private mutating func note(
        _ facts: PacketFacts, _ direction: Decision.Direction, from source: IPv4Address, to destination: IPv4Address,
        person: Int32?, plant: Int32?, _ fate: Fate, at now: Moment
    ) {
        var plant = plant
        if direction == .up, let person { plant = people[Int(person)].table.lookup(destination)?.plant?.index }
        let kind = DecisionBuffer.Kind(
            direction: direction, verdict: fate.verdict, person: person ?? -1, plant: plant ?? -1,
            source: source.number, destination: destination.number, transport: facts.packet.transport,
            sourcePort: facts.sourcePort, destinationPort: facts.destinationPort, revision: revision)
        decisions.note(kind, byteCount: facts.packet.byteCount, at: now) { [people, plants] in
            Decision(
                sequence: 0, moment: now, direction: direction, verdict: fate.verdict,
                person: person.map { people[Int($0)].id }, plant: plant.map { plants[Int($0)].id }, source: source,
                destination: destination, transport: facts.packet.transport, sourcePort: facts.sourcePort,
                destinationPort: facts.destinationPort, byteCount: facts.packet.byteCount, revision: kind.revision,
                publicKey: direction == .up ? person.map { people[Int($0)].publicKey } : nil)
        }
    }

    // MARK: From a person

    private mutating func routeUp(_ facts: PacketFacts, person: Int32, peer: PeerSlot, at now: Moment) -> Fate {
        let packet = facts.packet
        guard packet.source == people[Int(person)].address else { return Fate(.spoofedSource) }
        let destination = packet.destination
        if destination == configuration.tunnelAddress { return answer(facts, person: person, at: now) }
        if isLeaseExpired, !isTombstoned(facts) { return refuse(facts, .leaseExpired, person: person, at: now) }
        if configuration.pool.contains(destination) { return refuse(facts, .userToUser, person: person, at: now) }
        switch facts.kind {
        case .laterFragment: return forwardFragment(facts, person: person, peer: peer, isUp: true, at: now)
        case .error(let quoted): return forwardErrorUp(quoted, facts, person: person, at: now)
        case .otherICMP, .echoReply: return Fate(.icmpNotForwarded)
        case .segment, .datagram, .echoRequest, .other: break
        }
        switch decide(destination, for: person) {
        case .refuse(let verdict, let plant):
            if let answered = answerTombstone(facts, to: peer, at: now) { return answered }
            return refuse(facts, verdict, person: person, plant: plant, at: now)
        case .forward(let plant, let agent):
            return forwardUp(facts, person: person, peer: peer, plant: plant, agent: agent, at: now)
        }
    }

    enum Destination {
        case forward(plant: Int32, agent: Int32)
        case refuse(Verdict, plant: Int32?)
    }

    /// Where a person's table leads for an address: the agent, or why none.
    func decide(_ destination: IPv4Address, for person: Int32) -> Destination {
        guard let target = people[Int(person)].table.lookup(destination) else {
            return .refuse(.noPermission, plant: nil)
        }
        guard let plant = target.plant else { return .refuse(.noOwner, plant: nil) }
        guard target.isReachable else { return .refuse(.plantUnreachable, plant: plant.index) }
        let chosen = plants[Int(plant.index)].chosen
        guard chosen >= 0, agents[Int(chosen)].isLive else { return .refuse(.noLiveAgent, plant: plant.index) }
        return .forward(plant: plant.index, agent: chosen)
    }

    private mutating func forwardUp(
        _ facts: PacketFacts, person: Int32, peer: PeerSlot, plant: Int32, agent: Int32, at now: Moment
    ) -> Fate {
        guard facts.packet.timeToLive > 1 else { return refuse(facts, .timeExceeded, person: person, at: now) }
        let key = facts.keyUp(plant: plant)
        var found = flows.find(key)
        if let index = found {
            let state = flows[index].state
            if state == .cut {
                if facts.segment != nil, !facts.isOpening { return reset(facts, flow: index, to: peer, at: now) }
                removeTombstone(index)
                found = nil
            } else if state == .ended, facts.isOpening {
                closeFlow(index)
                found = nil
            }
        } else if let answered = answerTombstone(facts, to: peer, at: now) {
            return answered
        }
        let index: Int32
        if let found {
            index = found
        } else {
            guard people[Int(person)].flowCount < configuration.flowLimitPerPerson else {
                return Fate(.personFlowLimit)
            }
            guard !flows.isFull else { return Fate(.flowLimit) }
            index = openFlow(key, person: person, agentPeer: agents[Int(agent)].peer, at: now)
        }
        account(index, facts, isUp: true, at: now)
        if facts.packet.isFragment {
            fragments.note(facts.fragmentKey(peer: peer), flow: index, flowID: flows[index].id, at: now)
        }
        facts.packet.decrementTimeToLive()
        return Fate(.forwarded, to: PeerSlot(index: agents[Int(agent)].peer), byteCount: facts.packet.byteCount)
    }

    /// A person's side may say about a flow what routers and hosts say: too big, port closed.
    private mutating func forwardErrorUp(
        _ quoted: QuotedPacket?, _ facts: PacketFacts, person: Int32, at now: Moment
    ) -> Fate {
        guard let quoted, quoted.destination == facts.packet.source, facts.packet.timeToLive > 1,
            case .forward(let plant, let agent) = decide(quoted.source, for: person)
        else { return Fate(.errorWithoutFlow) }
        let isEcho = quoted.transport == Transport.icmp
        let key = FlowKey(
            user: quoted.destination.number, device: quoted.source.number,
            userPort: isEcho ? quoted.sourcePort : quoted.destinationPort,
            devicePort: isEcho ? 0 : quoted.sourcePort, plant: plant, transport: quoted.transport)
        guard let index = flows.find(key), flows[index].state != .cut else { return Fate(.errorWithoutFlow) }
        addVolume(index, byteCount: facts.packet.byteCount, isUp: true, at: now)
        facts.packet.decrementTimeToLive()
        return Fate(.forwardedError, to: PeerSlot(index: agents[Int(agent)].peer), byteCount: facts.packet.byteCount)
    }

    private mutating func answer(_ facts: PacketFacts, person: Int32, at now: Moment) -> Fate {
        guard case .echoRequest = facts.kind, !facts.packet.isFragment, let message = ICMPView(facts.packet) else {
            return refuse(facts, .notAGatewayService, person: person, at: now)
        }
        message.turnIntoEchoReply()
        return Fate(
            .echoAnswered, to: PeerSlot(index: people[Int(person)].peer), byteCount: facts.packet.byteCount)
    }

    // MARK: From an agent

    private mutating func routeDown(_ facts: PacketFacts, agent: Int32, peer: PeerSlot, at now: Moment) -> Fate {
        let packet = facts.packet
        guard agents[Int(agent)].sources.contains(packet.source) else { return Fate(.sourceOutsidePlant) }
        guard packet.destination != configuration.tunnelAddress else { return Fate(.plantToGateway) }
        guard configuration.pool.contains(packet.destination) else { return Fate(.plantToPlant) }
        let plant = agents[Int(agent)].plant
        switch facts.kind {
        case .laterFragment: return forwardFragment(facts, person: nil, peer: peer, isUp: false, at: now)
        case .error(let quoted): return forwardErrorDown(quoted, facts, plant: plant, peer: peer, at: now)
        case .otherICMP: return Fate(.icmpNotForwarded)
        case .segment, .datagram, .echoRequest, .echoReply, .other: break
        }
        guard let index = findFlowDown(facts, plant: plant) else {
            guard let person = addressSlots[packet.destination.number] else { return Fate(.unknownTunnelAddress) }
            return Fate(leads(packet.source, of: person, to: plant) ? .noFlow : .routedElsewhere)
        }
        let flow = flows[index]
        if flow.state == .cut {
            if facts.segment != nil { return reset(facts, flow: index, to: peer, at: now) }
            guard let person = addressSlots[packet.destination.number] else { return Fate(.afterCut) }
            return Fate(leads(packet.source, of: person, to: plant) ? .afterCut : .routedElsewhere)
        }
        guard leads(packet.source, of: flow.person, to: plant) else { return Fate(.routedElsewhere) }
        guard flow.agentPeer == peer.index else { return Fate(.otherAgent) }
        guard packet.timeToLive > 1 else { return Fate(.timeExceeded) }
        account(index, facts, isUp: false, at: now)
        if packet.isFragment {
            fragments.note(facts.fragmentKey(peer: peer), flow: index, flowID: flow.id, at: now)
        }
        packet.decrementTimeToLive()
        return Fate(
            .forwarded, to: PeerSlot(index: people[Int(flow.person)].peer), byteCount: packet.byteCount)
    }

    /// An echo request of a plant is nobody's flow, even where its identifier is in use.
    private func findFlowDown(_ facts: PacketFacts, plant: Int32) -> Int32? {
        if case .echoRequest = facts.kind { return nil }
        return flows.find(facts.keyDown(plant: plant))
    }

    private func leads(_ address: IPv4Address, of person: Int32, to plant: Int32) -> Bool {
        guard let target = people[Int(person)].table.lookup(address) else { return false }
        return target.plant?.index == plant && target.isReachable
    }

    private mutating func forwardErrorDown(
        _ quoted: QuotedPacket?, _ facts: PacketFacts, plant: Int32, peer: PeerSlot, at now: Moment
    ) -> Fate {
        guard let quoted, quoted.source == facts.packet.destination, facts.packet.timeToLive > 1 else {
            return Fate(.errorWithoutFlow)
        }
        let isEcho = quoted.transport == Transport.icmp
        let key = FlowKey(
            user: quoted.source.number, device: quoted.destination.number, userPort: quoted.sourcePort,
            devicePort: isEcho ? 0 : quoted.destinationPort, plant: plant, transport: quoted.transport)
        guard let index = flows.find(key), flows[index].state != .cut else { return Fate(.errorWithoutFlow) }
        let flow = flows[index]
        guard leads(quoted.destination, of: flow.person, to: plant) else { return Fate(.routedElsewhere) }
        guard flow.agentPeer == peer.index else { return Fate(.otherAgent) }
        addVolume(index, byteCount: facts.packet.byteCount, isUp: false, at: now)
        facts.packet.decrementTimeToLive()
        return Fate(
            .forwardedError, to: PeerSlot(index: people[Int(flow.person)].peer), byteCount: facts.packet.byteCount)
    }

    // MARK: Parts

    /// A later part goes where the first went, as long as that flow is open and the table still leads there.
    private mutating func forwardFragment(
        _ facts: PacketFacts, person: Int32?, peer: PeerSlot, isUp: Bool, at now: Moment
    ) -> Fate {
        guard let found = fragments.find(facts.fragmentKey(peer: peer), at: now), flows[found.flow].isUsed,
            flows[found.flow].id == found.flowID, flows[found.flow].state != .cut, facts.packet.timeToLive > 1
        else { return Fate(.fragmentWithoutFirst) }
        let flow = flows[found.flow]
        guard leads(flow.key.deviceAddress, of: flow.person, to: flow.key.plant) else {
            return Fate(.fragmentWithoutFirst)
        }
        addVolume(found.flow, byteCount: facts.packet.byteCount, isUp: isUp, at: now)
        facts.packet.decrementTimeToLive()
        let destination = isUp ? flow.agentPeer : people[Int(flow.person)].peer
        return Fate(.forwarded, to: PeerSlot(index: destination), byteCount: facts.packet.byteCount)
    }
}
