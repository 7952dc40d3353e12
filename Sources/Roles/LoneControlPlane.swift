package import Addressing
import ControlPlane
import ControlProtocol
import Foundation

/// A control plane by itself, on the host and without a lab.
package enum LoneControlPlane {
    /// Serves until the process ends.
    ///
    /// - Parameters:
    ///   - seedPath: a seed as JSON, which fills an empty database.
    ///   - onReady: called once, with the port.
    package static func serve(
        databasePath: String, seedPath: String?, at endpoint: Endpoint,
        onReady: @escaping @Sendable (_ port: Int) async -> Void
    ) async throws {
        let seed = try seedPath.map { path in
            try JSONDecoder().decode(Seed.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        }
        let server = try ControlPlaneServer(
            configuration: .init(databasePath: databasePath, seed: seed, listen: endpoint))
        try await server.run(onReady: onReady)
    }
}
