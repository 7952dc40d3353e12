package import Addressing
package import ControlProtocol
package import LinkModel
import LinuxFabric
import Synchronization
package import Timebase
package import TunnelRouting
package import WireGuardProtocol

/// Everything that a gateway needs to run.
package struct GatewayShellConfiguration: Sendable {
    package var privateKey: PrivateKey
    /// Where peers find it; the address also begins every link of the link model.
    package var wan: Endpoint
    /// A second socket, bound on the host and handed over, for stock clients outside of the lab.
    package var exposedDescriptor: Int32?
    package var core = GatewayConfiguration()
    package var engine = EngineConfiguration()
    package var linkSeed: UInt64 = 1
    /// A peer that was silent for longer is worth a report at once when it is heard again; an agent that is gives way to another of its
    /// plant, or its plant answers 3/0.
    package var silence = Span.seconds(75)
    package var peerReportInterval = Span.seconds(5)
    /// Called on the gateway's loop with decisions, batch by batch, while watched; it must not block.
    package var onDecisions: (@Sendable ([Decision]) -> Void)?
    /// Called on the gateway's loop with rare engine events; it must not block.
    package var onEvent: (@Sendable (EngineEvent) -> Void)?

    package init(privateKey: PrivateKey, wan: Endpoint) {
        self.privateKey = privateKey
        self.wan = wan
        // A thousand agents that start together are no attack: a backlog of half a second is.
        engine.underLoadBacklogMessages = 4_096
        engine.cipher = SystemSources.cipher
        withUnsafeMutableBytes(of: &core.hashSeed) { SystemSources.entropy($0) }
    }
}

/// A running gateway: one thread with one WireGuard engine, one routing core and its sockets.
package final class GatewayShell: Sendable {
    /// What is to be told to the control plane.
    package let reports: GatewayReports
    package let wan: Endpoint
    package let publicKey: PublicKey
    let loop: EventLoop<GatewayHandler>

    /// Binds the socket in the calling process's network namespace and starts the loop.
    package init(_ configuration: GatewayShellConfiguration) throws {
        let reports = GatewayReports()
        // The sockets are the handler's alone, so that they are closed when `stop` returns.
        let bound = Mutex<Endpoint>(configuration.wan)
        loop = try EventLoop(name: "gateway") { poller in
            let socket = try UDPSocket(bind: configuration.wan)
            bound.withLock { $0 = socket.local }
            let exposed = try configuration.exposedDescriptor.map { try UDPSocket(adopting: Descriptor(owning: $0)) }
            return try GatewayHandler(
                configuration, socket: socket, exposed: exposed, reports: reports, poller: poller)
        }
        self.reports = reports
        wan = bound.withLock { $0 }
        publicKey = configuration.privateKey.publicKey
    }

    /// Applies a revision; when this returns, resets are sent and no packet passes that the revision forbids.
    package func apply(_ revision: Revision) async throws -> Acknowledgement {
        try await loop.call { $0.apply(revision) }
    }

    /// Applies a batch and renews the lease, up to the first revision that cannot be applied.
    package func apply(_ batch: RevisionBatch) async throws -> [Acknowledgement] {
        try await loop.call { handler in
            var acknowledgements: [Acknowledgement] = []
            for revision in batch.revisions {
                acknowledgements.append(handler.apply(revision))
                if acknowledgements.last?.outcome == .needsSnapshot { break }
            }
            if acknowledgements.last?.outcome != .needsSnapshot { handler.renewLease(seconds: batch.leaseSeconds) }
            handler.knock(at: batch.agentPlaces ?? [])
            return acknowledgements
        }
    }

    /// The grants are good that long from now; `nil`: without end.
    package func renewLease(seconds: Double?) async throws {
        try await loop.call { $0.renewLease(seconds: seconds) }
    }

    /// The revision and the hash that are applied.
    package func applied() async throws -> (revision: UInt64, hash: String) {
        try await loop.call { ($0.core.revision, $0.core.contentHash) }
    }

    /// Tells everything decided so far to whoever watches.
    package func tellDecisions() async throws {
        try await loop.call { $0.tellDecisions() }
    }

    /// Whether decisions are told one by one.
    package func setWatched(_ isWatched: Bool) async throws {
        try await loop.call { $0.core.isWatched = isWatched }
    }

    /// All counters by name: `verdict.…`, `engine.…`, `wan.…`, `gateway.…`.
    package func counters() async throws -> [String: UInt64] {
        try await loop.call { $0.counters }
    }

    /// All peers, by public key.
    package func peers() async throws -> [PeerObservation] {
        try await loop.call { $0.observeAll(at: .now) }
    }

    /// Puts the state of every peer, and every flow touched so far, into the reports.
    func reportEverything() async throws {
        try await loop.call { $0.reportEverything() }
    }

    package func inject(_ fault: LinkFault, id: String, on selectors: [LinkSelector]) async throws {
        try await loop.call { $0.sender.links.inject(fault, id: id, on: selectors) }
    }

    /// Takes a link fault away; false when there was none of that id.
    package func heal(_ id: String) async throws -> Bool {
        try await loop.call { $0.sender.links.heal(id) }
    }

    /// Ends the loop; the sockets close with it.
    package func stop() async {
        loop.stop()
        _ = await loop.waitForEnd()
        reports.close()
    }
}
