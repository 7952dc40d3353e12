package import Addressing
package import ControlProtocol
import Hummingbird
import Logging

/// A whole control plane: database, service, HTTP.
package struct ControlPlaneServer: Sendable {
    package struct Configuration: Sendable {
        package var databasePath: String
        /// Fills an empty database; one that holds something continues as it is.
        package var seed: Seed?
        package var listen: Endpoint
        package var surroundings: Surroundings

        package init(
            databasePath: String, seed: Seed?, listen: Endpoint, surroundings: Surroundings = .system
        ) {
            self.databasePath = databasePath
            self.seed = seed
            self.listen = listen
            self.surroundings = surroundings
        }
    }

    private let service: ControlPlaneService
    private let listen: Endpoint

    package init(configuration: Configuration) throws {
        service = try ControlPlaneService(
            store: Store(path: configuration.databasePath), seed: configuration.seed,
            surroundings: configuration.surroundings)
        listen = configuration.listen
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onReady: called once, when requests are answered.
    package func run(onReady: @escaping @Sendable () async -> Void = {}) async throws {
        var logger = Logger(label: "control-plane")
        logger.logLevel = .error
        let application = Application(
            router: Self.router(of: service),
            configuration: ApplicationConfiguration(
                address: .hostname(listen.address.description, port: Int(listen.port)), serverName: nil),
            onServerRunning: { _ in await onReady() }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask { await service.runTicks() }
            try await group.next()
            group.cancelAll()
        }
    }

    static func router(of service: ControlPlaneService) -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: ProblemMiddleware(service: service))
        router.add(middleware: BearerMiddleware(service: service))
        router.get("healthz") { _, _ in "ok\n" }
        router.get("metrics") { _, _ in await LabRoutes.metrics(of: service) }
        let group = router.group("api/v1")
        PersonRoutes(service: service).add(to: group)
        AdminRoutes(service: service).add(to: group)
        AuditRoutes(service: service).add(to: group)
        MachineRoutes(service: service).add(to: group)
        LabRoutes(service: service).add(to: group)
        return router
    }
}
