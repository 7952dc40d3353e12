import Addressing
import CTestHooks
import Testing
import Timebase

@testable import TunnelRouting

/// The packet path works in memory that it has: what it takes per packet is counted, block by block.
@Suite("Memory that the gateway takes per packet")
struct AllocationTests {
    private static let rounds = 10_000
    #if DEBUG
        /// An unoptimized build takes some for accessors and generic code that an optimized one has inlined: how many is held here, so
        /// that one more a packet is seen.
        private static let (forwardedLimit, refusedLimit) = (24.5, 7.0)
    #else
        private static let (forwardedLimit, refusedLimit) = (0.1, 0.1)
    #endif

    /// Lets peers send copies of their packets in turn, a thousand rounds a second, and passes on the news after each round as a
    /// shell does.
    ///
    /// - Returns: how many blocks of memory a round took; those of the reports once a second are among them.
    private func allocations(_ rig: inout Rig, _ packets: [(bytes: [UInt8], peer: PeerSlot, verdict: Verdict)])
        -> Double
    {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 64)
        defer { room.deallocate() }
        var wrong = 0
        var told = 0
        let before = allocation_count()
        for round in 0..<Self.rounds {
            rig.now = rig.now + .milliseconds(1)
            for index in packets.indices {
                let packet = packets[index]
                packet.bytes.withUnsafeBytes { room.copyMemory(from: $0) }
                let buffer = UnsafeMutableRawBufferPointer(rebasing: room[..<packet.bytes.count])
                let fate = rig.core.receive(buffer, from: packet.peer, source: Rig.wan, at: rig.now)
                if fate.verdict != packet.verdict { wrong += 1 }
            }
            rig.core.outbox.drain { _, bytes in told += bytes.count }
            if round % 1000 == 0 { rig.core.advance(to: rig.now) }
            told += rig.core.takeNews().touches.count
        }
        let taken = Double(allocation_count() - before) / Double(Self.rounds)
        #expect(wrong == 0 && told > 0)
        return taken
    }

    @Test("The counter counts")
    func counter() {
        let before = allocation_count()
        let blocks = (1...100).map { [UInt8](repeating: 1, count: $0) }
        #expect(allocation_count() - before >= UInt64(blocks.count))
    }

    @Test("Forwarded packets take none, whatever their transport; reports once a second take a few")
    func forwarded() {
        var rig = Rig()
        let (anna, park) = (rig.slot(1), rig.slot(11))
        let (user, device) = (Endpoint(Rig.anna, 4000), Endpoint(Rig.inverter, 502))
        let taken = allocations(
            &rig,
            [
                (Packets.udp(user, device), anna, .forwarded), (Packets.udp(device, user), park, .forwarded),
                (Packets.tcp(user, device, .ack, sequence: 10, acknowledgement: 20), anna, .forwarded),
                (Packets.tcp(device, user, .ack, sequence: 20, acknowledgement: 10), park, .forwarded),
                (Packets.echo(Rig.anna, Rig.inverter, id: 7), anna, .forwarded),
                (Packets.echo(Rig.inverter, Rig.anna, id: 7, isReply: true), park, .forwarded),
                (Packets.echo(Rig.anna, Rig.gateway, id: 8), anna, .echoAnswered),
            ])
        #expect(taken < Self.forwardedLimit, "blocks a round of seven packets")
    }

    @Test("Nor do packets that are refused or dropped, though the gateway answers")
    func refused() {
        var rig = Rig()
        let (anna, park) = (rig.slot(1), rig.slot(11))
        let user = Endpoint(Rig.anna, 4000)
        let taken = allocations(
            &rig,
            [
                (Packets.udp(user, Endpoint(IPv4Address(10, 9, 9, 9), 1)), anna, .noPermission),
                (Packets.udp(user, Endpoint(Rig.ben, 1)), anna, .userToUser),
                (Packets.udp(Endpoint(Rig.ben, 1), Endpoint(Rig.inverter, 1)), anna, .spoofedSource),
                (Packets.udp(Endpoint(Rig.inverter, 1), user), park, .noFlow),
                (Packets.udp(Endpoint(Rig.onlyB, 1), user), park, .sourceOutsidePlant),
            ])
        #expect(taken < Self.refusedLimit, "blocks a round of five packets")
    }
}
