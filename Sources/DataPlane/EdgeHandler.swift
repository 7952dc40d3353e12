import Addressing
import Capture
import LinkModel
import LinuxFabric
import Segmentation
import Timebase
import TunnelRouting
import WireGuardProtocol

/// Many agents, or many laptops, on one loop's thread, each with an engine and a TUN device of its own.
///
/// Agents share one socket and are told apart by the WAN address that a datagram hit; laptops have a socket each.
final class EdgeHandler: EventHandler {
    private static let sharedToken: UInt64 = 0
    /// Batches or packets that one descriptor may take before the others get their turn.
    private static let batchesPerTurn = 8
    private static let slotHeadRoomBytes = 32
    private static let slotBytes = 2048
    private static let slotCount = 256
    /// Packets that a device gives before the others get their turn; one may be cut into 46 and more.
    private static let packetsPerTurn = 16

    let sender: WanSender
    let poller: Poller
    private let shared: Outlet?
    private let onEvent: (@Sendable (String, EngineEvent) -> Void)?
    private var edges: [String: Edge] = [:]
    private var edgesByNumber: [UInt64: Edge] = [:]
    /// For the shared socket: who has which WAN address.
    private var edgesByWan: [IPv4Address: Edge] = [:]
    private var nextNumber: UInt64 = 1
    private var touched: [Edge] = []
    private var deadlines = DeadlineQueue<UInt64>()
    private let batch = DatagramBatch()
    /// Packets of the batch for one edge's device, which may become one.
    private var joiner = SegmentJoiner()
    private var joined: Edge?
    /// One packet from a TUN device.
    private let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
    /// What is cut from it, sealed where it lies and kept until the next flush.
    private let slab = UnsafeMutableRawBufferPointer.allocate(byteCount: slotBytes * slotCount, alignment: 64)
    private var usedSlots = 0
    private var unknownAddress: UInt64 = 0
    private var truncated: UInt64 = 0

    init(
        shared: UDPSocket?, linkSeed: UInt64, onEvent: (@Sendable (String, EngineEvent) -> Void)?, poller: Poller
    ) throws {
        self.poller = poller
        self.onEvent = onEvent
        self.shared = shared.map { Outlet($0) }
        sender = WanSender(links: ImpairedLinks(seed: linkSeed))
        if let shared { try poller.watch(shared.number, token: Self.sharedToken) }
    }

    deinit {
        frame.deallocate()
        slab.deallocate()
    }

    // MARK: Commands

    /// Brings an edge up: on the shared socket, or on one that was made for it.
    func start(_ name: String, _ configuration: EdgeConfiguration, socket: UDPSocket?) throws {
        guard edges[name] == nil else { throw EdgeRefusal.alreadyThere(name) }
        if shared != nil, edgesByWan[configuration.wan] != nil {
            throw EdgeRefusal.addressInUse(configuration.wan)
        }
        guard let outlet = socket.map({ Outlet($0, capacityDatagrams: 64) }) ?? shared else {
            throw EdgeRefusal.unknown(name)
        }
        flush()
        // What waits in the device was meant for a tunnel that is gone.
        let joinsDatagrams = configuration.tun.enableOffloads()
        while configuration.tun.read(into: frame) != nil {}
        let edge = try Edge(name, configuration, number: nextNumber, outlet: outlet, at: poller.now)
        edge.joinsDatagrams = joinsDatagrams
        nextNumber += 1
        try poller.watch(configuration.tun.number, token: Self.tunToken(edge))
        if socket != nil { try poller.watch(outlet.socket.number, token: Self.socketToken(edge)) }
        edges[name] = edge
        edgesByNumber[edge.number] = edge
        if socket == nil { edgesByWan[configuration.wan] = edge }
        drain(edge, at: poller.now)
    }

    func stop(_ name: String) throws {
        let edge = try find(name)
        try poller.forget(edge.configuration.tun.number)
        if edge.outlet !== shared { try poller.forget(edge.outlet.socket.number) }
        edges[name] = nil
        edgesByNumber[edge.number] = nil
        if edgesByWan[edge.configuration.wan] === edge { edgesByWan[edge.configuration.wan] = nil }
    }

