package import Addressing
package import LinkModel
import LinuxFabric
package import WireGuardProtocol

/// Everything that a process of many laptops needs to run.
package struct LaptopShellConfiguration: Sendable {
    package var linkSeed: UInt64 = 3
    /// Called on the loop with rare engine events of a laptop; it must not block.
    package var onEvent: (@Sendable (String, EngineEvent) -> Void)?

    package init() {}
}

/// Many running laptops on one thread, each with an engine, a UDP socket on its WAN address, and a TUN device.
package final class LaptopShell: Sendable {
    let loop: EventLoop<EdgeHandler>

    package init(_ configuration: LaptopShellConfiguration = LaptopShellConfiguration()) throws {
        loop = try EventLoop(name: "laptops") { poller in
            try EdgeHandler(
                shared: nil, linkSeed: configuration.linkSeed, onEvent: configuration.onEvent, poller: poller)
        }
    }

    /// Brings a laptop's tunnel up, as importing and activating a profile does.
    ///
    /// With a keepalive the handshake starts at once, else with the first packet.
    package func connect(_ laptop: String, _ configuration: EdgeConfiguration) async throws {
        let socket = try UDPSocket(bind: Endpoint(configuration.wan, 0), bufferBytes: 1 << 20)
        try await loop.call { try $0.start(laptop, configuration, socket: socket) }
    }

    /// Takes the tunnel down; its keys are erased.
    package func disconnect(_ laptop: String) async throws {
        try await loop.call { try $0.stop(laptop) }
    }

    /// Moves to another WAN address and port with the same keys, as when the laptop changes its network.
    package func roam(_ laptop: String, to wan: IPv4Address) async throws {
        let socket = try UDPSocket(bind: Endpoint(wan, 0), bufferBytes: 1 << 20)
        try await loop.call { try $0.roam(laptop, to: wan, socket: socket) }
    }

    @discardableResult
    package func forceHandshake(_ laptop: String) async throws -> Bool {
        try await loop.call { try $0.forceHandshake(laptop) }
    }

    package func statistics(_ laptop: String) async throws -> EdgeStatistics {
        try await loop.call { try $0.statistics(laptop) }
    }

    /// Who is connected, sorted.
    package func laptops() async throws -> [String] { try await loop.call { $0.names } }

    package func counters() async throws -> [String: UInt64] { try await loop.call { $0.counters } }

    package func inject(_ fault: LinkFault, id: String, on selectors: [LinkSelector]) async throws {
        try await loop.call { $0.sender.links.inject(fault, id: id, on: selectors) }
    }

    /// Takes a link fault away; false when there was none of that id.
    package func heal(_ id: String) async throws -> Bool {
        try await loop.call { $0.sender.links.heal(id) }
    }

    /// Ends the loop and with it every tunnel.
    package func stop() async {
        loop.stop()
        _ = await loop.waitForEnd()
    }
}
