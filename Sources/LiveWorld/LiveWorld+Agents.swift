import AccessModel
import ControlProtocol
import LabProtocol
import LinuxFabric
import ScenarioModel
import Timebase

/// Agents, and what the control plane says of them.
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
        case .hang: _ = try await ask(.hang(change.plant))
        }
    }

    /// Gives every agent a new token: those of a kept database enrolled in an earlier lab, and their keys went with it.
    func provisionAnew() async throws {
        for plant in fixture.plants.filter(\.isListed).map(\.id) {
            for change in [Action.AgentChange.Change.unprovision, .provision] {
                try await changeAgent(.init(plant: plant, change: change), bearer: secrets.labToken)
            }
        }
    }

    /// Waits until these agents are up at the gateway and everything published about them is acknowledged.
    func waitForAgents(_ plants: [PlantID]) async throws {
        let wanted = Set(plants)
        // A fleet of thousands may take a minute on a busy machine.
        try await waitForControlPlane(seconds: 30 + UInt64(plants.count / 20)) { [api, secrets] in
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
}
