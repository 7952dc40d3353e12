import AccessModel
import Addressing
import ControlProtocol
import DataPlane
import LabProtocol
import LinkModel
import LinuxFabric
import PlantDevices
import Synchronization
import Timebase
import WireGuardProtocol

/// The plants of a lab: their networks and devices, and the agents that lead into them.
final class PlantsRole: Sendable {
    /// What an agent came by when it enrolled.
    private struct Enrolled {
        var privateKey: PrivateKey
        var enrolment: Enrolment
        var beat: Task<Void, Never>?
    }

    private let host: RoleHost<PlantsConversation>
    private let sites: PlantSites
    private let plans: [AgentID: AgentPlan]
    private let shell: AgentShell
    private let keys: AgentKeys
    private let uapi: UAPIServer
    private let enrolled = Mutex<[AgentID: Enrolled]>([:])
    /// Agents whose gateway has not answered since they were started.
    private let knocking: KnockingAgents

    static func run(_ inside: Inside, arguments: [String]) async throws {
        let host = try RoleHost<PlantsConversation>(inside, arguments: arguments)
        let configuration = host.configuration
        let sites = try PlantSites(pool: configuration.pool, clock: configuration.clock)
        let role = try PlantsRole(host, sites: sites)
        if let plan = configuration.capture { try await role.shell.capture(plan) }
        role.remember()
        let (standing, continuation) = AsyncStream<SitePlan>.makeStream()
        // While the next plants are built, the agents of those that stand connect.
        let starting = Task { await role.startAgents(of: standing) }
        defer { starting.cancel() }
        try await sites.build(configuration.plants) { continuation.yield($0) }
        continuation.finish()
        try await host.serve { try await role.answer($0) }
    }

