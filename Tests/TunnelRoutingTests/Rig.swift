import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

/// A gateway core with people and agents of a small world, and a hand to play them.
///
/// Anna and Ben have permissions on park-a and park-b, which both use 192.168.1.0/24; Anna's winner is park-a, Ben's park-b.
struct Rig {
    var core: GatewayCore
    var view: ReleasedView
    var number: UInt64 = 0
    var now = Moment(nanoseconds: 5_000_000_000_000)
    var slots: [PublicKey: PeerSlot] = [:]
    var removed: [PeerSlot] = []

    static let anna = IPv4Address(100, 64, 0, 5)
    static let ben = IPv4Address(100, 64, 0, 6)
    static let gateway = IPv4Address(100, 64, 0, 1)
    static let inverter = IPv4Address(192, 168, 1, 20)
    static let onlyB = IPv4Address(192, 168, 2, 20)
    static let wan = Endpoint(IPv4Address(198, 51, 100, 7), 50_000)

    static func key(_ number: UInt8) -> PublicKey {
        guard let key = PublicKey(bytes: [UInt8](repeating: number, count: 32)) else { preconditionFailure() }
        return key
    }

    static func route(_ prefix: String, _ plant: PlantID?, reachable: Bool = true) -> RouteEntry {
        guard let prefix = Prefix(prefix) else { preconditionFailure("bad prefix") }
        return RouteEntry(range: prefix.range, plant: plant, isReachable: reachable)
    }

    static func agent(_ id: AgentID, _ plant: PlantID, key number: UInt8, _ subnets: [String]) -> AgentEntry {
        AgentEntry(agent: id, plant: plant, publicKey: key(number), subnets: subnets.compactMap { Prefix($0) })
    }

    init(configuration: GatewayConfiguration = GatewayConfiguration()) {
        core = GatewayCore(configuration: configuration)
        view = ReleasedView(
            people: [
                PersonEntry(
                    person: "anna", publicKey: Self.key(1), tunnelAddress: Self.anna,
                    routes: [Self.route("192.168.1.0/24", "park-a"), Self.route("192.168.2.0/24", "park-b")]),
                PersonEntry(
                    person: "ben", publicKey: Self.key(2), tunnelAddress: Self.ben,
                    routes: [Self.route("192.168.1.0/24", "park-b")]),
            ],
            agents: [
                Self.agent("agent-a", "park-a", key: 11, ["192.168.1.0/24"]),
                Self.agent("agent-b", "park-b", key: 12, ["192.168.1.0/24", "192.168.2.0/24"]),
            ])
        publish()
        for key in [11, 12] as [UInt8] { core.setLive(true, agent: slot(key), at: now) }
    }

    /// Applies the whole view as a snapshot.
    @discardableResult
    mutating func publish() -> GatewayCore.Applied {
        number += 1
        return apply(Revision(number: number, generation: number, hash: view.contentHash, content: .snapshot(view)))
    }

    @discardableResult
    mutating func apply(_ revision: Revision) -> GatewayCore.Applied {
        let applied = core.apply(revision, at: now)
        for peer in applied.addedPeers { slots[peer.publicKey] = peer.slot }
        removed = applied.removedPeers
        return applied
    }

    func slot(_ key: UInt8) -> PeerSlot {
        guard let slot = slots[Self.key(key)] else { preconditionFailure("no peer of key \(key)") }
        return slot
    }

    struct Outcome {
        var verdict: Verdict
        var destination: PeerSlot?
        var packet: [UInt8]
        /// What the gateway itself sent because of it.
        var sent: [(peer: PeerSlot, packet: ReadPacket)]
    }

    /// Lets a peer send a packet.
    mutating func send(_ packet: [UInt8], from key: UInt8) -> Outcome { send(packet, slot: slot(key)) }

    mutating func send(_ packet: [UInt8], slot: PeerSlot) -> Outcome {
        var bytes = packet
        let fate = bytes.withUnsafeMutableBytes { core.receive($0, from: slot, source: Self.wan, at: now) }
        return Outcome(
            verdict: fate.verdict, destination: fate.destination, packet: Array(bytes.prefix(fate.byteCount)),
            sent: drain())
    }

    /// Takes what the gateway made itself.
    mutating func drain() -> [(peer: PeerSlot, packet: ReadPacket)] {
        var sent: [(peer: PeerSlot, packet: ReadPacket)] = []
        core.outbox.drain { peer, bytes in
            guard let packet = ReadPacket([UInt8](bytes)) else {
                Issue.record("the gateway made a packet that is none")
                return
            }
            sent.append((peer, packet))
        }
        return sent
    }

    mutating func pass(_ span: Span) {
        now = now + span
        core.advance(to: now)
    }
}
