import Addressing
import ControlProtocol
import LinuxFabric
import Timebase
import TunnelRouting
import WireGuardProtocol

/// One agent or laptop inside its shell's loop.
final class Edge {
    let name: String
    var configuration: EdgeConfiguration
    let engine: Engine
    let gateway: PeerHandle
    var core: EdgeCore
    var outlet: Outlet
    /// Names the edge in tokens; never used twice.
    let number: UInt64
    /// For which moment the edge is in the shell's deadline queue.
    var scheduled: Moment?
    var isTouched = false
    /// Whether the device takes UDP datagrams that are several.
    var joinsDatagrams = false
    var writeFailures: UInt64 = 0
    /// Packets from the device whose headers and lengths contradict each other, or that are longer than a tunnel carries.
    var unfitPackets: UInt64 = 0
    var socketErrors: UInt64 = 0

    init(
        _ name: String, _ configuration: EdgeConfiguration, number: UInt64, outlet: Outlet, at now: Moment
    ) throws(EdgeRefusal) {
        self.name = name
        self.configuration = configuration
        self.number = number
        self.outlet = outlet
        core = EdgeCore(allowedIPs: configuration.allowedIPs)
        engine = Engine(
            privateKey: configuration.privateKey, configuration: configuration.engine,
            entropy: SystemSources.entropy, wallClock: SystemSources.wallClock)
        do {
            gateway = try engine.addPeer(
                PeerConfiguration(
                    publicKey: configuration.gateway.publicKey, presharedKey: configuration.presharedKey,
                    endpoint: configuration.gateway.endpoint,
                    persistentKeepaliveSeconds: configuration.keepaliveSeconds), at: now)
        } catch {
            throw .gatewayKey(error)
        }
    }

    /// - Returns: `nil` only if the engine has lost its one peer.
    func statistics(at now: Moment) -> EdgeStatistics? {
        guard let peer = engine.statistics(of: gateway, at: now) else { return nil }
        var counters: [String: UInt64] = [:]
        for verdict in EdgeCore.Verdict.allCases { counters["edge.\(verdict)"] = core.count(of: verdict) }
        for reason in DropReason.allCases { counters["engine.\(reason)"] = engine.count(of: reason) }
        counters["edge.writeFailures"] = writeFailures
        counters["edge.unfitPackets"] = unfitPackets
        counters["edge.socketErrors"] = socketErrors
        counters["wan.refusedByKernel"] = outlet.refused
        return EdgeStatistics(
            publicKey: engine.publicKey, wan: Endpoint(configuration.wan, outlet.socket.local.port),
            gateway: peer, counters: counters, moment: now)
    }
}
