import Addressing
import ControlProtocol
import DataPlane
import Foundation
package import LabProtocol
import LinuxFabric
import Timebase
import TunnelRouting
import WireGuardProtocol

/// A gateway by itself: it knows nothing of a lab but the place that it takes.
package enum LoneGateway {
    /// Forwards packets until the task is cancelled.
    ///
    /// - Parameter onReady: called once, when the socket is bound.
    package static func run(_ place: GatewayPlace, onReady: @Sendable () -> Void) async throws {
        guard let bytes = Base64.decode(place.privateKey.utf8), let key = PrivateKey(bytes: bytes) else {
            throw RoleFault(description: "the place's privateKey is not Base64 of 32 bytes")
        }
        var configuration = GatewayShellConfiguration(privateKey: key, wan: place.endpoint)
        configuration.peerReportInterval = Span(nanoseconds: UInt64(max(0.1, place.peerReportSeconds) * 1e9))
        configuration.core.tunnelAddress = place.tunnelAddress
        configuration.core.pool = place.pool
        configuration.core.refusal = place.answersRefusals ? .icmp : .drop
        let shell = try GatewayShell(configuration)
        let sync = GatewaySync(
            shell: shell, client: ControlPlaneClient(base: place.controlPlane, bearer: place.token),
            incarnation: GatewayIncarnation(id: UUID().uuidString), onApplied: { _ in })
        onReady()
        await sync.run()
        await shell.stop()
    }
}