    /// Changes the place that an edge sends from; keys and connections stay, as when a laptop changes its network.
    func roam(_ name: String, to wan: IPv4Address, socket: UDPSocket?) throws {
        let edge = try find(name)
        if let socket {
            try poller.forget(edge.outlet.socket.number)
            edge.outlet = Outlet(socket, capacityDatagrams: 64)
            try poller.watch(socket.number, token: Self.socketToken(edge))
        } else {
            if let other = edgesByWan[wan], other !== edge { throw EdgeRefusal.addressInUse(wan) }
            edgesByWan[edge.configuration.wan] = nil
            edgesByWan[wan] = edge
        }
        edge.configuration.wan = wan
    }

    /// Starts a handshake now; false when the engine may not.
    func forceHandshake(_ name: String) throws -> Bool {
        let edge = try find(name)
        let now = poller.now
        defer { drain(edge, at: now) }
        return edge.engine.forceHandshake(edge.gateway, at: now)
    }

    /// Sends an empty packet, which confirms the keys in use.
    func sendKeepalive(_ name: String) throws {
        let edge = try find(name)
        let now = poller.now
        edge.engine.sendKeepalive(edge.gateway, at: now)
        drain(edge, at: now)
    }

    func forceHandshakes() {
        let now = poller.now
        for edge in edges.values.sorted(by: { $0.number < $1.number }) {
            edge.engine.forceHandshake(edge.gateway, at: now)
            drain(edge, at: now)
        }
    }

    func statistics(_ name: String) throws -> EdgeStatistics {
        guard let statistics = try find(name).statistics(at: poller.now) else { throw EdgeRefusal.unknown(name) }
        return statistics
    }

    var names: [String] { edges.keys.sorted() }

    var counters: [String: UInt64] {
        var counters = sender.counters
        counters["edge.unknownAddress"] = unknownAddress
        counters["wan.truncated"] = truncated
        return counters
    }

    func find(_ name: String) throws(EdgeRefusal) -> Edge {
        guard let edge = edges[name] else { throw .unknown(name) }
        return edge
    }

    // MARK: EventHandler

    func ready(_ token: UInt64, _ readiness: Readiness) {
        if token == Self.sharedToken {
            if let shared { receive(from: shared, of: nil) }
        } else if let edge = edgesByNumber[token >> 1] {
            if token & 1 == 0 { receive(from: edge.outlet, of: edge) } else { readTun(of: edge) }
        }
    }

    func deadlinePassed(at now: Moment) {
        while let number = deadlines.popDue(at: now) {
            guard let edge = edgesByNumber[number], let scheduled = edge.scheduled, scheduled <= now else { continue }
            edge.scheduled = nil
            edge.engine.advance(to: now)
            drain(edge, at: now)
        }
        sender.release(at: now)
    }

    func batchEnded(at now: Moment) {
        flush()
        for edge in touched {
            edge.isTouched = false
            guard let deadline = edge.engine.nextDeadline else { continue }
            // An earlier entry wakes too early, finds nothing due, and the edge is entered again.
            if let scheduled = edge.scheduled, scheduled <= deadline { continue }
            edge.scheduled = deadline
            deadlines.insert(edge.number, at: deadline)
        }
        touched.removeAll(keepingCapacity: true)
        poller.deadline = deadlines.next
        if let other = sender.nextDeadline { poller.deadline = min(poller.deadline ?? other, other) }
    }

    private static func socketToken(_ edge: Edge) -> UInt64 { edge.number << 1 }

    private static func tunToken(_ edge: Edge) -> UInt64 { edge.number << 1 | 1 }

    // MARK: From the gateway

    private func receive(from outlet: Outlet, of owner: Edge?) {
        for _ in 0..<Self.batchesPerTurn {
            let count: Int
            do {
                count = try outlet.socket.receive(into: batch)
            } catch {
                // An ICMP error about something sent earlier; the socket itself goes on.
                owner?.socketErrors += 1
                return
            }
            let now = Moment.now
            for index in 0..<count {
                guard !batch.isTruncated(index) else {
                    truncated += 1
                    continue
                }
                guard let edge = owner ?? edgesByWan[batch.local(index)] else {
                    unknownAddress += 1
                    continue
                }
                receive(index, for: edge, at: now)
            }
            // The next batch takes the place of this one.
            writeJoined()
            if !batch.isFull { return }
        }
    }

