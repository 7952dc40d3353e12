package import Addressing
package import ControlProtocol
import Hummingbird
import Logging
import NIOCore

/// A whole control plane: database, service, HTTP.
package struct ControlPlaneServer: Sendable {
    package struct Configuration: Sendable {
        package var databasePath: String
        /// Fills an empty database; one that holds something continues as it is.
        package var seed: Seed?
        /// Port 0 takes any free one.
        package var listen: Endpoint
        /// Listening sockets to serve as well; the server owns and closes them.
        package var adopted: [CInt]
        package var surroundings: Surroundings
        /// The rig behind the lab page, if there is one.
        package var console: LabConsole?

        package init(
            databasePath: String, seed: Seed?, listen: Endpoint, adopted: [CInt] = [],
            surroundings: Surroundings = .system, console: LabConsole? = nil
        ) {
            self.databasePath = databasePath
            self.seed = seed
            self.listen = listen
            self.adopted = adopted
            self.surroundings = surroundings
            self.console = console
        }
    }

    private let service: ControlPlaneService
    private let listen: Endpoint
    private let adopted: [CInt]
    private let console: LabConsole?

    package init(configuration: Configuration) throws {
        service = try ControlPlaneService(
            store: Store(path: configuration.databasePath), seed: configuration.seed,
            surroundings: configuration.surroundings)
        listen = configuration.listen
        adopted = configuration.adopted
        console = configuration.console
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onReady: called once with the port, when requests are answered.
    package func run(onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }) async throws {
        var logger = Logger(label: "control-plane")
        logger.logLevel = .error
        let router = Self.router(of: service, console: console)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(listen.address.description, port: Int(listen.port)), serverName: nil),
            onServerRunning: { await onReady($0.localAddress?.port ?? 0) }, logger: logger)
        let listener = AdoptedListener(responder: router.buildResponder(), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask { await service.runTicks() }
            for descriptor in adopted { group.addTask { try await listener.run(descriptor) } }
            try await group.next()
            group.cancelAll()
        }
    }

    static func router(of service: ControlPlaneService, console: LabConsole? = nil) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        let index = RouteIndex()
        router.add(middleware: ProblemMiddleware(service: service, index: index))
        router.add(middleware: BearerMiddleware(service: service))
        let sessions = WebSessions(secret: service.webSecret, surroundings: service.surroundings)
        router.add(middleware: SessionMiddleware(service: service, sessions: sessions))
        router.get("healthz") { _, _ in "ok\n" }
        router.get("metrics") { _, _ in await LabRoutes.metrics(of: service) }
        WebRoutes(service: service, sessions: sessions).add(to: router)
        let group = router.group("api/v1")
        group.get("openapi.json") { _, _ in JSON.response(text: try OpenAPIDocument.text()) }
        PersonRoutes(service: service).add(to: group)
        AdminRoutes(service: service).add(to: group)
        DirectoryRoutes(service: service).add(to: group)
        AuditRoutes(service: service).add(to: group)
        MachineRoutes(service: service).add(to: group)
        LabRoutes(service: service).add(to: group)
        EventRoutes(service: service).add(to: group)
        LabConsoleRoutes(service: service, console: console).add(to: group)
        DecisionRoutes(service: service).add(to: group)
        index.learn(router.routes)
        return router
    }
}
