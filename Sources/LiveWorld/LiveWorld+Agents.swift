import AccessModel
import Addressing
import ControlProtocol
import LabProtocol
import LinkModel
import LinuxFabric
import ScenarioModel
import Timebase

/// Agents and faults: what the rig itself does.
extension LiveWorld {
    func changeAgent(_ change: Action.AgentChange, bearer: String) async throws {
        guard let agent = fixture.plant(change.plant)?.agentID else {
            throw WorldProblem(.environment, "there is no plant '\(change.plant)'")
        }
        switch change.change {
        case .provision:
            let provisioned: AgentProvisioned = try await api.call(
                .post, "/api/v1/plants/\(change.plant.text.pathComponent)/agents", bearer: bearer,
                body: AgentRequest(agent: agent))
            _ = try await ask(.provision(change.plant, token: provisioned.token))
        case .unprovision:
            try await api.send(.delete, "/api/v1/agents/\(agent.text.pathComponent)", bearer: bearer)
            _ = try await ask(.unprovision(change.plant))
            try await waitForAcknowledgement()
        case .start: _ = try await ask(.start(change.plant))
        case .stop: _ = try await ask(.stop(change.plant))
        }
    }

    /// Gives every agent a new token: those of a kept database enrolled in an earlier lab, and their keys went with it.
    func provisionAnew() async throws {
        for plant in fixture.plants.map(\.id) {
            for change in [Action.AgentChange.Change.unprovision, .provision] {
                try await changeAgent(.init(plant: plant, change: change), bearer: secrets.labToken)
            }
        }
    }

    /// Waits until these agents are up at the gateway and everything published about them is acknowledged.
    func waitForAgents(_ plants: [PlantID]) async throws {
        let wanted = Set(plants)
        try await waitForControlPlane { [api, secrets] in
            let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
            let online = Set(page.rows.filter { $0.liveness == .online }.map(\.plant))
            return page.isAcknowledged && wanted.isSubset(of: online)
        }
    }

    func waitForAcknowledgement() async throws {
        try await waitForControlPlane { [api, secrets] in
            let status: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
            return status.acknowledged >= status.revision
        }
    }

    /// Looks again after each change at the control plane until it is so.
    func waitForControlPlane(
        seconds: UInt64 = 30, until isSo: @Sendable () async throws -> Bool
    ) async throws {
        let deadline = Moment.now + .seconds(seconds)
        var seen: UInt64 = 0
        while Moment.now < deadline {
            let count: ChangeCount = try await api.call(
                .get, "/api/v1/lab/changes?since=\(seen)&wait=1", bearer: secrets.labToken)
            seen = count.change
            if try await isSo() { return }
        }
        throw WorldProblem(.environment, "the control plane did not come to rest within \(seconds) s")
    }

    func inject(_ fault: Action.Fault) async throws {
        switch fault.kind {
        case .uplink(let uplink): try await impair(uplink, id: fault.id ?? FaultID("uplink-of-\(uplink.plant)"))
        case .restart(let role):
            try await kill(role)
            try await bringBack(role)
        case .kill(let role): try await kill(role)
        }
    }

    func heal(_ id: FaultID?) async throws {
        for healed in id.map({ [$0] }) ?? faults {
            _ = try await ask(PlantsConversation.Verb.heal(id: healed.text))
            _ = try await ask(GatewayConversation.Verb.heal(id: healed.text))
            faults.removeAll { $0 == healed }
        }
    }

    /// Each process impairs what it sends: the plants on the way up, the gateway on the way down.
    private func impair(_ uplink: Action.Fault.Uplink, id: FaultID) async throws {
        guard let plant = fixture.plant(uplink.plant) else {
            throw WorldProblem(.environment, "there is no plant '\(uplink.plant)'")
        }
        let fault = LinkFault(loss: uplink.loss ?? 0, delay: uplink.delay.map { Span($0) } ?? .milliseconds(0))
        let named = NamedLinkFault(id: id.text, links: LinkSelector.uplink(of: plant.agent.wan), fault: fault)
        _ = try await ask(PlantsConversation.Verb.impair(named))
        _ = try await ask(GatewayConversation.Verb.impair(named))
        if !faults.contains(id) { faults.append(id) }
    }

    private func kill(_ role: Action.Role) async throws {
        switch role {
        case .controlPlane: await controlPlane?.kill()
        case .gateway: await gateway?.kill()
        }
    }

    private func bringBack(_ role: Action.Role) async throws {
        switch role {
        case .controlPlane: try await startControlPlane()
        case .gateway: try await startGateway()
        }
        try await waitForControlPlane { [api, secrets] in
            let status: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
            return status.gatewayConnected && status.acknowledged >= status.revision
        }
    }
}
