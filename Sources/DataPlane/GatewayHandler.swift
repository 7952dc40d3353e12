import Addressing
import Capture
import ControlProtocol
import LinkModel
import LinuxFabric
import Timebase
import TunnelRouting
import WireGuardProtocol

/// The gateway on its loop's thread: datagram in, open, route, seal, datagram out, all in one slot of memory.
final class GatewayHandler: EventHandler {
    private static let wanToken: UInt64 = 0
    private static let exposedToken: UInt64 = 1
    /// Batches that are taken from a socket before the others get their turn.
    private static let batchesPerTurn = 16

    let configuration: GatewayShellConfiguration
    let engine: Engine
    var core: GatewayCore
    let sender: WanSender
    let reports: GatewayReports
    let poller: Poller
    let wan: Outlet
    private let exposed: Outlet?
    private let batch = DatagramBatch()
    /// Where packets that the core made are sealed.
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 64)
    private static let scratchHeadRoomBytes = 32

    // Peers of core and engine, each by the other's slot
    private var handles: [PeerHandle?] = []
    private var slots: [PeerSlot?] = []
    private var lastHeard: [Moment] = []
    private var liveness: [Liveness] = []
    private var agentPeers: [PeerSlot] = []
    private var changedPeers: Set<PeerSlot> = []

    private enum Liveness { case person, silentAgent, liveAgent }

    private var handshakeBacklog = 0
    private var refusedPeers: UInt64 = 0
    /// Agents that were looked for after a start.
    var knocks: UInt64 = 0
    private var truncated: UInt64 = 0
    private var socketErrors: UInt64 = 0
    private var nextTick: Moment
    private var nextPeerReport: Moment

    init(
        _ configuration: GatewayShellConfiguration, socket: UDPSocket, exposed: UDPSocket?, reports: GatewayReports,
        poller: Poller
    ) throws {
        self.configuration = configuration
        self.reports = reports
        self.poller = poller
        engine = Engine(
            privateKey: configuration.privateKey, configuration: configuration.engine,
            entropy: SystemSources.entropy, wallClock: SystemSources.wallClock)
        core = GatewayCore(configuration: configuration.core)
        sender = WanSender(links: ImpairedLinks(seed: configuration.linkSeed))
        wan = Outlet(socket)
        self.exposed = exposed.map { Outlet($0) }
        nextTick = .now + .seconds(1)
        nextPeerReport = .now + configuration.peerReportInterval
        scratch.initializeMemory(as: UInt8.self, repeating: 0)
        try poller.watch(socket.number, token: Self.wanToken)
        if let exposed { try poller.watch(exposed.number, token: Self.exposedToken) }
        poller.deadline = nextTick
    }

    deinit { scratch.deallocate() }

    // MARK: EventHandler

    func ready(_ token: UInt64, _ readiness: Readiness) {
        guard let outlet = token == Self.wanToken ? wan : exposed else { return }
        for _ in 0..<Self.batchesPerTurn {
            let count: Int
            do {
                count = try outlet.socket.receive(into: batch)
            } catch {
                // An ICMP error about something sent earlier; the socket itself goes on.
                socketErrors += 1
                return
            }
            let now = Moment.now
            for index in 0..<count { receive(index, at: now) }
            // The slots are used again by the next batch.
            sender.flush()
            if !batch.isFull {
                handshakeBacklog = 0
                return
            }
            engine.noteHandshakeBacklog(handshakeBacklog, at: now)
        }
    }

    func deadlinePassed(at now: Moment) {
        engine.advance(to: now)
        drainEngine(at: now)
        core.advance(to: now)
        sendOutbox(at: now)
        sender.release(at: now)
        if nextTick <= now { tick(at: now) }
    }

    func batchEnded(at now: Moment) {
        sender.flush()
        let news = core.takeNews()
        if !news.touches.isEmpty { reports.add(flows: news.touches) }
        if !news.decisions.isEmpty { configuration.onDecisions?(news.decisions) }
        if !changedPeers.isEmpty {
            reports.add(peers: changedPeers.sorted().compactMap { observe($0, at: now) })
            changedPeers.removeAll(keepingCapacity: true)
        }
        var deadline = nextTick
        if let other = engine.nextDeadline { deadline = min(deadline, other) }
        if let other = news.nextDeadline { deadline = min(deadline, other) }
        if let other = sender.nextDeadline { deadline = min(deadline, other) }
        poller.deadline = deadline
    }

    // MARK: Packets

    private func receive(_ index: Int, at now: Moment) {
        guard !batch.isTruncated(index) else {
            truncated += 1
            return
        }
        let payload = batch.payload(index)
        if let first = payload.first, first == 1 { handshakeBacklog += 1 }
        let remote = batch.remote(index)
        sender.tap?.datagram(
            UnsafeRawBufferPointer(payload), from: remote, to: Endpoint(batch.local(index), wan.socket.local.port),
            .inbound)
        switch engine.receive(payload, from: remote, to: batch.local(index), at: now) {
        case .packet(let handle, let range):
            if let peer = noteHeard(handle, at: now) {
                route(index, range, from: peer, source: remote, at: now)
            }
        case .keepalive(let handle):
            _ = noteHeard(handle, at: now)
        case .handled, .dropped:
            break
        }
        drainEngine(at: now)
    }

    private func route(_ index: Int, _ range: Range<Int>, from peer: PeerSlot, source: Endpoint, at now: Moment) {
        let packet = UnsafeMutableRawBufferPointer(rebasing: batch.payload(index)[range])
        let fate = core.receive(packet, from: peer, source: source, at: now)
        if let destination = fate.destination, let handle = handles[Int(destination.index)] {
            let room = batch.room(index)
            if engine.sealedByteCount(of: fate.byteCount) <= room.count {
                let packet = range.lowerBound..<range.lowerBound + fate.byteCount
                if case .datagram(let sealed, let remote, let from) = engine.seal(
                    room, packet: packet, to: handle, at: now)
                {
                    sender.send(
                        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[sealed]), to: remote,
                        from: from ?? configuration.wan.address, through: outlet(from), at: now)
                }
            } else {
                // Its sender padded less than we do, and the next datagram lies right behind it.
                sealCopy(of: UnsafeRawBufferPointer(rebasing: packet[..<fate.byteCount]), to: handle, at: now)
            }
            drainEngine(at: now)
        }
        sendOutbox(at: now)
    }

    /// Seals and sends what the core made itself.
    private func sendOutbox(at now: Moment) {
        core.outbox.drain { peer, bytes in
            if let handle = handles[Int(peer.index)] { sealCopy(of: bytes, to: handle, at: now) }
        }
        drainEngine(at: now)
    }

    private func sealCopy(of packet: UnsafeRawBufferPointer, to handle: PeerHandle, at now: Moment) {
        guard Self.scratchHeadRoomBytes + packet.count + 32 <= scratch.count else { return }
        let range = Self.scratchHeadRoomBytes..<Self.scratchHeadRoomBytes + packet.count
        UnsafeMutableRawBufferPointer(rebasing: scratch[range]).copyMemory(from: packet)
        if case .datagram(let sealed, let remote, let from) = engine.seal(scratch, packet: range, to: handle, at: now) {
            sender.send(
                copying: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[sealed]), to: remote,
                from: from ?? configuration.wan.address, through: outlet(from), at: now)
        }
    }

    func drainEngine(at now: Moment) {
        while let output = engine.nextOutput() {
            switch output {
            case .datagram(let bytes, let remote, let from):
                bytes.withUnsafeBytes {
                    sender.send(
                        copying: $0, to: remote, from: from ?? configuration.wan.address, through: outlet(from),
                        at: now)
                }
            case .event(let event):
                note(event, at: now)
            }
        }
    }

    /// A peer hears from us through the socket that it reached.
    private func outlet(_ local: IPv4Address?) -> Outlet {
        guard let exposed, let local, local != configuration.wan.address else { return wan }
        return exposed
    }

    // MARK: Peers

    private func note(_ event: EngineEvent, at now: Moment) {
        switch event {
        case .handshakeCompleted(let handle, _, asInitiator: true):
            // Its answer to our knock is a sign of life; the next one of its own may be far.
            if let peer = noteHeard(handle, at: now) { changedPeers.insert(peer) }
        case .handshakeCompleted(let handle, _, _), .endpointChanged(let handle, _), .keypairsErased(let handle):
            if let peer = slot(of: handle) { changedPeers.insert(peer) }
        case .refusedInitiation, .handshakeTimedOut:
            break
        }
        configuration.onEvent?(event)
    }

    func slot(of handle: PeerHandle) -> PeerSlot? {
        let index = Int(handle.slot)
        guard slots.indices.contains(index), let slot = slots[index], handles[Int(slot.index)] == handle else {
            return nil
        }
        return slot
    }

    /// An authenticated packet came: a peer that was silent is worth a report, and an agent lives.
    private func noteHeard(_ handle: PeerHandle, at now: Moment) -> PeerSlot? {
        guard let peer = slot(of: handle) else { return nil }
        let index = Int(peer.index)
        if now.since(lastHeard[index]) >= configuration.silence { changedPeers.insert(peer) }
        lastHeard[index] = now
        if liveness[index] == .silentAgent {
            liveness[index] = .liveAgent
            core.setLive(true, agent: peer, at: now)
            sendOutbox(at: now)
        }
        return peer
    }

    /// Tells everything decided so far, so that what is told next comes behind it.
    func tellDecisions() {
        guard core.isWatched else { return }
        let decisions = core.takeDecisions(withHeld: true)
        if !decisions.isEmpty { configuration.onDecisions?(decisions) }
    }

    func apply(_ revision: Revision) -> Acknowledgement {
        let now = poller.now
        tellDecisions()
        core.advance(to: now)
        let applied = core.apply(revision, at: now)
        // Resets go out under keys that are about to be erased.
        sendOutbox(at: now)
        sender.flush()
        // What a peer moved is asked for once more: nobody asks for peers that are gone.
        reports.add(peers: applied.removedPeers.compactMap { observe($0, at: now) })
        for peer in applied.removedPeers { remove(peer) }
        for peer in applied.addedPeers { add(peer, at: now) }
        drainEngine(at: now)
        sender.flush()
        if core.hasFlowTouches { reports.add(flows: core.takeFlowTouches()) }
        return applied.acknowledgement
    }

    func renewLease(seconds: Double?) {
        let now = poller.now
        let until = seconds.map { now + Span(nanoseconds: UInt64(min(max($0, 0), 1e9) * 1e9)) }
        core.renewLease(until: until, at: now)
        sendOutbox(at: now)
        sender.flush()
    }

    private func remove(_ peer: PeerSlot) {
        guard let handle = handles[Int(peer.index)] else { return }
        engine.removePeer(handle)
        handles[Int(peer.index)] = nil
        slots[Int(handle.slot)] = nil
        if liveness[Int(peer.index)] != .person { agentPeers.removeAll { $0 == peer } }
        changedPeers.remove(peer)
    }

    private func add(_ peer: GatewayCore.AddedPeer, at now: Moment) {
        let index = Int(peer.slot.index)
        while handles.count <= index {
            handles.append(nil)
            lastHeard.append(Moment(nanoseconds: 0))
            liveness.append(.person)
        }
        lastHeard[index] = Moment(nanoseconds: 0)
        liveness[index] = .person
        let handle: PeerHandle
        do {
            handle = try engine.addPeer(PeerConfiguration(publicKey: peer.publicKey, mayInitiate: false), at: now)
        } catch {
            // The control plane refuses such keys; should one come through, it is a peer that never connects.
            refusedPeers += 1
            return
        }
        while slots.count <= Int(handle.slot) { slots.append(nil) }
        slots[Int(handle.slot)] = peer.slot
        handles[index] = handle
        if case .agent = peer.identity {
            agentPeers.append(peer.slot)
            liveness[index] = .silentAgent
        }
    }

    // MARK: Once a second

    private func tick(at now: Moment) {
        nextTick = now + .seconds(1)
        for peer in agentPeers
        where liveness[Int(peer.index)] == .liveAgent
            && now.since(lastHeard[Int(peer.index)]) > configuration.silence
        {
            liveness[Int(peer.index)] = .silentAgent
            core.setLive(false, agent: peer, at: now)
        }
        sendOutbox(at: now)
        if nextPeerReport <= now {
            nextPeerReport = now + configuration.peerReportInterval
            reports.add(peers: observeAll(at: now))
        }
    }

    func reportEverything() {
        let now = Moment.now
        // Peers and flows as of one moment, so that their volumes agree.
        core.noteGrowth(at: now)
        reports.add(peers: observeAll(at: now))
        if core.hasFlowTouches { reports.add(flows: core.takeFlowTouches()) }
    }

    func observeAll(at now: Moment) -> [PeerObservation] {
        handles.indices.compactMap { observe(PeerSlot(index: Int32($0)), at: now) }
            .sorted { $0.publicKey < $1.publicKey }
    }

    private func observe(_ peer: PeerSlot, at now: Moment) -> PeerObservation? {
        guard let handle = handles[Int(peer.index)], let statistics = engine.statistics(of: handle, at: now) else {
            return nil
        }
        let volume = core.volume(of: peer)
        return PeerObservation(
            publicKey: statistics.publicKey, endpoint: statistics.endpoint,
            lastHandshake: statistics.lastHandshake, lastAuthenticated: statistics.lastAuthenticated,
            bytesFromPeer: volume.bytesFromPeer, bytesToPeer: volume.bytesToPeer)
    }

    var counters: [String: UInt64] {
        var counters = sender.counters
        for verdict in Verdict.allCases { counters["verdict.\(verdict.name)"] = core.count(of: verdict) }
        for reason in DropReason.allCases { counters["engine.\(reason)"] = engine.count(of: reason) }
        counters["wan.refusedByKernel"] = wan.refused + (exposed?.refused ?? 0)
        counters["wan.truncated"] = truncated
        counters["wan.socketErrors"] = socketErrors
        counters["gateway.flows"] = UInt64(core.flowCount)
        counters["gateway.tables"] = UInt64(core.tableCount)
        counters["gateway.cutFlows"] = core.cutFlows
        counters["gateway.refusalsSuppressed"] = core.refusalsSuppressed
        counters["gateway.denialOverflow"] = core.denialOverflow
        counters["gateway.outboxOverflow"] = core.outbox.overflow
        counters["gateway.decisionsLost"] = core.decisionsLost
        counters["gateway.touchesLost"] = core.touchesLost + reports.lost
        counters["gateway.refusedPeers"] = refusedPeers
        counters["gateway.knocks"] = knocks
        return counters
    }
}
