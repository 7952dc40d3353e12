import AccessModel
import Addressing
import ControlProtocol
import LinuxFabric
import Synchronization
import Testing
import Timebase
import WireGuardProtocol

@testable import DataPlane

/// A real gateway shell against a control plane of this test, over HTTP.
@Suite("Gateway and control plane in step", .serialized, .timeLimit(.minutes(1)))
struct SyncTests {
    /// Runs the body with a syncing gateway.
    func withSync(
        lease: Double? = nil,
        _ body: (FakeControlPlane, GatewayShell, ControlPlaneClient, GatewaySync) async throws -> Void
    ) async throws {
        let control = try await FakeControlPlane()
        control.state.withLock { $0.leaseSeconds = lease }
        let gateway = try GatewayShell(
            GatewayShellConfiguration(privateKey: try World.key(200), wan: Endpoint(IPv4Address(127, 0, 0, 1), 0)))
        let client = ControlPlaneClient(base: control.base, bearer: "secret")
        let sync = GatewaySync(
            shell: gateway, client: client, incarnation: GatewayIncarnation(id: "g1"), waitSeconds: 1)
        let work = Task { await sync.run() }
        let result: Result<Void, any Error>
        do {
            try await body(control, gateway, client, sync)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        work.cancel()
        await gateway.stop()
        await work.value
        try await control.stop()
        try result.get()
    }

    func delta(_ number: UInt64, _ view: ReleasedView, people: [PersonEntry]) -> Revision {
        Revision(
            number: number, generation: number, hash: view.contentHash,
            content: .delta(.init(base: number - 1, people: people)))
    }

    @Test("A snapshot and a delta are applied and acknowledged")
    func steps() async throws {
        try await withSync { control, gateway, _, sync in
            let first = try ShellTests.view(annaTo: "park-a")
            control.state.withLock { $0.revisions = [ShellTests.revision(1, first)] }
            #expect(await control.wait { $0.acknowledgements.map(\.revision) == [1] })
            let second = try ShellTests.view(annaTo: "park-b")
            let change = delta(2, second, people: second.people)
            control.state.withLock { $0.revisions.append(change) }
            #expect(await control.wait { $0.acknowledgements.map(\.revision) == [1, 2] })
            #expect(control.state.withLock { $0.acknowledgements.allSatisfy { $0.outcome == .applied } })
            let applied = try await gateway.applied()
            #expect(applied.revision == 2 && applied.hash == second.contentHash)
            #expect(sync.status.lastAnswer != nil)
        }
    }

    @Test("A wrong hash is acknowledged as such, and a snapshot is fetched")
    func mismatch() async throws {
        try await withSync { control, gateway, _, sync in
            let first = try ShellTests.view(annaTo: "park-a")
            control.state.withLock { $0.revisions = [ShellTests.revision(1, first)] }
            #expect(await control.wait { !$0.acknowledgements.isEmpty })
            let second = try ShellTests.view(annaTo: "park-b")
            var bad = delta(2, second, people: second.people)
            bad.hash = first.contentHash
            let broken = bad
            control.state.withLock { $0.revisions.append(broken) }
            #expect(await control.wait { $0.acknowledgements.last?.outcome == .needsSnapshot })
            control.state.withLock { $0.revisions[1] = ShellTests.revision(2, second) }
            #expect(await control.wait { $0.acknowledgements.last?.outcome == .applied })
            #expect(try await gateway.applied().revision == 2)
            #expect(sync.status.snapshotsWanted >= 1)
            #expect(control.state.withLock { $0.polls.contains { $0.contains("since=0") } })
        }
    }

    @Test(
        "Messages that are lost, doubled, late or overtaken end in the same state",
        arguments: [MessageFate.drop, .duplicate, .delay(.milliseconds(50)), .overtaken])
    func faults(fate: MessageFate) async throws {
        try await withSync { control, gateway, client, _ in
            let first = try ShellTests.view(annaTo: "park-a")
            control.state.withLock { $0.revisions = [ShellTests.revision(1, first)] }
            #expect(await control.wait { !$0.acknowledgements.isEmpty })
            let struck = Atomic<Int>(0)
            client.gate.setFilter { message in
                guard message == .revisions || message == .acknowledgement else { return .pass }
                return struck.add(1, ordering: .relaxed).oldValue < 2 ? fate : .pass
            }
            let second = try ShellTests.view(annaTo: "park-b")
            let two = delta(2, second, people: second.people)
            let third = try ShellTests.view(annaTo: nil)
            let three = delta(3, third, people: third.people)
            control.state.withLock { $0.revisions.append(two) }
            while struck.load(ordering: .relaxed) == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            // A snapshot is what the fake gives to whoever asks from 0.
            control.state.withLock { $0.revisions.append(three) }
            let whole = ShellTests.revision(3, third)
            if fate == .overtaken {
                #expect(await control.wait { $0.acknowledgements.contains { $0.outcome == .needsSnapshot } })
                control.state.withLock { $0.revisions[2] = whole }
            }
            #expect(await control.wait { $0.acknowledgements.contains { $0.revision == 3 && $0.outcome == .applied } })
            #expect(try await gateway.applied().hash == third.contentHash)
        }
    }

    @Test("Answers renew the lease; without them it runs out, and the next answer brings the grants back")
    func lease() async throws {
        try await withSync(lease: 0.5) { control, gateway, client, _ in
            let view = try ShellTests.view(annaTo: "park-a")
            control.state.withLock { $0.revisions = [ShellTests.revision(1, view)] }
            #expect(await control.wait { !$0.acknowledgements.isEmpty })
            let host = try ShellTests.Host()
            let laptops = try LaptopShell()
            try await laptops.connect(
                "anna",
                ShellTests().laptop(1, .init(publicKey: gateway.publicKey, endpoint: gateway.wan), host))
            let packet = Packets.udp(Endpoint(ShellTests.anna, 1), ShellTests.device)
            /// How often a packet had that fate after one more was sent and refused.
            func refuse() async throws -> UInt64 {
                host.send(packet)
                #expect(host.receive() != nil)
                return try await gateway.counters()["verdict.leaseExpired"] ?? 0
            }
            #expect(try await refuse() == 0)
            control.state.withLock { $0.failures = .max }
            try await Task.sleep(for: .milliseconds(900))
            #expect(try await refuse() == 1)
            control.state.withLock { $0.failures = 0 }
            let polls = control.state.withLock { $0.polls.count }
            #expect(await control.wait { $0.polls.count >= polls + 2 })
            #expect(try await refuse() == 1)
            await laptops.stop()
        }
    }

    @Test("Flows and peers are posted, and posted again when the control plane failed")
    func reports() async throws {
        try await withSync { control, gateway, _, _ in
            let view = try ShellTests.view(annaTo: nil)
            control.state.withLock { $0.revisions = [ShellTests.revision(1, view)] }
            #expect(await control.wait { !$0.acknowledgements.isEmpty })
            let host = try ShellTests.Host()
            let laptops = try LaptopShell()
            try await laptops.connect(
                "anna",
                ShellTests().laptop(1, .init(publicKey: gateway.publicKey, endpoint: gateway.wan), host))
            control.state.withLock { $0.failures = 4 }
            host.send(Packets.udp(Endpoint(ShellTests.anna, 1), ShellTests.device))
            #expect(await control.wait { $0.flows.contains { $0.state == .denied && $0.person == "anna" } })
            let wan = try await laptops.statistics("anna").wan
            #expect(await control.wait { $0.peers.contains { $0.peers.contains { $0.endpoint == wan } } })
            let state = control.state.withLock { $0.peers.first }
            #expect(state?.incarnation == GatewayIncarnation(id: "g1"))
            await laptops.stop()
        }
    }

    @Test(
        "Heartbeats carry the token and come from the agent's own WAN address; an unknown path is an error with its status"
    )
    func agents() async throws {
        let control = try await FakeControlPlane()
        let client = ControlPlaneClient(base: control.base, bearer: "agent-token", from: IPv4Address(127, 1, 0, 7))
        let beating = Task {
            await client.beat(every: .milliseconds(10), version: "1", since: .now, now: { .now })
        }
        #expect(await control.wait { $0.heartbeats.count >= 3 })
        beating.cancel()
        await beating.value
        let beat = control.state.withLock { $0.heartbeats.first }
        #expect(beat?.authorization == "Bearer agent-token" && beat?.source == "127.1.0.7")
        let request = EnrolmentRequest(token: "t", publicKey: try World.key(9).publicKey)
        do {
            _ = try await client.enroll(request)
            Issue.record("the fake enrols nobody")
        } catch {
            #expect(error.status == 404 && error.detail.contains("not-found"))
        }
        try await control.stop()
    }
}
