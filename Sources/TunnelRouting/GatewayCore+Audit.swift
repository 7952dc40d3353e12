import AccessModel
import Addressing
import ControlProtocol
package import Timebase

extension GatewayCore {
    /// Whether `takeFlowTouches` would hand out anything.
    package var hasFlowTouches: Bool { !touches.isEmpty || !freshFlows.isEmpty }

    /// What waits for the shell after a batch.
    package struct News {
        package var touches: [FlowTouch] = []
        package var decisions: [Decision] = []
        /// Nothing is due before this moment; `nil` when nothing is due at all.
        package var nextDeadline: Moment?
    }

    /// Hands out everything that is to be told, in one call: whoever holds the core in a class copies all of it, reference by
    /// reference, for each question that does not change it.
    package mutating func takeNews() -> News {
        var news = News()
        if hasFlowTouches { news.touches = takeFlowTouches() }
        if hasDecisions { news.decisions = takeDecisions() }
        news.nextDeadline = nextDeadline
        return news
    }

    /// What the audit is to know, oldest first: flows that began, ended, were cut or denied at once, volumes every second.
    package mutating func takeFlowTouches() -> [FlowTouch] {
        for index in freshFlows where flows[index].isUsed && flows[index].isDirty && flows[index].state != .cut {
            flows[index].isDirty = false
            report(index, as: flows[index].state == .ended ? .ended : .open)
        }
        freshFlows.removeAll(keepingCapacity: true)
        var taken: [FlowTouch] = []
        swap(&taken, &touches)
        return taken
    }

    /// Hands out decisions made while watched, and forgets them.
    ///
    /// - Parameter withHeld: also those that wait for more of their kind, so that everything decided so far is told.
    package mutating func takeDecisions(withHeld: Bool = false) -> [Decision] {
        if withHeld { decisions.tellHeld(at: nil) }
        return decisions.take()
    }

    package var hasDecisions: Bool { !decisions.decisions.isEmpty }

    /// Decisions that were not kept because nobody took them in time.
    package var decisionsLost: UInt64 { decisions.lost }

    /// Notes what grew by now, without waiting for the next second.
    package mutating func noteGrowth(at now: Moment) {
        lastSweep = now
        sweep(at: now)
    }

    /// Notes the volume of every flow that grew, and of denied attempts.
    mutating func sweep(at now: Moment) {
        for index in dirtyFlows where flows[index].isUsed && flows[index].isDirty && flows[index].state != .cut {
            flows[index].isDirty = false
            report(index, as: flows[index].state == .ended ? .ended : .open)
        }
        dirtyFlows.removeAll(keepingCapacity: true)
        let quiet = Moment(nanoseconds: now.nanoseconds - min(now.nanoseconds, Span.seconds(60).nanoseconds))
        for entry in denials.sweep(quietSince: quiet) { noteDenial(entry) }
    }

    mutating func report(_ index: Int32, as state: FlowRecord.State) {
        let flow = flows[index]
        let person = people[Int(flow.person)]
        var touch = FlowTouch(
            id: flow.id, person: person.id, publicKey: person.publicKey, plant: plants[Int(flow.key.plant)].id,
            device: flow.key.deviceAddress, transport: flow.key.transport, port: flow.key.devicePort,
            source: flow.source, first: flow.first, last: flow.last, revision: flow.revision, state: state)
        (touch.bytesUp, touch.bytesDown) = (flow.bytesUp, flow.bytesDown)
        (touch.packetsUp, touch.packetsDown) = (flow.packetsUp, flow.packetsDown)
        keep(touch)
    }

    private mutating func keep(_ touch: FlowTouch) {
        guard touches.count < configuration.touchLimit else {
            touchesLost += 1
            return
        }
        touches.append(touch)
    }

    // MARK: Denied attempts

    /// Folds a refused packet into the attempts of its kind; the first one is reported at once.
    mutating func noteAttempt(_ facts: PacketFacts, person: Int32, plant: Int32?, at now: Moment) {
        let port: UInt16 = facts.packet.transport == Transport.icmp ? 0 : facts.destinationPort
        let key = DenialLog.Key(
            person: person, address: facts.packet.destination.number, port: port, transport: facts.packet.transport)
        let source = people[Int(person)].source
        guard !denials.noteAgain(key, source: source, at: now) else { return }
        let isInRate = people[Int(person)].newDenials.take(
            at: now, perSecond: configuration.denialsPerSecond, burst: configuration.denialBurst)
        guard isInRate else {
            denials.noteOverflow()
            return
        }
        let entry = DenialLog.Entry(
            key: key, id: flows.takeID(), plant: plant, source: source, revision: revision, at: now)
        if denials.insert(entry) { noteDenial(entry) }
    }

    mutating func noteDenial(_ entry: DenialLog.Entry) {
        let person = people[Int(entry.key.person)]
        var touch = FlowTouch(
            id: entry.id, person: person.id, publicKey: person.publicKey,
            plant: entry.plant.map { plants[Int($0)].id }, device: IPv4Address(number: entry.key.address),
            transport: entry.key.transport, port: entry.key.port, source: entry.source, first: entry.first,
            last: entry.last, revision: entry.revision, state: .denied)
        touch.packetsUp = entry.attempts
        keep(touch)
    }
}
