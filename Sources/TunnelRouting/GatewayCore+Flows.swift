import Addressing
import ControlProtocol
package import Timebase

extension GatewayCore {
    /// Why a flow is cut.
    enum CutCause {
        /// The person, the key or the permission is gone.
        case permissionGone
        /// The range leads to another plant now, or the plant to another agent.
        case switched
        case unreachable

        var errorCode: UInt8 {
            switch self {
            case .permissionGone: UnreachableCode.prohibited
            case .switched: UnreachableCode.host
            case .unreachable: UnreachableCode.network
            }
        }
    }

    // MARK: Opening, accounting, closing

    mutating func openFlow(_ key: FlowKey, person: Int32, agentPeer: Int32, at now: Moment) -> Int32 {
        var flow = Flow(
            key: key, id: flows.takeID(), person: person, agentPeer: agentPeer, revision: revision,
            source: people[Int(person)].source, at: now)
        flow.isDirty = true
        let index = flows.insert(flow, deadline: now + timeout(of: flow))
        flows.link(index, toPerson: &people[Int(person)].firstFlow)
        people[Int(person)].flowCount += 1
        // The first touch is reported at once, with the packet that opened the flow; see `takeFlowTouches`.
        freshFlows.append(index)
        return index
    }

    /// Counts a forwarded packet and lets a segment move the flow's state.
    mutating func account(_ index: Int32, _ facts: PacketFacts, isUp: Bool, at now: Moment) {
        if let segment = facts.segment {
            flows[index].note(segment, isUp: isUp)
        } else if !isUp, flows[index].state == .opening {
            flows[index].state = .established
        }
        addVolume(index, byteCount: facts.packet.byteCount, isUp: isUp, at: now)
        if flows[index].state == .ended, !flows[index].isEndReported {
            flows[index].isEndReported = true
            flows.arm(index, deadline: now + timeout(of: flows[index]))
            report(index, as: .ended)
        }
    }

    mutating func addVolume(_ index: Int32, byteCount: Int, isUp: Bool, at now: Moment) {
        let bytes = UInt64(byteCount)
        let person = flows[index].person
        let (personPeer, agentPeer) = (Int(people[Int(person)].peer), Int(flows[index].agentPeer))
        flows[index].last = now
        if isUp {
            flows[index].bytesUp += bytes
            flows[index].packetsUp += 1
            flows[index].source = people[Int(person)].source
            volumes[personPeer].bytesFromPeer += bytes
            volumes[agentPeer].bytesToPeer += bytes
        } else {
            flows[index].bytesDown += bytes
            flows[index].packetsDown += 1
            volumes[personPeer].bytesToPeer += bytes
            volumes[agentPeer].bytesFromPeer += bytes
        }
        if !flows[index].isDirty {
            flows[index].isDirty = true
            dirtyFlows.append(index)
        }
    }

    func timeout(of flow: Flow) -> Span {
        let timeouts = configuration.timeouts
        switch (flow.state, flow.key.transport) {
        case (.cut, _): return timeouts.tombstone
        case (.ended, _): return timeouts.ended
        case (.opening, Transport.tcp): return timeouts.opening
        case (.closing, Transport.tcp): return timeouts.closing
        case (_, Transport.tcp): return timeouts.established
        case (_, Transport.icmp): return timeouts.echo
        case (.opening, _): return timeouts.datagramsOneWay
        default: return timeouts.datagramsBothWays
        }
    }

    /// Ends a flow that is idle or over and forgets it.
    mutating func closeFlow(_ index: Int32) {
        if flows[index].isDirty || !flows[index].isEndReported { report(index, as: .ended) }
        let person = Int(flows[index].person)
        flows.unlink(index, fromPerson: &people[person].firstFlow)
        people[person].flowCount -= 1
        flows.remove(index)
    }

    // MARK: Cutting

    /// Cuts a person's flows that the person's table no longer decides as it did when they were opened.
    mutating func cutChangedFlows(ofPerson person: Int32, at now: Moment) {
        var next = people[Int(person)].firstFlow
        while next >= 0 {
            let index = next
            next = flows[index].nextOfPerson
            if let cause = changeOfDecision(flows[index]) { cut(index, cause: cause, at: now) }
        }
    }

    mutating func cutAllFlows(ofPerson person: Int32, cause: CutCause, at now: Moment) {
        while people[Int(person)].firstFlow >= 0 { cut(people[Int(person)].firstFlow, cause: cause, at: now) }
    }

