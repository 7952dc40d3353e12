import LabProtocol
import LinuxFabric

/// The control plane's process.
enum ControlPlaneRole {
    static func run(_ inside: Inside, arguments: [String]) async throws {
        let host = try RoleHost<ControlPlaneConversation>(inside, arguments: arguments)
        try await host.serve { _ in .done }
    }
}
