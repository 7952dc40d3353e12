import Addressing
import CTestHooks
import Testing
import Timebase

@testable import WireGuardProtocol

@Suite("Memory that the engine takes per packet")
struct AllocationTests {
    #if DEBUG
        /// Generic code of the standard library, which an optimized build has inlined, takes one: no more than that.
        private static let limit = 1.1
    #else
        private static let limit = 0.01
    #endif

    @Test("Sealing and opening take none, with either cipher", arguments: DataCipher.allCases)
    func data(cipher: DataCipher) throws {
        var configuration = EngineConfiguration()
        configuration.cipher = cipher
        let pair = try Pair(configuration: configuration)
        pair.connect()
        let rounds = 20_000
        let packet = innerPacket(1, byteCount: 1400)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 64)
        defer { room.deallocate() }
        var arrived = 0
        /// One packet from one party to the other, worked on in place.
        func pass(_ from: Party, _ to: Party, _ peer: PeerHandle) {
            packet.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: room[16...]).copyMemory(from: $0) }
            guard
                case .datagram(let range, _, _) = from.engine.seal(
                    room, packet: 16..<16 + packet.count, to: peer, at: pair.world.now)
            else { return }
            let datagram = UnsafeMutableRawBufferPointer(rebasing: room[range])
            if case .packet = to.engine.receive(
                datagram, from: from.place, to: to.place.address, at: pair.world.now)
            {
                arrived += 1
            }
        }
        func exchange(_ count: Int) {
            for _ in 0..<count {
                pass(pair.anna, pair.hub, pair.toHub)
                pass(pair.hub, pair.anna, pair.toAnna)
            }
        }
        // The ring of the replay window comes with the 65th packet.
        exchange(100)
        let before = allocation_count()
        exchange(rounds)
        let taken = allocation_count() - before
        #expect(arrived == 2 * (rounds + 100))
        #expect(Double(taken) / Double(2 * rounds) < Self.limit, "blocks a packet")
    }
}