    /// Cuts every flow whose agent is gone or no longer the one chosen for its plant.
    mutating func cutFlowsWithoutAgent(at now: Moment) {
        for index in flows.flows.indices {
            let flow = flows.flows[index]
            guard flow.isUsed, flow.state != .cut, let cause = changeOfDecision(flow) else { continue }
            cut(Int32(index), cause: cause, at: now)
        }
    }

    /// `nil` while the flow still goes where it went.
    private func changeOfDecision(_ flow: Flow) -> CutCause? {
        guard let target = people[Int(flow.person)].table.lookup(flow.key.deviceAddress) else {
            return .permissionGone
        }
        guard target.plant?.index == flow.key.plant else { return .switched }
        let chosen = plants[Int(flow.key.plant)].chosen
        guard target.isReachable, chosen >= 0 else { return .unreachable }
        return agents[Int(chosen)].peer == flow.agentPeer ? nil : .switched
    }

    /// Ends a flow for both sides; what remains of a TCP connection is a tombstone.
    mutating func cut(_ index: Int32, cause: CutCause, at now: Moment) {
        let flow = flows[index]
        let person = Int(flow.person)
        if flow.state == .ended {
            closeFlow(index)
            return
        }
        flows[index].isDirty = false
        report(index, as: .cut)
        cutFlows += 1
        flows.unlink(index, fromPerson: &people[person].firstFlow)
        people[person].flowCount -= 1
        flows[index].state = .cut
        flows[index].last = now
        flows.arm(index, deadline: now + configuration.timeouts.tombstone)
        if flow.key.transport == Transport.tcp {
            tombstones[flow.key.withAnyPlant] = index
            sendResets(flow, toPerson: PeerSlot(index: people[person].peer))
        } else if configuration.refusal == .icmp {
            withUnsafeTemporaryAllocation(byteCount: 28, alignment: 8) { quoted in
                quoted.initializeMemory(as: UInt8.self, repeating: 0)
                PacketForge.writeStandIn(for: flow.key, into: quoted)
                sendError(
                    type: ICMPType.unreachable, code: cause.errorCode, about: UnsafeRawBufferPointer(quoted),
                    person: flow.person, at: now)
            }
        }
    }

    /// A reset each way, at the highest sequence end that was forwarded that way.
    private mutating func sendResets(_ flow: Flow, toPerson peer: PeerSlot) {
        send(
            PacketForge.Reset(
                source: flow.key.deviceEndpoint, destination: flow.key.userEndpoint, sequence: flow.endDown,
                acknowledgement: flow.endUp), to: peer)
        send(
            PacketForge.Reset(
                source: flow.key.userEndpoint, destination: flow.key.deviceEndpoint, sequence: flow.endUp,
                acknowledgement: flow.knowsEndDown ? flow.endDown : nil), to: PeerSlot(index: flow.agentPeer))
    }

    mutating func removeTombstone(_ index: Int32) {
        let key = flows[index].key.withAnyPlant
        if tombstones[key] == index { tombstones[key] = nil }
        flows.remove(index)
    }

    // MARK: Time

    /// Does what is due: idle flows end, the lease runs out, volumes are noted for the audit.
    package mutating func advance(to now: Moment) {
        if let until = leaseUntil, until <= now, !isLeaseExpired {
            isLeaseExpired = true
            for person in people.indices where people[person].firstFlow >= 0 {
                cutAllFlows(ofPerson: Int32(person), cause: .permissionGone, at: now)
            }
        }
        for index in flows.turn(to: now) {
            let deadline = flows[index].last + timeout(of: flows[index])
            if deadline > now {
                flows.arm(index, deadline: deadline)
            } else if flows[index].state == .cut {
                removeTombstone(index)
            } else {
                closeFlow(index)
            }
        }
        decisions.tellHeld(at: now)
        if now.since(lastSweep) >= .seconds(1) {
            lastSweep = now
            sweep(at: now)
        }
    }

    /// Nothing is due before this moment; `nil` when nothing is due at all.
    package var nextDeadline: Moment? {
        var next = isLeaseExpired ? nil : leaseUntil
        if let due = decisions.nextDue { next = next.map { min($0, due) } ?? due }
        guard flows.count > 0 || !denials.entries.isEmpty else { return next }
        let sweep = lastSweep + .seconds(1)
        return next.map { min($0, sweep) } ?? sweep
    }

    /// The grants are good until then; `nil`: without end.
    package mutating func renewLease(until moment: Moment?, at now: Moment) {
        leaseUntil = moment
        isLeaseExpired = moment.map { $0 <= now } ?? false
        if isLeaseExpired {
            isLeaseExpired = false
            advance(to: now)
        }
    }
}
