import AccessModel
import Addressing
import ControlProtocol
import DeviceModel
import LabProtocol
import LinuxFabric
import ScenarioModel

/// Questions to the roles.
extension LiveWorld {
    func ask(_ verb: GatewayConversation.Verb) async throws -> GatewayConversation.Answer {
        guard let gateway else { throw RoleProblem.gone(.gateway) }
        return try await gateway.ask(verb)
    }

    func ask(_ verb: PlantsConversation.Verb) async throws -> PlantsConversation.Answer {
        try await plants.ask(verb)
    }

    func ask(_ verb: LaptopsConversation.Verb) async throws -> LaptopsConversation.Answer {
        guard let laptops else { throw RoleProblem.gone(.laptops) }
        return try await laptops.ask(verb)
    }

    func tunnelState(of laptop: LaptopID) async throws -> LabProtocol.TunnelState {
        guard case .state(let state) = try await ask(.state(laptop: laptop.description)) else {
            throw RoleProblem.refused(.laptops, "no state of \(laptop)")
        }
        return state
    }

    func health(of device: DeviceReference) async throws -> DeviceHealth {
        guard case .health(let health) = try await ask(.health(device.plant, device: device.device)) else {
            throw RoleProblem.refused(.plants, "no health of \(device)")
        }
        return health
    }

    /// Every agent as its own process sees it.
    func agents() async throws -> [AgentState] {
        guard case .agents(let states) = try await ask(.agents) else {
            throw RoleProblem.refused(.plants, "no agents")
        }
        return states
    }

    /// Of each plant the agent that serves it best: one that is up, else one that is provisioned.
    ///
    /// Of agents from elsewhere the control plane knows what the gateway hears.
    func agentStates() async throws -> [PlantID: AgentState] {
        var states = try await agents()
        if fixture.plants.contains(where: { $0.agents.contains(where: \.agent.isExternal) }) {
            let page: AgentPage = try await api.call(.get, "/api/v1/lab/agents", bearer: secrets.labToken)
            let ours = Set(states.map(\.agent))
            states += page.rows.filter { !ours.contains($0.agent) }.map { row in
                AgentState(
                    plant: row.plant, agent: row.agent, isProvisioned: row.isProvisioned, isUp: row.liveness == .online)
            }
        }
        return Dictionary(states.map { ($0.plant, $0) }) { one, other in
            one.isUp || (one.isProvisioned && !other.isUp) ? one : other
        }
    }

    func gatewayCounters() async throws -> [Counter] {
        // One from elsewhere counts for itself.
        if options.isGatewayExternal { return [] }
        guard case .counters(let counters) = try await ask(.counters) else {
            throw RoleProblem.refused(.gateway, "no counters")
        }
        return counters
    }

    /// The node's network, opened once.
    func namespace(of laptop: LaptopID) -> NetworkNamespace { namespace(ofNode: LabLayout.node(of: laptop)) }

    func namespace(ofNode node: String) -> NetworkNamespace {
        if let namespace = namespaces[node] { return namespace }
        let namespace = NetworkNamespace(existingAt: LabLayout.path(of: node))
        namespaces[node] = namespace
        return namespace
    }
}
