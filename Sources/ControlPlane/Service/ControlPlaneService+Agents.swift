import AccessModel
import Addressing
import ControlProtocol

extension ControlPlaneService {
    /// Provisions the agent; the answer's token enrols it, once.
    func provision(
        _ agent: AgentID, at plant: PlantID, by principal: Principal, _ check: Check
    ) throws -> AgentProvisioned {
        let token = newSecret()
        try commit { state, now in
            try check(Authority(principal: principal, intent: state.intent))
            try state.apply(.provisionAgent(agent, plant), by: principal.name, at: now)
            state.journal.enrolments.append((token, agent))
        }
        return AgentProvisioned(agent: agent, plant: plant, token: token)
    }

    /// The agent's peer goes at once; its plant's rows become unreachable.
    func unprovision(_ agent: AgentID, by principal: Principal, _ check: Check) async throws -> UInt64 {
        let generation = try commit { state, now in
            try check(Authority(principal: principal, intent: state.intent))
            try state.apply(.unprovisionAgent(agent), by: principal.name, at: now)
            state.forgetLiveness(of: agent)
            if let plant = state.intent.agents[agent]?.plant { try state.releaseAgents(of: [plant], at: now) }
            return state.counters.generation
        }
        publishedAgents[agent] = nil
        agentReturns[agent] = nil
        _ = await acknowledged(within: settings.control.urgentWaitSeconds)
        return generation
    }

    var agents: AgentPage {
        let now = self.now
        // One heartbeat may be lost or late.
        let silenceSeconds = 2 * Double(settings.control.heartbeatSeconds) + 0.5
        let rows = state.intent.agents.sorted { $0.key < $1.key }.map { id, agent in
            AgentRow(
                agent: id, plant: agent.plant, isProvisioned: agent.isProvisioned,
                isEnrolled: agent.isProvisioned && agent.publicKey != nil, liveness: state.liveness[id],
                heartbeat: heartbeats[id]?.at, version: heartbeats[id]?.version,
                isReporting: heartbeats[id].map { now.seconds(since: $0.at) < silenceSeconds } ?? false)
        }
        return AgentPage(rows: rows, isAcknowledged: state.counters.acknowledged == state.counters.revision)
    }

    func receive(_ heartbeat: Heartbeat, of agent: AgentID) {
        metrics.heartbeats += 1
        heartbeats[agent] = (now, String(heartbeat.version.prefix(64)))
    }

    // MARK: Reports

    /// The gateway's view of its peers: the only source of statuses and of sessions.
    func receive(_ report: PeerReport) throws {
        metrics.peerReports += 1
        let now = self.now
        try noteIncarnation(report.incarnation, at: now)
        let agents = Dictionary(state.view.agents.map { ($0.publicKey, $0.agent) }) { first, _ in first }
        let people = Dictionary(state.view.people.map { ($0.publicKey, $0.person) }) { first, _ in first }
        var changes: [AgentID: AgentLiveness] = [:]
        var sightings: [PeerSighting] = []
        var places: [PublicKey: Endpoint] = [:]
        var shared: [(PersonID, PeerState)] = []
        var former: [PeerState] = []
        for peer in report.peers {
            if let agent = agents[peer.publicKey] {
                if let endpoint = peer.endpoint, endpoint != agentEndpoints[peer.publicKey] {
                    places[peer.publicKey] = endpoint
                }
                if let liveness = liveness(of: agent, peer, at: now) { changes[agent] = liveness }
            } else if let person = people[peer.publicKey] {
                guard let endpoint = peer.endpoint, let age = peer.lastAuthenticatedAge else { continue }
                let handshake = now.advanced(bySeconds: -(peer.lastHandshakeAge ?? 0))
                if keySharing.hear(person, from: endpoint.address, handshake: handshake, at: now) {
                    shared.append((person, peer))
                }
                sightings.append(
                    PeerSighting(
                        person: person, publicKey: peer.publicKey, source: endpoint.address,
                        heard: now.advanced(bySeconds: -age), bytesUp: peer.bytesFromPeer,
                        bytesDown: peer.bytesToPeer))
            } else {
                former.append(peer)
            }
        }
        agentEndpoints.merge(places) { $1 }
        try store.record(places)
        if changes.contains(where: { state.liveness[$0.key] != $0.value }) {
            try commit { state, now in try state.note(changes, at: now) }
        }
        try warn(of: shared, at: now)
        try store.record(
            sightings, of: report.incarnation, endSeconds: settings.control.sessionEndSeconds,
            newID: { [surroundings] in
                surroundings.entropy(8).map { String($0, radix: 16) }.joined()
            })
        try store.recordLast(former, of: report.incarnation)
        if !sightings.isEmpty || !former.isEmpty { announceChange() }
    }

