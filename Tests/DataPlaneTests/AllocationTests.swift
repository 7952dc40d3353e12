import Addressing
import CTestHooks
import LinuxFabric
import Testing

@testable import DataPlane

/// Each loop counts the blocks of memory that its own thread takes.
@Suite("Memory that the shells take per packet", .serialized, .timeLimit(.minutes(1)))
struct AllocationTests {
    private static let rounds = 2_000
    /// Blocks a round, of one packet up and one down; what is reported once a second is among them.
    #if DEBUG
        /// An unoptimized build takes some for accessors and generic code that an optimized one has inlined: how many is held here, so
        /// that one more a packet is seen.
        private static let limits = ["laptops": 9.5, "gateway": 17.0, "agents": 9.5]
    #else
        private static let limits = ["laptops": 0.1, "gateway": 0.1, "agents": 0.1]
    #endif

    /// How many blocks the three loops have taken so far: laptops', gateway's, agents'.
    private func counts(_ rig: ShellTests.Rig) async throws -> [UInt64] {
        [
            try await rig.laptops.loop.call { _ in allocation_count() },
            try await rig.gateway.loop.call { _ in allocation_count() },
            try await rig.agents.loop.call { _ in allocation_count() },
        ]
    }

    /// One packet up and one down at a time, so that each is a batch of its own.
    private func exchange(_ rig: ShellTests.Rig, rounds: Int) throws -> Int {
        let (laptop, plant) = (try rig.host("anna"), try rig.host("park-a"))
        let request = Packets.udp(Endpoint(ShellTests.anna, 4000), ShellTests.device)
        let answer = Packets.udp(ShellTests.device, Endpoint(ShellTests.anna, 4000), "answer")
        for round in 0..<rounds {
            laptop.send(request)
            guard plant.receive() != nil else { return round }
            plant.send(answer)
            guard laptop.receive() != nil else { return round }
        }
        return rounds
    }

    @Test("A packet and its answer pass laptop, gateway and agent, and no loop takes memory for them")
    func path() async throws {
        let rig = try await ShellTests().start()
        // What is made once is made now.
        #expect(try exchange(rig, rounds: 200) == 200)
        let before = try await counts(rig)
        #expect(try exchange(rig, rounds: Self.rounds) == Self.rounds)
        let after = try await counts(rig)
        for (name, (before, after)) in zip(["laptops", "gateway", "agents"], zip(before, after)) {
            let taken = Double(after - before) / Double(Self.rounds)
            #expect(taken < Self.limits[name] ?? 0, "\(name)")
        }
        await rig.stop()
    }
}
