import Addressing
import Synchronization
package import TunnelRouting

/// What a gateway has to tell the control plane and has not told yet: the latest about each peer and each flow.
///
/// Written by the gateway's loop, emptied by whoever posts; bounded.
package final class GatewayReports: Sendable {
    private struct Pending {
        var peers: [PublicKey: PeerObservation] = [:]
        var peerOrder: [PublicKey] = []
        var flows: [UInt64: FlowTouch] = [:]
        var flowOrder: [UInt64] = []
        var lost: UInt64 = 0
    }

    private let pending = Mutex(Pending())
    private let flowLimit: Int
    /// Yields when there is something new; for one reader.
    package let bell: AsyncStream<Void>
    private let rope: AsyncStream<Void>.Continuation

    package init(flowLimit: Int = 131_072) {
        self.flowLimit = flowLimit
        (bell, rope) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func add(peers: [PeerObservation]) {
        guard !peers.isEmpty else { return }
        pending.withLock { pending in
            for peer in peers where pending.peers.updateValue(peer, forKey: peer.publicKey) == nil {
                pending.peerOrder.append(peer.publicKey)
            }
        }
        rope.yield()
    }

    package func add(flows: [FlowTouch]) {
        guard !flows.isEmpty else { return }
        pending.withLock { pending in
            for flow in flows {
                if pending.flows.updateValue(flow, forKey: flow.id) != nil { continue }
                pending.flowOrder.append(flow.id)
            }
            while pending.flowOrder.count > flowLimit {
                pending.flows[pending.flowOrder.removeFirst()] = nil
                pending.lost += 1
            }
        }
        rope.yield()
    }

    /// Takes everything, oldest first.
    package func takePeers() -> [PeerObservation] {
        pending.withLock { pending in
            defer { (pending.peers, pending.peerOrder) = ([:], []) }
            return pending.peerOrder.compactMap { pending.peers[$0] }
        }
    }

    /// Takes the oldest flows, at most that many.
    package func takeFlows(atMost limit: Int) -> [FlowTouch] {
        pending.withLock { pending in
            let ids = Array(pending.flowOrder.prefix(limit))
            pending.flowOrder.removeFirst(ids.count)
            return ids.compactMap { pending.flows.removeValue(forKey: $0) }
        }
    }

    /// Puts back what could not be posted; what came since is newer and stays.
    package func putBack(peers: [PeerObservation]) {
        pending.withLock { pending in
            let old = peers.filter { pending.peers[$0.publicKey] == nil }
            for peer in old { pending.peers[peer.publicKey] = peer }
            pending.peerOrder.insert(contentsOf: old.map(\.publicKey), at: 0)
        }
    }

    /// Puts back what could not be posted; what came since is newer and stays.
    package func putBack(flows: [FlowTouch]) {
        pending.withLock { pending in
            let old = flows.filter { pending.flows[$0.id] == nil }
            for flow in old { pending.flows[flow.id] = flow }
            pending.flowOrder.insert(contentsOf: old.map(\.id), at: 0)
        }
    }

    /// Flows that the audit will not hear of, because the control plane was away too long.
    package var lost: UInt64 { pending.withLock { $0.lost } }

    /// Wakes the reader although there may be nothing new.
    func ring() { rope.yield() }

    /// Ends the stream that wakes the reader.
    package func close() { rope.finish() }
}
