import ControlPlane
import LabProtocol
import LinuxFabric

/// The control plane's process: its HTTP API is all that it says.
enum ControlPlaneRole {
    static func run(_ inside: Inside, arguments: [String]) async throws {
        let host = try RoleHost<ControlPlaneConversation>(inside, arguments: arguments)
        let given = host.configuration
        let correspondent = Correspondent(host)
        let server = try ControlPlaneServer(
            configuration: .init(
                databasePath: given.databasePath, seed: given.seed, listen: given.listen,
                adopted: given.webDescriptor.map { [$0] } ?? [], console: correspondent.console))
        let isServing = OneShot<Bool>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { _ in isServing.set(true) } }
            group.addTask {
                _ = await isServing.get()
                try await host.serve { verb in
                    switch verb {
                    case .answer(let id, let answer): correspondent.take(answer, to: id)
                    }
                    return .done
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
