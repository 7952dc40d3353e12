package import AccessModel
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

    /// Gives those agents a new token that enrolled in an earlier lab and whose keys were not kept.
    func provisionAnew() async throws {
        let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
        let states = try await agentStates()
        for row in page.rows where row.isProvisioned && states[row.plant]?.isProvisioned == false {
            guard fixture.plant(row.plant)?.agent.isExternal == false else { continue }
            for change in [Action.AgentChange.Change.unprovision, .provision] {
                try await changeAgent(.init(plant: row.plant, change: change), bearer: secrets.labToken)
            }
        }
    }

    /// The tokens with which agents from elsewhere enrol.
    package func externalEnrolments() -> [PlantID: String] {
        secrets.enrolment.filter { plant, _ in fixture.plant(plant)?.agent.isExternal == true }
    }

    /// The plants whose agents the lab itself runs and the control plane knows.
    func ownAgents() async throws -> [PlantID] {
        let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
        let own = Set(fixture.plants.filter { !$0.agent.isExternal }.map(\.id))
        return page.rows.filter { $0.isProvisioned && own.contains($0.plant) }.map(\.plant)
    }

    /// Waits until these agents have shaken hands: the control plane may still take them for online from an earlier life.
    private func hasTunnels(_ plants: [PlantID]) async throws -> Bool {
        let states = try await agentStates()
        return plants.allSatisfy { states[$0]?.isUp == true || states[$0]?.isProvisioned == false }
    }

    func waitForTunnels(of plants: [PlantID]) async throws {
        let deadline = Moment.now + .seconds(30)
        while try await !hasTunnels(plants) {
            guard Moment.now < deadline else {
                throw WorldProblem(.environment, "the agents did not come up within 30 s")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until these agents are up at the gateway and everything published about them is acknowledged.
    func waitForAgents(_ plants: [PlantID]) async throws {
        let wanted = Set(plants)
        // A fleet of thousands may take a minute on a busy machine.
        try await waitForControlPlane(seconds: 30 + UInt64(plants.count / 20)) { [api, secrets] change in
            guard change.agentsOnline >= wanted.count else { return false }
            let page: AgentPage = try await api.call(
                .get, "/api/v1/lab/agents", bearer: secrets.labToken, seconds: 60)
            let online = Set(page.rows.filter { $0.liveness == .online }.map(\.plant))
            return page.isAcknowledged && wanted.isSubset(of: online)
        }
    }

    func waitForAcknowledgement() async throws {
        try await waitForControlPlane { [api, secrets] _ in
            let status: SyncStatus = try await api.call(.get, "/api/v1/sync/status", bearer: secrets.labToken)
            return status.acknowledged >= status.revision
        }
    }

    /// Looks again after each change at the control plane until it is so.
    ///
    /// A control plane that has much to do may take long for one answer; what counts is the time in all.
    func waitForControlPlane(
        seconds: UInt64 = 30, until isSo: @Sendable (ChangeCount) async throws -> Bool
    ) async throws {
        let deadline = Moment.now + .seconds(seconds)
        var seen: UInt64 = 0
        while Moment.now < deadline {
            let count: ChangeCount = try await api.call(
                .get, "/api/v1/lab/changes?since=\(seen)&wait=1", bearer: secrets.labToken, seconds: Int64(seconds))
            if try await isSo(count) { return }
            seen = count.change
        }
        throw WorldProblem(.environment, "the control plane did not come to rest within \(seconds) s")
    }
}
