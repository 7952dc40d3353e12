package import AccessModel
package import Addressing
package import LinkModel
import LinuxFabric
import Synchronization
package import WireGuardProtocol

/// Everything that a process of many agents needs to run.
package struct AgentShellConfiguration: Sendable {
    /// The one socket's port, on every WAN address.
    package var port: UInt16 = 51_821
    package var linkSeed: UInt64 = 2
    /// Called on the loop with rare engine events; it must not block.
    package var onEvent: (@Sendable (AgentID, EngineEvent) -> Void)?

    package init() {}
}

/// Many running agents: one thread, one UDP socket, and for each an engine and a TUN device in its plant.
package final class AgentShell: Sendable {
    let loop: EventLoop<EdgeHandler>
    package let port: UInt16

    /// Binds the socket in the calling process's network namespace and starts the loop.
    package init(_ configuration: AgentShellConfiguration = AgentShellConfiguration()) throws {
        let bound = Mutex<UInt16>(configuration.port)
        let onEvent = configuration.onEvent.map { body in
            { @Sendable (name: String, event: EngineEvent) in body(AgentID(name), event) }
        }
        loop = try EventLoop(name: "agents") { poller in
            let socket = try UDPSocket(bind: Endpoint(IPv4Address(0, 0, 0, 0), configuration.port))
            bound.withLock { $0 = socket.local.port }
            return try EdgeHandler(shared: socket, linkSeed: configuration.linkSeed, onEvent: onEvent, poller: poller)
        }
        port = bound.withLock { $0 }
    }

    /// Brings an agent up; its handshake starts at once.
    package func start(_ agent: AgentID, _ configuration: EdgeConfiguration) async throws {
        try await loop.call { try $0.start(agent.text, configuration, socket: nil) }
    }

    /// Takes an agent down; its keys are erased.
    package func stop(_ agent: AgentID) async throws {
        try await loop.call { try $0.stop(agent.text) }
    }

    /// Takes the agent down, if it is up, and brings it up anew, without anything in between.
    package func replace(_ agent: AgentID, _ configuration: EdgeConfiguration) async throws {
        try await loop.call { handler in
            if (try? handler.find(agent.text)) != nil { try handler.stop(agent.text) }
            try handler.start(agent.text, configuration, socket: nil)
        }
    }

    /// Moves an agent to another WAN address, keys and flows kept.
    package func roam(_ agent: AgentID, to wan: IPv4Address) async throws {
        try await loop.call { try $0.roam(agent.text, to: wan, socket: nil) }
    }

    @discardableResult
    package func forceHandshake(_ agent: AgentID) async throws -> Bool {
        try await loop.call { try $0.forceHandshake(agent.text) }
    }

    /// Sends an empty packet, which confirms the keys in use.
    package func sendKeepalive(_ agent: AgentID) async throws {
        try await loop.call { try $0.sendKeepalive(agent.text) }
    }

    /// Starts all handshakes anew, as when the gateway is known to have restarted.
    package func forceHandshakes() async throws {
        try await loop.call { $0.forceHandshakes() }
    }

    package func statistics(_ agent: AgentID) async throws -> EdgeStatistics {
        try await loop.call { try $0.statistics(agent.text) }
    }

    /// Who is up, sorted.
    package func agents() async throws -> [AgentID] {
        try await loop.call { $0.names.map { AgentID($0) } }
    }

    package func counters() async throws -> [String: UInt64] { try await loop.call { $0.counters } }

    package func inject(_ fault: LinkFault, id: String, on selectors: [LinkSelector]) async throws {
        try await loop.call { $0.sender.links.inject(fault, id: id, on: selectors) }
    }

    /// Takes a link fault away; false when there was none of that id.
    package func heal(_ id: String) async throws -> Bool {
        try await loop.call { $0.sender.links.heal(id) }
    }

    /// Ends the loop and with it every agent.
    package func stop() async {
        loop.stop()
        _ = await loop.waitForEnd()
    }
}
