import AccessModel
import Addressing
import ControlProtocol
import DataPlane
import LabProtocol
import LinkModel
import LinuxFabric
import Timebase
import TunnelRouting
import WireGuardProtocol

/// The gateway's process: the packet loop on its own thread, and the conversation with the control plane.
final class GatewayRole: Sendable {
    /// What the packet loop and the sync have to tell the conductor, in the order in which it happened.
    private enum News: Sendable {
        case event(GatewayConversation.Event)
        case decisions([Decision])
        /// Everything before has been told when this is met.
        case mark(OneShot<Bool>)
    }

    private let host: RoleHost<GatewayConversation>
    private let shell: GatewayShell
    private let uapi: UAPIServer
    private let sync: GatewaySync
    private let news: AsyncStream<News>.Continuation
    private let memory = GatewayMemory()

    static func run(_ inside: Inside, arguments: [String]) async throws {
        let host = try RoleHost<GatewayConversation>(inside, arguments: arguments)
        let (news, continuation) = AsyncStream<News>.makeStream()
        let role = try GatewayRole(host, continuation)
        if let plan = host.configuration.capture { try await role.shell.capture(plan) }
        try await role.uapi.open("wg0", at: "gateway") { [shell = role.shell] in try await shell.wireGuardInterface() }
        let telling = Task { await role.tell(news) }
        let syncing = Task { await role.sync.run() }
        try await host.serve { try await role.answer($0) }
        syncing.cancel()
        telling.cancel()
        await role.shell.stop()
    }

    private init(_ host: RoleHost<GatewayConversation>, _ news: AsyncStream<News>.Continuation) throws {
        self.host = host
        self.news = news
        let given = host.configuration
        guard let key = PrivateKey(bytes: given.privateKey) else {
            throw RoleFault(description: "the gateway's private key is not 32 bytes")
        }
        var configuration = GatewayShellConfiguration(privateKey: key, wan: given.endpoint)
        configuration.exposedDescriptor = given.exposedDescriptor
        configuration.linkSeed = given.seed
        if given.isStrict {
            let cipher = configuration.engine.cipher
            configuration.engine = .strict
            configuration.engine.cipher = cipher
        }
        configuration.silence = Span(nanoseconds: UInt64(max(0.1, given.agentSilenceSeconds) * 1e9))
        configuration.peerReportInterval = Span(nanoseconds: UInt64(max(0.1, given.peerReportSeconds) * 1e9))
        configuration.core.tunnelAddress = given.tunnelAddress
        configuration.core.pool = given.pool
        configuration.core.refusal = given.answersRefusals ? .icmp : .drop
        configuration.onDecisions = { news.yield(.decisions($0)) }
        configuration.onEvent = { event in
            if case .refusedInitiation(let key, _) = event { news.yield(.event(.refusedInitiation(key))) }
        }
        shell = try GatewayShell(configuration)
        uapi = try UAPIServer()
        sync = GatewaySync(
            shell: shell,
            // From its own address, so that its way to the control plane can be told from others'.
            client: ControlPlaneClient(
                base: "http://\(given.controlPlane)", bearer: given.bearer, from: given.endpoint.address),
            incarnation: GatewayIncarnation(id: Self.freshName()),
            onApplied: { revision in
                news.yield(
                    .event(
                        .applied(
                            revision: revision.number, generation: revision.generation, scope: revision.scope)))
            })
    }

    /// A start of the gateway that no other start is taken for.
    private static func freshName() -> String {
        var bytes = [UInt8](repeating: 0, count: 12)
        bytes.withUnsafeMutableBytes { SystemSources.entropy($0) }
        return Base64.encode(bytes)
    }

    private func answer(_ verb: GatewayConversation.Verb) async throws -> GatewayConversation.Answer {
        switch verb {
        case .capture(let plan): try await shell.capture(plan)
        case .captureComment(let comment): try await shell.setCaptureComment(comment)
        case .watch: try await shell.setWatched(true)
        case .counters:
            let counters = try await shell.counters()
            return .counters(counters.sorted { $0.key < $1.key }.map { Counter(name: $0.key, value: $0.value) })
        case .records(let query):
            try await drain()
            return .records(memory.history(query))
        case .peers: return .peers(try await shell.peers().map { $0.state(at: .now) })
        case .impair(let named): try await shell.inject(named.fault, id: named.id, on: named.links)
        case .heal(let id): _ = try await shell.heal(id)
        case .flush:
            try await sync.flush()
            try await drain()
        }
        return .done
    }

    /// Returns when everything decided so far has been told; a question to the loop makes it hand that out.
    private func drain() async throws {
        try await shell.tellDecisions()
        let told = OneShot<Bool>()
        news.yield(.mark(told))
        _ = await told.get()
    }

    private func tell(_ news: AsyncStream<News>) async {
        for await item in news {
            switch item {
            case .event(let event):
                if case .applied(let revision, let generation, let scope) = event {
                    memory.applied(revision, generation, isForEveryone: scope == .everyone)
                }
                host.report(event)
            case .decisions(let decisions):
                memory.record(decisions)
                host.report(.decisions(decisions.map { memory.record(of: $0) }))
            case .mark(let told): told.set(true)
            }
        }
    }
}
