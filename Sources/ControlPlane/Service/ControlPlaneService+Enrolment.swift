import AccessModel
import Addressing
import ControlProtocol

/// An agent that has shown its one-time token and waits to be stored.
struct Arrival {
    var request: EnrolmentRequest
    /// Where it came from.
    var source: String
    var continuation: CheckedContinuation<Admission, any Error>
}

/// What an agent comes by when it is stored.
struct Admission: Sendable {
    var agent: AgentID
    var plant: PlantID
    var bearer: String
}

/// A fleet enrols all at once: those who come while others are stored are stored together, in one transaction and one revision.
extension ControlPlaneService {
    /// Changes a one-time token for a bearer token and publishes the peer.
    ///
    /// An agent to which the answer was lost asks again with the same key, and has ten minutes and until its first heartbeat for it.
    func enrol(_ request: EnrolmentRequest, from source: String) async throws -> Enrolment {
        try requireForeign(request.publicKey)
        let admission = try await withCheckedThrowingContinuation { continuation in
            arrivals.append(Arrival(request: request, source: source, continuation: continuation))
            // The one who comes first sees to it; those who wait for the service already are there before that begins.
            if arrivals.count == 1 { Task { self.admitArrivals() } }
        }
        // An agent that dials before the gateway knows its key is refused, and tries again only after 5 s.
        _ = await acknowledged(within: settings.control.urgentWaitSeconds)
        return Enrolment(
            agent: admission.agent, plant: admission.plant, bearer: admission.bearer, gateway: settings.gateway,
            pool: state.intent.policy.pool, keepaliveSeconds: settings.control.keepaliveSeconds,
            heartbeatSeconds: settings.control.heartbeatSeconds)
    }

    /// Refuses the gateway's own key: no peer could ever use it.
    func requireForeign(_ key: PublicKey) throws {
        guard key != settings.gateway.publicKey else {
            throw CommandError(.keyInUse, "the public key is the gateway's own")
        }
    }

    /// Stores all who have come, and answers each; a refusal is one agent's alone.
    private func admitArrivals() {
        let arrivals = self.arrivals
        self.arrivals = []
        let outcomes: [Result<Admission?, any Error>]
        do {
            outcomes = try commit { state, now in
                var keys: [String: PublicKey] = [:]
                let outcomes = arrivals.map { arrival in
                    Result { () throws -> Admission? in
                        let request = arrival.request
                        guard request.publicKey == keys[request.token, default: request.publicKey] else { return nil }
                        let admission = try admit(request, into: &state, at: now)
                        if admission != nil { keys[request.token] = request.publicKey }
                        return admission
                    }
                }
                let plants = Set(outcomes.compactMap { try? $0.get()?.plant })
                if !plants.isEmpty { try state.releaseAgents(of: plants, at: now) }
                return outcomes
            }
        } catch {
            for arrival in arrivals { arrival.continuation.resume(throwing: error) }
            return
        }
        for (arrival, outcome) in zip(arrivals, outcomes) {
            arrival.continuation.resume(with: outcome.flatMap { answer($0, to: arrival) })
        }
    }

    private func answer(_ admission: Admission?, to arrival: Arrival) -> Result<Admission, any Error> {
        guard let admission else {
            let problem: ProblemError = refusal(
                of: "the enrolment token, if it was not used already,", from: arrival.source,
                code: "invalid-enrolment-token")
            return .failure(problem)
        }
        publishedAgents[admission.agent] = now
        heartbeats[admission.agent] = nil
        remember(.agent(admission.agent), secret: admission.bearer)
        return .success(admission)
    }

    /// How long an agent whose answer was lost may ask again.
    private static let repeatSeconds = 600.0

    /// - Returns: `nil` when nobody has this token, or its agent has already enrolled with another key or been heard.
    private func admit(
        _ request: EnrolmentRequest, into state: inout ControlState, at now: Timestamp
    ) throws -> Admission? {
        let since = now.advanced(bySeconds: -Self.repeatSeconds)
        guard let (agent, isUsed) = try store.agent(enrolledBy: request.token, since: since) else { return nil }
        if isUsed, state.intent.agents[agent]?.publicKey != request.publicKey || heartbeats[agent] != nil { return nil }
        try state.apply(.enrolAgent(agent, request.publicKey), by: Principal.agent(agent).name, at: now)
        guard let plant = state.intent.agents[agent]?.plant else {
            throw CommandError(.unknownAgent, "there is no agent \(agent)")
        }
        state.forgetLiveness(of: agent)
        let bearer = newSecret()
        state.journal.exchanges.append((request.token, bearer, agent))
        return Admission(agent: agent, plant: plant, bearer: bearer)
    }
}
