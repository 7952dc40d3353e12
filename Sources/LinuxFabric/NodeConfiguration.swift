package import Addressing
import CLinux

/// Everything that a node's network namespace holds; applying it twice is applying it once.
package struct NodeConfiguration: Hashable, Sendable {
    /// A TUN device; an interface that nobody serves is one whose `TunDevice` is dropped.
    package struct Tun: Hashable, Sendable {
        package var name: String
        package var mtu: Int
        package var addresses: [InterfaceAddress]

        package init(name: String = "tun0", mtu: Int = 1420, addresses: [InterfaceAddress] = []) {
            self.name = name
            self.mtu = mtu
            self.addresses = addresses
        }
    }

    /// What comes out of a tunnel from the pool is seen by the node itself as coming from one address, and answers go back.
    package struct Masquerade: Hashable, Sendable {
        package var device: String
        package var pool: Prefix
        package var address: IPv4Address
        /// The mark of such connections, by which their answers are routed; not 0, and one per device.
        package var mark: UInt32

        package init(device: String = "tun0", pool: Prefix, to address: IPv4Address, mark: UInt32 = 1) {
            precondition(mark != 0, "mark 0 is no mark")
            self.device = device
            self.pool = pool
            self.address = address
            self.mark = mark
        }
    }

    package var tuns: [Tun]
    /// Addresses of this node, each for itself, on loopback.
    package var localAddresses: [IPv4Address]
    package var routes: [Route]
    package var rules: [RoutingRule]
    package var masquerades: [Masquerade]

    package init(
        tuns: [Tun] = [], localAddresses: [IPv4Address] = [], routes: [Route] = [], rules: [RoutingRule] = [],
        masquerades: [Masquerade] = []
    ) {
        self.tuns = tuns
        self.localAddresses = localAddresses
        self.routes = routes
        self.rules = rules
        self.masquerades = masquerades
    }

    /// What is changed once the TUN devices are there, in order.
    package var changes: [NetworkChange] {
        var changes: [NetworkChange] = [.up(device: "lo", mtu: nil)]
        changes += localAddresses.map { .add(InterfaceAddress($0), device: "lo") }
        for tun in tuns {
            changes += tun.addresses.map { .add($0, device: tun.name) }
            changes.append(.up(device: tun.name, mtu: tun.mtu))
        }
        changes += routes.map { .route($0) }
        changes += rules.map { .rule($0) }
        return changes
    }

    /// As commands that a person could type, one a line.
    package var commands: [String] {
        tuns.map { "ip tuntap add \($0.name) mode tun" } + changes.map(\.description) + masquerades.map(\.description)
    }

    /// Makes or attaches to the TUN devices in the calling thread's network namespace.
    func openTunsHere() throws(LinuxError) -> [TunDevice] {
        var devices: [TunDevice] = []
        for tun in tuns { devices.append(try TunDevice(named: tun.name)) }
        return devices
    }

    /// Sets up the calling thread's network namespace, in which the TUN devices are.
    func applyHere() throws(LinuxError) {
        try NetworkChange.applyHere(changes)
        if !masquerades.isEmpty { try Self.applyHere(masquerades) }
    }

    private static func applyHere(_ masquerades: [Masquerade]) throws(LinuxError) {
        let names = CStrings(masquerades.map(\.device))
        var raw: [clinux_masquerade] = []
        for (index, masquerade) in masquerades.enumerated() {
            raw.append(
                clinux_masquerade(
                    device: names.pointers[index], pool: masquerade.pool.address.number,
                    pool_length: UInt32(masquerade.pool.length), address: masquerade.address.number,
                    mark: masquerade.mark))
        }
        let result = withExtendedLifetime(names) { clinux_nft_masquerade(raw, raw.count) }
        try check(result, masquerades.map(\.description).joined(separator: "; "))
    }
}

extension NodeConfiguration.Masquerade: CustomStringConvertible {
    package var description: String {
        "nft add rule ip mirox input iifname \(device) ip saddr \(pool) ct mark set \(mark) snat to \(address)"
    }
}

extension NodeConfiguration {
    /// How traffic out of the tunnel reaches a plant's devices.
    package enum TunnelMode: Hashable, Sendable {
        /// Devices see the agent's own address; the usual case.
        case masquerade
        /// Devices see the person's tunnel address, and need a way back to it.
        case routed
    }

    /// The internet: every address of these prefixes is local to it.
    package static func internet(_ prefixes: [Prefix]) -> NodeConfiguration {
        NodeConfiguration(routes: prefixes.map { .local($0) })
    }

    /// A plant: device addresses are local, the agent's TUN carries the tunnel, and devices know their own LAN only.
    ///
    /// - Parameters:
    ///   - agent: the agent's address in the LAN.
    ///   - secondAgent: the address of a second agent in the LAN, with a TUN of its own, `tun1`; it always masquerades, for that is
    ///     how an answer finds the agent whose question it answers.
    ///   - devicesUseAgentAsGateway: gives the devices a way back to the pool through the agent.
    package static func plant(
        subnets: [Prefix], devices: [IPv4Address], agent: IPv4Address, secondAgent: IPv4Address? = nil, pool: Prefix,
        mode: TunnelMode = .masquerade, devicesUseAgentAsGateway: Bool = false, mtu: Int = 1420
    ) -> NodeConfiguration {
        let everywhere = Prefix(around: IPv4Address(0, 0, 0, 0), length: 0)
        let mark: UInt32 = 1
        var configuration = NodeConfiguration(
            tuns: [Tun(mtu: mtu)], localAddresses: devices.contains(agent) ? devices : devices + [agent],
            routes: [
                Route(pool, to: .device("tun0")),
                Route(everywhere, to: .unreachable, table: .devices),
            ])
        if devicesUseAgentAsGateway {
            configuration.routes.append(Route(pool, to: .device("tun0"), table: .devices))
        }
        if mode == .masquerade {
            configuration.masquerades = [Masquerade(pool: pool, to: agent, mark: mark)]
            configuration.rules.append(RoutingRule(mark: mark, table: .main, priority: 900))
        }
        if let secondAgent {
            configuration.tuns.append(Tun(name: "tun1", mtu: mtu))
            configuration.localAddresses.append(secondAgent)
            configuration.routes.append(Route(pool, to: .device("tun1"), table: .secondAgent))
            configuration.masquerades.append(
                Masquerade(device: "tun1", pool: pool, to: secondAgent, mark: mark + 1))
            configuration.rules.append(RoutingRule(mark: mark + 1, table: .secondAgent, priority: 901))
        }
        configuration.rules += subnets.map { RoutingRule(from: $0, table: .devices, priority: 1000) }
        return configuration
    }

    /// A laptop whose tunnel is set up as `wg-quick` would: its address, and a route for every allowed prefix.
    ///
    /// - Parameter home: its address in a LAN of its own, where nobody else answers; a prefix equal to that LAN stays with the LAN,
    ///   as with two equal routes in the field.
    package static func laptop(
        tunnel address: IPv4Address, allowed: [Prefix], home: InterfaceAddress? = nil, mtu: Int = 1420
    ) -> NodeConfiguration {
        var configuration = NodeConfiguration(tuns: [Tun(mtu: mtu, addresses: [InterfaceAddress(address)])])
        if let home { configuration.tuns.append(Tun(name: "lan0", mtu: 1500, addresses: [home])) }
        configuration.routes = allowed.filter { $0 != home?.prefix }.map { Route($0, to: .device("tun0")) }
        return configuration
    }
}
