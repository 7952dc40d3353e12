import AccessModel
package import Addressing
import ControlProtocol
import DataPlane
import LinuxFabric
import Synchronization
import Timebase
import WireGuardProtocol

/// What an agent by itself is told.
package struct LoneAgentOptions: Sendable {
    /// `http://203.0.113.10:8080`, without a slash at the end.
    package var controlPlane: String
    /// The one-time token of its place.
    package var token: String
    /// In place of the gateway's address that the control plane names.
    package var gateway: Endpoint?
    /// The TUN device that it makes, or takes when it is there.
    package var device: String

    package init(controlPlane: String, token: String, gateway: Endpoint?, device: String) {
        self.controlPlane = controlPlane
        self.token = token
        self.gateway = gateway
        self.device = device
    }
}

/// An agent by itself, in the network namespace that the program was started in.
package enum LoneAgent {
    /// Enrols, brings the tunnel up and holds it until the task is cancelled.
    ///
    /// - Parameter onReady: called once, when the tunnel has shaken hands, with the plant's name.
    package static func run(_ options: LoneAgentOptions, onReady: @escaping @Sendable (String) -> Void) async throws {
        var bytes = [UInt8](repeating: 0, count: PrivateKey.byteCount)
        bytes.withUnsafeMutableBytes { SystemSources.entropy($0) }
        guard let key = PrivateKey(bytes: bytes) else { throw RoleFault(description: "no key could be made") }
        let enrolment = try await ControlPlaneClient(base: options.controlPlane).enroll(
            EnrolmentRequest(token: options.token, publicKey: key.publicKey))
        var gateway = enrolment.gateway
        if let endpoint = options.gateway { gateway.endpoint = endpoint }

        let tun = try network(options, pool: enrolment.pool)
        let isUp = Atomic<Bool>(false)
        var configuration = AgentShellConfiguration()
        configuration.port = 0
        let plant = enrolment.plant.text
        configuration.onEvent = { _, event in
            guard case .handshakeCompleted = event, !isUp.exchange(true, ordering: .relaxed) else { return }
            onReady(plant)
        }
        let shell = try AgentShell(configuration)
        try await shell.start(
            enrolment.agent,
            EdgeConfiguration(
                privateKey: key, gateway: gateway, allowedIPs: [enrolment.pool],
                keepaliveSeconds: UInt16(clamping: enrolment.keepaliveSeconds),
                wan: try HandedSocket.sourceAddress(towards: gateway.endpoint), tun: tun))
        let client = ControlPlaneClient(base: options.controlPlane, bearer: enrolment.bearer)
        await client.beat(
            every: .seconds(UInt64(max(1, enrolment.heartbeatSeconds))), version: "mirox-rig", since: .now,
            now: { .now })
        try await shell.stop(enrolment.agent)
    }

    /// The device, and a route to people through it.
    private static func network(_ options: LoneAgentOptions, pool: Prefix) throws -> TunDevice {
        let network = NodeConfiguration(
            tuns: [.init(name: options.device)], routes: [Route(pool, to: .device(options.device))])
        let (_, tuns) = try NetworkNamespace.prepare(at: "/proc/thread-self/ns/net", configuration: network)
        guard let tun = tuns.first else { throw RoleFault(description: "\(options.device) cannot be opened") }
        return tun
    }
}