    private init(_ host: RoleHost<PlantsConversation>, sites: PlantSites) throws {
        self.host = host
        self.sites = sites
        keys = AgentKeys(folder: host.configuration.keyFolder)
        let plans = host.configuration.plants.flatMap { site in
            zip(site.agents, ["tun0", "tun1"]).map { AgentPlan(plant: site.plant, agent: $0, tunName: $1) }
        }
        let byAgent = Dictionary(plans.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        self.plans = byAgent
        var configuration = AgentShellConfiguration()
        configuration.port = host.configuration.agentPort
        configuration.linkSeed = host.configuration.seed
        let knocking = KnockingAgents()
        self.knocking = knocking
        configuration.onEvent = { agent, event in
            guard case .handshakeCompleted = event else { return }
            knocking.answered(agent)
            if let plant = byAgent[agent]?.plant { host.report(.up(plant)) }
        }
        shell = try AgentShell(configuration)
        uapi = try UAPIServer()
    }

    private func answer(_ verb: PlantsConversation.Verb) async throws -> PlantsConversation.Answer {
        switch verb {
        case .capture(let plan):
            try await shell.capture(plan)
            if plan != nil { try await shell.forceHandshakes() }
        case .captureComment(let comment): try await shell.setCaptureComment(comment)
        case .provision(_, let agent, let token): try await enrol(try plan(agent), token: token)
        case .unprovision(_, let agent):
            let gone = enrolled.withLock { $0.removeValue(forKey: agent) }
            keys.forget(agent)
            gone?.beat?.cancel()
            knocking.answered(agent)
            if gone != nil { try await end(try plan(agent)) }
        case .stop(_, let agent): try await stop(try plan(agent))
        case .start(_, let agent): try await start(try plan(agent))
        case .hang(_, let agent):
            knocking.answered(agent)
            try await end(try plan(agent))
        case .impair(let named): try await shell.inject(named.fault, id: named.id, on: named.links)
        case .heal(let id): _ = try await shell.heal(id)
        case .health(let plant, let device):
            return .health(try await sites.health(of: device, in: plant))
        case .spoil(let plant, let device, let fault, let id):
            try await sites.spoil(device, in: plant, with: fault, id: id)
        case .mend(let id): await sites.fleet.mend(id)
        case .clock(let change): sites.fleet.change(change)
        case .agents: return .agents(try await states())
        }
        return .done
    }

    /// Agents that connect at a time: more would only wait in the control plane's backlog.
    private static let startingAgents = 64

    /// Starts the agents of each plant that stands: with what they enrolled with in an earlier lab, or with their token.
    private func startAgents(of plants: AsyncStream<SitePlan>) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await site in plants {
                for plan in site.agents.compactMap({ plans[$0.id] }) {
                    if running == Self.startingAgents {
                        await group.next()
                        running -= 1
                    }
                    running += 1
                    // One that cannot start stays down, and the lab that waits for it says which.
                    group.addTask { [self] in try? await startFirst(plan) }
                }
            }
        }
    }

    private func startFirst(_ plan: AgentPlan) async throws {
        if enrolled.withLock({ $0[plan.id] != nil }) {
            try await start(plan)
        } else if let token = plan.agent.enrolmentToken {
            try await enrol(plan, token: token)
        }
    }

    /// Takes up what agents of an earlier lab enrolled with.
    private func remember() {
        for plan in plans.values {
            guard let known = keys.load(plan.id) else { continue }
            enrolled.withLock { $0[plan.id] = Enrolled(privateKey: known.key, enrolment: known.enrolment) }
        }
    }

    /// The agent makes its key, shows the public half with its token, and dials out.
    private func enrol(_ plan: AgentPlan, token: String) async throws {
        let bytes = SystemSources.bytes(PrivateKey.byteCount)
        guard let key = PrivateKey(bytes: bytes) else { throw RoleFault(description: "no key could be made") }
        let enrolment = try await enroll(EnrolmentRequest(token: token, publicKey: key.publicKey), plan)
        let old = enrolled.withLock {
            $0.updateValue(Enrolled(privateKey: key, enrolment: enrolment), forKey: plan.id)
        }
        old?.beat?.cancel()
        try keys.save(plan.id, key: bytes, enrolment: enrolment)
        try await start(plan)
    }

    private func start(_ plan: AgentPlan) async throws {
        let agent = plan.id
        guard let known = enrolled.withLock({ $0[agent] }) else {
            throw RoleFault(description: "the agent '\(agent)' of '\(plan.plant)' never enrolled: provision it first")
        }
        guard let tun = sites.tun(of: agent) else {
            throw RoleFault(description: "the agent '\(agent)' of '\(plan.plant)' has no TUN device")
        }
        try await shell.replace(
            agent,
            EdgeConfiguration(
                privateKey: known.privateKey, gateway: known.enrolment.gateway, allowedIPs: [known.enrolment.pool],
                keepaliveSeconds: UInt16(clamping: known.enrolment.keepaliveSeconds), wan: plan.agent.address, tun: tun)
        )
        try await uapi.open(plan.tunName, at: plan.node) { [shell] in
            try await shell.wireGuardInterface(of: agent)
        }
        knock(agent)
        let beat = heartbeat(known.enrolment, of: plan)
        enrolled.withLock { $0[agent]?.beat = beat }
    }

    /// An agent that has just been started tries every second until the gateway answers, not every five as WireGuard does.
    ///
    /// Then it confirms the keys some times more: the gateway counts it as up from the confirmation on, and that is one datagram,
    /// which a poor link may lose.
    private func knock(_ agent: AgentID) {
        knocking.begin(agent)
        Task { [shell, knocking] in
            while true {
                try await Task.sleep(for: .seconds(1))
                guard knocking.isKnocking(agent) else { break }
                try await shell.forceHandshake(agent)
            }
            for _ in 0..<8 {
                try await shell.sendKeepalive(agent)
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func stop(_ plan: AgentPlan) async throws {
        knocking.answered(plan.id)
        enrolled.withLock { enrolled in
            enrolled[plan.id]?.beat?.cancel()
            enrolled[plan.id]?.beat = nil
        }
        try await end(plan)
    }

    /// Takes the tunnel away.
    private func end(_ plan: AgentPlan) async throws {
        try await uapi.close(plan.tunName, at: plan.node)
        try await shell.stop(plan.id)
    }

    private func heartbeat(_ enrolment: Enrolment, of plan: AgentPlan) -> Task<Void, Never> {
        let client = client(of: plan, bearer: enrolment.bearer)
        let interval = Span.seconds(UInt64(max(1, enrolment.heartbeatSeconds)))
        return Task { await client.beat(every: interval, version: "mirox-rig", since: .now, now: { .now }) }
    }

    /// Asks until the control plane answers; a refusal is final.
    private func enroll(_ request: EnrolmentRequest, _ plan: AgentPlan) async throws -> Enrolment {
        let client = client(of: plan, bearer: "")
        var pause = Duration.milliseconds(10)
        while true {
            let problem: ControlPlaneError
            do {
                return try await client.enroll(request)
            } catch {
                problem = error
            }
            if problem.status != nil { throw problem }
            // Nobody listens there yet: a lab's processes start all at once.
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// An agent dials out from its own WAN address.
    private func client(of plan: AgentPlan, bearer: String) -> ControlPlaneClient {
        ControlPlaneClient(base: "http://\(host.configuration.controlPlane)", bearer: bearer, from: plan.agent.address)
    }

    private func states() async throws -> [AgentState] {
        let running = Set(try await shell.agents())
        var states: [AgentState] = []
        for plan in plans.values.sorted(by: { $0.id < $1.id }) {
            let isProvisioned = enrolled.withLock { $0[plan.id] != nil }
            var isUp = false
            if running.contains(plan.id) {
                isUp = try await shell.statistics(plan.id).gateway.hasUsableKeypair
            }
            states.append(AgentState(plant: plan.plant, agent: plan.id, isProvisioned: isProvisioned, isUp: isUp))
        }
        return states
    }

    private func plan(_ agent: AgentID) throws -> AgentPlan {
        guard let plan = plans[agent] else { throw RoleFault(description: "there is no agent '\(agent)'") }
        return plan
    }
}

/// One agent with the place where it runs.
private struct AgentPlan {
    var plant: PlantID
    var agent: SitePlanAgent
    var tunName: String

    var id: AgentID { agent.id }
    var node: String { "plant/\(plant)" }
}

/// Who still waits for a first answer.
private final class KnockingAgents: Sendable {
    private let agents = Mutex<Set<AgentID>>([])

    func begin(_ agent: AgentID) { agents.withLock { _ = $0.insert(agent) } }

    func answered(_ agent: AgentID) { agents.withLock { _ = $0.remove(agent) } }

    func isKnocking(_ agent: AgentID) -> Bool { agents.withLock { $0.contains(agent) } }
}

extension SystemSources {
    /// So many unpredictable bytes.
    fileprivate static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { entropy($0) }
        return bytes
    }
}
