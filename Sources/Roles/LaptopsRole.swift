import Addressing
import ControlProtocol
import DataPlane
import LabProtocol
import LinkModel
import LinuxFabric
import Synchronization
import Timebase
import WireGuardProtocol

/// The laptops of a lab: a namespace each, and the tunnels that people switch on and off.
final class LaptopsRole: Sendable {
    private let host: RoleHost<LaptopsConversation>
    private let shell: LaptopShell
    private let uapi: UAPIServer
    private let laptops: [String: LaptopsConversation.Laptop]
    /// Where those stand that have moved.
    private let moved = Mutex<[String: IPv4Address]>([:])
    private let handshakes: HandshakeCount

    static func run(_ inside: Inside, arguments: [String]) async throws {
        let host = try RoleHost<LaptopsConversation>(inside, arguments: arguments)
        let role = try LaptopsRole(host)
        if let plan = host.configuration.capture { try await role.shell.capture(plan) }
        try await host.serve { try await role.answer($0) }
    }

    private init(_ host: RoleHost<LaptopsConversation>) throws {
        self.host = host
        let handshakes = HandshakeCount()
        self.handshakes = handshakes
        laptops = Dictionary(host.configuration.laptops.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for laptop in host.configuration.laptops {
            // Its own network stands whether the tunnel is up or not; nobody else lives there.
            let lan = laptop.homeAddress.map { NodeConfiguration.Tun(name: "lan0", mtu: 1500, addresses: [$0]) }
            _ = try NetworkNamespace.create(
                at: NetworkNamespace.path(ofNode: laptop.name),
                configuration: NodeConfiguration(tuns: lan.map { [$0] } ?? []))
        }
        var configuration = LaptopShellConfiguration()
        configuration.linkSeed = host.configuration.seed
        configuration.onEvent = { laptop, event in
            guard case .handshakeCompleted = event else { return }
            handshakes.add(laptop)
            host.report(.handshakeCompleted(laptop: laptop))
        }
        shell = try LaptopShell(configuration)
        uapi = try UAPIServer()
    }

    private func answer(_ verb: LaptopsConversation.Verb) async throws -> LaptopsConversation.Answer {
        switch verb {
        case .capture(let plan):
            try await shell.capture(plan)
            if plan != nil { try await shell.forceHandshakes() }
        case .captureComment(let comment): try await shell.setCaptureComment(comment)
        case .connect(let name, let text): try await connect(try laptop(name), text)
        case .disconnect(let name):
            let laptop = try laptop(name)
            try await uapi.close(Self.tunName, at: name)
            try await shell.disconnect(name)
            try namespace(of: laptop).apply([.delete(device: Self.tunName)])
        case .state(let name): return .state(try await state(of: try laptop(name)))
        case .roam(let name, let wan):
            _ = try laptop(name)
            moved.withLock { $0[name] = wan }
            if try await shell.laptops().contains(name) { try await shell.roam(name, to: wan) }
        case .shakeHands(let name): try await shell.forceHandshake(name)
        case .impair(let named): try await shell.inject(named.fault, id: named.id, on: named.links)
        case .heal(let id): _ = try await shell.heal(id)
        }
        return .done
    }

    private static let tunName = "tun0"

    /// As importing the file and activating the tunnel does.
    private func connect(_ laptop: LaptopsConversation.Laptop, _ text: String) async throws {
        let profile: TunnelConfiguration
        do {
            profile = try ConfigurationText.parse(text)
        } catch {
            throw RoleFault(description: "the profile on \(laptop.name) cannot be read: \(error)")
        }
        guard let address = profile.addresses.first, let peer = profile.peers.first, let endpoint = peer.endpoint else {
            throw RoleFault(description: "the profile on \(laptop.name) names no address or no gateway")
        }
        if try await shell.laptops().contains(laptop.name) {
            try await shell.disconnect(laptop.name)
            try namespace(of: laptop).apply([.delete(device: Self.tunName)])
        }
        let network = NodeConfiguration.laptop(
            tunnel: address.address, allowed: peer.allowedIPs, home: laptop.homeAddress,
            mtu: profile.mtuBytes ?? 1420)
        let tun = try namespace(of: laptop).openTun(named: Self.tunName)
        try namespace(of: laptop).apply(network)
        try await shell.connect(
            laptop.name,
            EdgeConfiguration(
                privateKey: profile.privateKey, presharedKey: peer.presharedKey,
                gateway: GatewayAddress(publicKey: peer.publicKey, endpoint: endpoint), allowedIPs: peer.allowedIPs,
                keepaliveSeconds: peer.persistentKeepaliveSeconds,
                wan: moved.withLock { $0[laptop.name] } ?? laptop.wanAddress, tun: tun))
        try await uapi.open(Self.tunName, at: laptop.name) { [shell] in
            try await shell.wireGuardInterface(of: laptop.name)
        }
    }

    private func state(of laptop: LaptopsConversation.Laptop) async throws -> TunnelState {
        guard try await shell.laptops().contains(laptop.name) else {
            return TunnelState(
                isConnected: false, publicKey: nil, handshakesCompleted: handshakes.count(of: laptop.name),
                lastHandshakeAge: nil, packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0)
        }
        let statistics = try await shell.statistics(laptop.name)
        let gateway = statistics.gateway
        return TunnelState(
            isConnected: true, publicKey: statistics.publicKey,
            handshakesCompleted: handshakes.count(of: laptop.name),
            lastHandshakeAge: gateway.lastHandshake.map { statistics.moment.since($0).seconds },
            packetsSent: gateway.sentPackets, packetsReceived: gateway.receivedPackets,
            bytesSent: gateway.sentBytes, bytesReceived: gateway.receivedBytes)
    }

    private func laptop(_ name: String) throws -> LaptopsConversation.Laptop {
        guard let laptop = laptops[name] else { throw RoleFault(description: "there is no laptop '\(name)'") }
        return laptop
    }

    private func namespace(of laptop: LaptopsConversation.Laptop) -> NetworkNamespace {
        NetworkNamespace(existingAt: NetworkNamespace.path(ofNode: laptop.name))
    }
}

/// How often each laptop has shaken hands.
private final class HandshakeCount: Sendable {
    private let counts = Mutex<[String: UInt64]>([:])

    func add(_ laptop: String) { counts.withLock { $0[laptop, default: 0] += 1 } }

    func count(of laptop: String) -> UInt64 { counts.withLock { $0[laptop] ?? 0 } }
}

extension LaptopsConversation.Laptop {
    /// Its own address in the network that it stands in.
    fileprivate var homeAddress: InterfaceAddress? {
        homeLAN.map { InterfaceAddress(IPv4Address(number: $0.address.number + 77), length: $0.length) }
    }
}
