package import AccessModel
import ControlProtocol
import LabProtocol
import LinuxFabric
import ScenarioModel
import Timebase

/// Agents, and what the control plane says of them.
extension LiveWorld {
    func changeAgent(_ change: Action.AgentChange, bearer: String) async throws {
        let plant = change.plant
        guard let agent = fixture.plant(plant)?.agentID(change.place) else {
            throw WorldProblem(.environment, "there is no plant '\(plant)'")
        }
        switch change.change {
        case .provision:
            let provisioned: AgentProvisioned = try await api.call(
                .post, "/api/v1/plants/\(plant.text.pathComponent)/agents", bearer: bearer,
                body: AgentRequest(agent: agent))
            _ = try await ask(.provision(plant, agent, token: provisioned.token))
        case .unprovision:
            try await api.send(.delete, "/api/v1/agents/\(agent.text.pathComponent)", bearer: bearer)
            _ = try await ask(.unprovision(plant, agent))
            try await waitForAcknowledgement()
        case .start: _ = try await ask(.start(plant, agent))
        case .stop: _ = try await ask(.stop(plant, agent))
        case .hang: _ = try await ask(.hang(plant, agent))
        }
    }

    /// Gives those agents a new token that enrolled in an earlier lab and whose keys were not kept.
    func provisionAnew() async throws {
        let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
        let lost = Set(try await agents().filter { !$0.isProvisioned }.map(\.agent))
        for row in page.rows where row.isProvisioned && lost.contains(row.agent) && isOwn(row.agent, of: row.plant) {
            let isFirst = row.agent == fixture.plant(row.plant)?.agentID(.first)
            for change in [Action.AgentChange.Change.unprovision, .provision] {
                try await changeAgent(
                    .init(plant: row.plant, place: isFirst ? .first : .second, change: change),
                    bearer: secrets.labToken)
            }
        }
    }

    /// The tokens with which agents from elsewhere enrol.
    package func externalEnrolments() -> [PlantID: String] {
        var tokens: [PlantID: String] = [:]
        for plant in fixture.plants where plant.agent.isExternal {
            tokens[plant.id] = secrets.enrolment[plant.agentID(.first)]
        }
        return tokens
    }

    /// Whether the lab itself runs the agent.
    private func isOwn(_ agent: AgentID, of plant: PlantID) -> Bool {
        fixture.plant(plant)?.agents.contains { $0.id == agent && !$0.agent.isExternal } ?? false
    }

    /// The agents that the lab itself runs and the control plane knows.
    func ownAgents() async throws -> [AgentID] {
        let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
        let own = Set(fixture.plants.flatMap(\.agents).filter { !$0.agent.isExternal }.map(\.id))
        return page.rows.filter { $0.isProvisioned && own.contains($0.agent) }.map(\.agent)
    }

    /// Waits until these agents have shaken hands: the control plane may still take them for online from an earlier life.
    private func hasTunnels(_ wanted: [AgentID]) async throws -> Bool {
        let ready = Set(try await agents().filter { $0.isUp || !$0.isProvisioned }.map(\.agent))
        return ready.isSuperset(of: wanted)
    }

    func waitForTunnels(of agents: [AgentID]) async throws {
        let deadline = Moment.now + .seconds(30)
        while try await !hasTunnels(agents) {
            guard Moment.now < deadline else {
                throw WorldProblem(.environment, "the agents did not come up within 30 s")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until these agents are up at the gateway and everything published about them is acknowledged.
    func waitForAgents(_ agents: [AgentID]) async throws {
        let wanted = Set(agents)
        // A fleet of thousands may take a minute on a busy machine.
        try await waitForControlPlane(seconds: 30 + UInt64(agents.count / 20)) { [api, secrets] change in
            guard change.agentsOnline >= wanted.count else {
                return .waiting("\(change.agentsOnline) of \(wanted.count) agents are online")
            }
            let page: AgentPage = try await api.call(
                .get, "/api/v1/lab/agents", bearer: secrets.labToken, seconds: 60)
            guard page.isAcknowledged else { return .waiting("the gateway has not acknowledged the last revision") }
            let online = Set(page.rows.filter { $0.liveness == .online }.map(\.agent))
            guard let missing = wanted.subtracting(online).min() else { return .atRest }
            return .waiting("\(missing) is not online")
        }
    }

    func waitForAcknowledgement() async throws {
        try await waitForStatus { $0.unacknowledged }
    }
}
