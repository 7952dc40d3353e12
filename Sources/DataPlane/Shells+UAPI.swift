package import AccessModel
import Addressing
import LinuxFabric
import Timebase
import TunnelRouting
package import WireGuardProtocol

extension GatewayShell {
    /// The gateway as `wg show` shows an interface.
    package func wireGuardInterface() async throws -> UAPI.Interface {
        try await loop.call { $0.wireGuardInterface(at: .now) }
    }
}

extension AgentShell {
    /// An agent's tunnel as `wg show` shows it; its key is a machine's, made by the rig for the lab.
    package func wireGuardInterface(of agent: AgentID) async throws -> UAPI.Interface {
        try await loop.call { try $0.wireGuardInterface(of: agent.text, tellingKey: true) }
    }
}

extension LaptopShell {
    /// A laptop's tunnel as `wg show` shows it, without the private key: that is its person's, and never leaves the laptop's engine.
    package func wireGuardInterface(of laptop: String) async throws -> UAPI.Interface {
        try await loop.call { try $0.wireGuardInterface(of: laptop, tellingKey: false) }
    }
}

extension GatewayHandler {
    func wireGuardInterface(at now: Moment) -> UAPI.Interface {
        let prefixes = core.ingressPrefixes
        let peers = engine.peers.compactMap { handle -> UAPI.Peer? in
            guard let statistics = engine.statistics(of: handle, at: now), let slot = slot(of: handle) else {
                return nil
            }
            return UAPI.Peer(statistics, allowedIPs: prefixes[slot] ?? [], at: now)
        }
        return UAPI.Interface(
            privateKey: configuration.privateKey, listenPort: wan.socket.local.port, peers: peers)
    }
}

extension EdgeHandler {
    func wireGuardInterface(of name: String, tellingKey: Bool) throws -> UAPI.Interface {
        let edge = try find(name)
        let now = poller.now
        let peers = edge.engine.statistics(of: edge.gateway, at: now).map {
            [UAPI.Peer($0, allowedIPs: edge.configuration.allowedIPs, at: now)]
        }
        return UAPI.Interface(
            privateKey: tellingKey ? edge.configuration.privateKey : nil, listenPort: edge.outlet.socket.local.port,
            peers: peers ?? [])
    }
}

extension UAPI.Peer {
    /// - Parameter now: when the statistics were taken.
    fileprivate init(_ statistics: PeerStatistics, allowedIPs: [Prefix], at now: Moment) {
        self.init(
            publicKey: statistics.publicKey, endpoint: statistics.endpoint,
            lastHandshake: statistics.lastHandshake.map { SystemSources.wallClock(before: now.since($0)) },
            receivedBytes: statistics.wireReceivedBytes, sentBytes: statistics.wireSentBytes,
            persistentKeepaliveSeconds: statistics.persistentKeepaliveSeconds, allowedIPs: allowedIPs)
    }
}

extension SystemSources {
    /// The wall clock that long ago.
    fileprivate static func wallClock(before age: Span) -> WallTime {
        let now = wallClock()
        let total = now.seconds * 1_000_000_000 + UInt64(now.nanoseconds)
        let then = total - min(total, age.nanoseconds)
        return WallTime(seconds: then / 1_000_000_000, nanoseconds: UInt32(then % 1_000_000_000))
    }
}