    /// One audit entry each; the person's page says so too.
    private func warn(of shared: [(PersonID, PeerState)], at now: Timestamp) throws {
        let drafts = shared.map { person, peer in
            var draft = AuditDraft(action: .sessionPossibleKeySharing, by: "gateway", person: person)
            draft.detail = ["key": AuditDraft.fingerprint(of: peer.publicKey)]
            draft.detail["source"] = peer.endpoint?.address.description
            draft.detail["place"] = peer.endpoint.map { GeographicTable.place(of: $0.address) }
            draft.organizations = state.intent.organizations(of: person)
            return draft
        }
        if !drafts.isEmpty { try store.record(drafts, at: now) }
    }

    /// What a report means for an agent; `nil`: nothing new.
    private func liveness(of agent: AgentID, _ peer: PeerState, at now: Timestamp) -> AgentLiveness? {
        let control = settings.control
        let keepalive = Double(control.keepaliveSeconds)
        let limit = keepalive * Double(control.offlineAfterKeepalives)
        switch state.liveness[agent] {
        case nil:
            guard let age = peer.lastHandshakeAge else { return nil }
            // A handshake from before the peer was published belongs to its predecessor.
            let handshake = now.advanced(bySeconds: -age)
            if let published = publishedAgents[agent], handshake < published { return nil }
            return .online
        case .online:
            let silence = peer.lastAuthenticatedAge ?? incarnationSince.map { now.seconds(since: $0) } ?? 0
            guard silence > limit else { return nil }
            agentReturns[agent] = nil
            return .offline
        case .offline:
            guard let age = peer.lastAuthenticatedAge, age <= limit else { return nil }
            let heard = now.advanced(bySeconds: -age)
            var story = agentReturns[agent] ?? AgentReturn(since: heard, heard: heard)
            if heard.seconds(since: story.heard) > 1.5 * keepalive { story.since = heard }
            story.heard = max(story.heard, heard)
            agentReturns[agent] = story
            // So many keepalives in a row span one interval less.
            let span = 0.9 * keepalive * Double(control.onlineAfterKeepalives - 1)
            return story.heard.seconds(since: story.since) >= span ? .online : nil
        }
    }

    private func noteIncarnation(_ incarnation: GatewayIncarnation, at now: Timestamp) throws {
        let known = state.counters.incarnation
        if incarnationSince == nil || known != incarnation.id { incarnationSince = now }
        guard known != incarnation.id else { return }
        try store.endAllSessions(
            reason: .gatewayStopped, idleBefore: now.advanced(bySeconds: -settings.control.sessionEndSeconds))
        try commit { state, _ in
            state.counters.incarnation = incarnation.id
            state.journal.counters = state.counters
            var draft = AuditDraft(action: .auditGap, by: "gateway", detail: ["incarnation": incarnation.id])
            draft.organizations = Set(state.intent.organizations.keys)
            state.journal.audit.append(draft)
        }
    }

    func receive(_ report: FlowReport) throws {
        metrics.flowReports += 1
        let now = self.now
        try noteIncarnation(report.incarnation, at: now)
        try store.record(report, at: now) { flow in labels(of: flow) }
        announceChange()
    }

    /// What is known about a flow's far end; a plant may be deleted while its last flows are reported.
    private func labels(of flow: FlowRecord) -> FlowLabels? {
        guard let id = flow.plant else { return nil }
        guard let owned = state.plant(id) else { return labels(of: flow, byClaimsTo: id) }
        let device = owned.plant.device(at: flow.device)
        let service = device?.services.first { $0.transport == flow.transport && $0.port == flow.port }
        return FlowLabels(
            organization: owned.owner, subnet: narrowest(owned.plant.subnets.map(\.prefix), around: flow.device),
            device: device?.name, service: service?.name)
    }

    /// After a restart, of a plant that was deleted before it, only the claims of people are left.
    private func labels(of flow: FlowRecord, byClaimsTo plant: PlantID) -> FlowLabels? {
        let claims = (state.released(flow.person).claims + state.applied(flow.person).claims)
            .filter { $0.plant == plant }
        return claims.first.map {
            FlowLabels(organization: $0.organization, subnet: narrowest(claims.map(\.subnet), around: flow.device))
        }
    }

    private func narrowest(_ subnets: [Prefix], around address: IPv4Address) -> Prefix? {
        subnets.filter { $0.contains(address) }.max { $0.length < $1.length }
    }
}