    private func receive(_ index: Int, for edge: Edge, at now: Moment) {
        let payload = batch.payload(index)
        if case .packet(_, let range) = edge.engine.receive(
            payload, from: batch.remote(index), to: batch.local(index), at: now)
        {
            let packet = UnsafeMutableRawBufferPointer(rebasing: payload[range])
            sender.tap?.packet(UnsafeRawBufferPointer(packet), of: edge.name, .inbound)
            if edge.core.receiveFromTunnel(packet) == .passed { write(packet, of: edge) }
        }
        drain(edge, at: now)
    }

    private func write(_ packet: UnsafeMutableRawBufferPointer, of edge: Edge) {
        guard edge.configuration.tun.takesLongPackets else {
            sender.tap?.flush()
            if !edge.configuration.tun.write(UnsafeRawBufferPointer(packet)) { edge.writeFailures += 1 }
            return
        }
        if joined !== edge { writeJoined() }
        joined = edge
        if !joiner.add(packet, joinsDatagrams: edge.joinsDatagrams) {
            writeJoined()
            joined = edge
            _ = joiner.add(packet, joinsDatagrams: edge.joinsDatagrams)
        }
    }

    /// Writes what waits to be joined.
    private func writeJoined() {
        guard let edge = joined else { return }
        joined = nil
        let count = joiner.count
        // Whoever waits for the packet may end the lab with it: it is in the capture first.
        sender.tap?.flush()
        if count > 0, !edge.configuration.tun.write(&joiner) { edge.writeFailures += UInt64(count) }
        joiner.removeAll()
    }

    // MARK: From the host

    private func readTun(of edge: Edge) {
        let now = Moment.now
        for _ in 0..<Self.packetsPerTurn {
            guard let (count, offload) = edge.configuration.tun.read(into: frame) else { return }
            guard
                var cutter = PacketCutter(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(frame)[..<count]), offload)
            else {
                edge.unfitPackets += 1
                continue
            }
            while cutter.nextByteCount != nil {
                if usedSlots == Self.slotCount { flush() }
                let slot = slot(usedSlots)
                let room = UnsafeMutableRawBufferPointer(
                    rebasing: slot[Self.slotHeadRoomBytes..<slot.count - Self.slotHeadRoomBytes])
                guard let byteCount = cutter.next(into: room) else {
                    edge.unfitPackets += 1
                    break
                }
                usedSlots += 1
                send(slot, byteCount: byteCount, of: edge, at: now)
            }
        }
    }

    private func send(_ slot: UnsafeMutableRawBufferPointer, byteCount: Int, of edge: Edge, at now: Moment) {
        let range = Self.slotHeadRoomBytes..<Self.slotHeadRoomBytes + byteCount
        let packet = UnsafeMutableRawBufferPointer(rebasing: slot[range])
        sender.tap?.packet(UnsafeRawBufferPointer(packet), of: edge.name, .outbound)
        guard edge.core.receiveFromHost(packet) == .passed else { return }
        if case .datagram(let sealed, let remote, _) = edge.engine.seal(
            slot, packet: range, to: edge.gateway, at: now)
        {
            sender.send(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(slot)[sealed]), to: remote,
                from: edge.configuration.wan, through: edge.outlet, at: now)
        }
        drain(edge, at: now)
    }

    private func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: slab[index * Self.slotBytes..<(index + 1) * Self.slotBytes])
    }

    private func flush() {
        sender.flush()
        usedSlots = 0
    }

    /// Sends and tells what the engine wants; every call to an engine is followed by this.
    private func drain(_ edge: Edge, at now: Moment) {
        while let output = edge.engine.nextOutput() {
            switch output {
            case .datagram(let bytes, let remote, _):
                bytes.withUnsafeBytes {
                    sender.send(
                        copying: $0, to: remote, from: edge.configuration.wan, through: edge.outlet, at: now)
                }
            case .event(let event):
                onEvent?(edge.name, event)
            }
        }
        guard !edge.isTouched else { return }
        edge.isTouched = true
        touched.append(edge)
    }
}
