package import Addressing
package import ControlProtocol
package import LinuxFabric
package import Timebase
package import WireGuardProtocol

/// One far end of a tunnel, an agent or a laptop.
package struct EdgeConfiguration: Sendable {
    package var privateKey: PrivateKey
    package var presharedKey: PresharedKey?
    package var gateway: GatewayAddress
    /// What may come out of the tunnel and go in: an agent's pool, a laptop's allowed IPs.
    package var allowedIPs: [Prefix]
    package var keepaliveSeconds: UInt16?
    /// The WAN address that its datagrams come from.
    package var wan: IPv4Address
    /// The device in its own network namespace.
    package var tun: TunDevice
    package var engine = EngineConfiguration()

    package init(
        privateKey: PrivateKey, presharedKey: PresharedKey? = nil, gateway: GatewayAddress, allowedIPs: [Prefix],
        keepaliveSeconds: UInt16?, wan: IPv4Address, tun: TunDevice
    ) {
        self.privateKey = privateKey
        self.presharedKey = presharedKey
        self.gateway = gateway
        self.allowedIPs = allowedIPs
        self.keepaliveSeconds = keepaliveSeconds
        self.wan = wan
        self.tun = tun
        engine.peerLimit = 1
        engine.cipher = SystemSources.cipher
    }
}

/// What an edge can tell about its tunnel.
package struct EdgeStatistics: Hashable, Sendable {
    package var publicKey: PublicKey
    package var wan: Endpoint
    /// The gateway as its engine sees it.
    package var gateway: PeerStatistics
    /// `edge.…` verdicts and `engine.…` drops by name.
    package var counters: [String: UInt64]
    /// When it was asked.
    package var moment: Moment

    /// Whether there are keys to send with, and the gateway was heard within that time.
    ///
    /// A gateway that has nothing to say is silent: keys alone may be all that there is to see for two minutes.
    package func isUp(within span: Span) -> Bool {
        let heard = [gateway.lastHandshake, gateway.lastAuthenticated].compactMap { $0 }.max()
        guard gateway.hasUsableKeypair, let heard else { return false }
        return moment.since(heard) <= span
    }
}

/// Why a shell did not do what it was asked to.
package enum EdgeRefusal: Error, Hashable, Sendable {
    case unknown(String)
    case alreadyThere(String)
    /// Another agent of the shell has that WAN address.
    case addressInUse(IPv4Address)
    case gatewayKey(PeerRefusal)
}
