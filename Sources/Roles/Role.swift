import LabProtocol
package import LinuxFabric

/// The mains of a lab's processes.
package enum Role {
    /// Runs the role that the process was started as, until the conductor is gone.
    package static func run(_ inside: Inside, arguments: [String]) async throws {
        switch RoleName(rawValue: inside.role) {
        case .controlPlane: try await ControlPlaneRole.run(inside, arguments: arguments)
        case .gateway: try await GatewayRole.run(inside, arguments: arguments)
        case .plants: try await PlantsRole.run(inside, arguments: arguments)
        case .laptops: try await LaptopsRole.run(inside, arguments: arguments)
        case nil: throw RoleFault(description: "there is no role '\(inside.role)'")
        }
    }
}
