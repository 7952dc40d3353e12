import AccessModel
import Addressing
import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

/// A control plane in three lines: every change of intent is a generation, every sync a revision.
private func productLike(
    see: @escaping FakeWorld.Seeing = { _, _, _ in .tunnel(.up) },
    then: @escaping @Sendable (Action, FakeWorld) -> Void = { _, _ in }
) -> FakeWorld {
    let counter = Counter()
    return FakeWorld(
        see: see,
        do: { action, world in
            var outcome = ActionOutcome()
            switch action.verb {
            case .grant, .withdraw: outcome.generation = counter.nextGeneration()
            case .issue(let issue):
                outcome.generation = counter.nextGeneration()
                outcome.applied = [counter.apply(.person(issue.laptop.person))]
            case .revoke(let revocation):
                outcome.generation = counter.nextGeneration()
                outcome.applied = [counter.apply(.person(revocation.person))]
            case .usePark(let use): outcome.applied = [counter.apply(.person(use.person))]
            case .sync: outcome.applied = [counter.apply(.everyone)]
            default: break
            }
            then(action, world)
            return outcome
        })
}

private final class Counter: Sendable {
    private let state = Mutex((generation: UInt64(0), revision: UInt64(0)))

    func nextGeneration() -> UInt64 {
        state.withLock { state in
            state.generation += 1
            return state.generation
        }
    }

    func apply(_ scope: AppliedRevision.Scope) -> AppliedRevision {
        state.withLock { state in
            state.revision += 1
            return AppliedRevision(revision: state.revision, generation: state.generation, scope: scope)
        }
    }
}

@Suite("Invariants and `only`", .timeLimit(.minutes(1)))
struct InvariantTests {
    private let withdraw = """
          - withdraw: { from: anna, plant: sonnenfeld }
          - sync: { now: true }
          - expect: { tunnel: { laptop: anna/laptop, state: up } }
        """
    private let granted = "  - grant: { to: anna, plant: sonnenfeld }\n  - sync: { now: true }"

    // Revisions here: 1 issue, 2 the sync of the setup, 3 the sync behind the withdrawal.

    @Test("no-leak: a packet under the revision before the withdrawal is none, one under the revision after it is")
    func leak() async throws {
        let plan = try instance(withdraw, invariants: "[no-leak]", setup: granted)
        let late = productLike(then: { action, world in
            if case .withdraw = action.verb { world.forward("sonnenfeld", revision: 2) }
            if case .sync = action.verb { world.forward("sonnenfeld", revision: 2) }
        })
        let good = await run(plan, in: late)
        #expect(good.verdict == .passed, "\(String(describing: good.failure))")

        let leaking = productLike(
            see: { _, _, world in
                world.forward("sonnenfeld", revision: 3, record: "d-118: table of revision 2")
                return .tunnel(.up)
            })
        let hop = Explanation.Hop(node: "gateway", expected: "any way but into sonnenfeld", actual: "sonnenfeld")
        leaking.set { $0.explanation = Explanation(hops: [hop]) }
        let bad = await run(plan, in: leaking)
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.sentence.hasPrefix("invariant no-leak") == true)
        // The world is asked about that very packet, and what it says stands in the failure.
        let packet = StrayPacket(
            person: "anna", address: IPv4Address(192, 168, 1, 40), port: 22, plant: "sonnenfeld", revision: 3)
        #expect(leaking.suspects == [.packet(packet)])
        #expect(bad.failure?.hops == [hop])
        #expect(
            bad.failure?.what == "violated: a packet of anna for 192.168.1.40 went into sonnenfeld at revision 3, "
                + "where no plant is permitted")
        #expect(bad.failure?.why == ["d-118: table of revision 2"])
    }

    @Test("what both the gateway and the world say of a packet is said once")
    func saidOnce() async throws {
        let record = "d-118: table of revision 2"
        let world = productLike(see: { _, _, world in
            world.forward("sonnenfeld", revision: 3, record: record)
            return .tunnel(.up)
        })
        world.set { $0.explanation = Explanation(why: [record, "no permission covers it"]) }
        let ran = await run(try instance(withdraw, invariants: "[no-leak]", setup: granted), in: world)
        #expect(ran.failure?.why == [record, "no permission covers it"])
    }

    @Test("no-leak: a decision that comes before the news of its revision waits for it")
    func leakOrder() async throws {
        let plan = try instance(
            "  - expect: { tunnel: { laptop: anna/laptop, state: up } }", invariants: "[no-leak]", setup: granted)
        let world = productLike(then: { action, world in
            // The tick of the setup is not acknowledged to us yet, but packets already go.
            if case .sync = action.verb { world.forward("sonnenfeld", revision: 2) }
        })
        #expect(await run(plan, in: world).verdict == .passed)
    }

    @Test("no-leak: a revision that nobody acknowledged is broken, not passed")
    func leakUnknown() async throws {
        let plan = try instance(
            "  - expect: { tunnel: { laptop: anna/laptop, state: up } }", invariants: "[no-leak]", setup: granted)
        let world = productLike(see: { _, _, world in
            world.forward("sonnenfeld", revision: 9)
            return .tunnel(.up)
        })
        let ran = await run(plan, in: world)
        #expect(ran.verdict == .broken)
        #expect(ran.failure?.what.contains("revision 9") == true)
    }

    @Test("no-leak: ticks are heard of as changes, and count from their revision on")
    func leakTicking() async throws {
        let steps = """
              - sync: { every: 50ms }
              - withdraw: { from: anna, plant: sonnenfeld }
              - eventually: { tunnel: { laptop: anna/laptop, state: up } }
                within: 5s
            """
        let plan = try instance(steps, invariants: "[no-leak]", setup: granted)
        // Generations: 1 issue, 2 grant, 3 withdrawal. Revisions: 1 issue, 2 the setup's sync, 3 `every`, 9 a tick.
        func world(packetAt revision: UInt64) -> FakeWorld {
            productLike(see: { _, _, world in
                world.tell(.applied(AppliedRevision(revision: 9, generation: 3, scope: .everyone)))
                world.forward("sonnenfeld", revision: revision)
                return .tunnel(.up)
            })
        }
        #expect(await run(plan, in: world(packetAt: 3)).verdict == .passed)
        #expect(await run(plan, in: world(packetAt: 9)).verdict == .failed)
    }

    @Test("no-leak: nothing goes under a revoked certificate")
    func leakRevoked() async throws {
        let plan = try instance(
            "  - revoke: { for: anna }\n  - expect: { tunnel: { laptop: anna/laptop, state: up } }",
            invariants: "[no-leak]", setup: granted)
        let world = productLike(see: { _, _, world in
            world.forward("sonnenfeld", revision: 3)
            return .tunnel(.up)
        })
        #expect(await run(plan, in: world).verdict == .failed)
    }

    @Test("one-winner: two plants for one address within a revision are one too many, over revisions they are not")
    func oneWinner() async throws {
        let plan = try instance(
            "  - expect: { tunnel: { laptop: anna/laptop, state: up } }", invariants: "[one-winner]")
        func world(_ revisions: (UInt64, UInt64)) -> FakeWorld {
            productLike(see: { _, _, world in
                world.forward("park-a", revision: revisions.0)
                world.forward("park-b", revision: revisions.1)
                return .tunnel(.up)
            })
        }
        #expect(await run(plan, in: world((1, 2))).verdict == .passed)
        let bad = await run(plan, in: world((1, 1)))
        #expect(bad.verdict == .failed)
        #expect(
            bad.failure?.what
                == "violated: anna's packets for 192.168.1.40 went to park-a and to park-b within revision 1")
    }

    @Test("audit-complete: what went through and is not on record fails the scenario at its end")
    func audit() async throws {
        let plan = try instance(
            "  - expect: { tunnel: { laptop: anna/laptop, state: up } }", invariants: "[audit-complete]")
        let flow = AuditedFlow(
            person: "anna", plant: "sonnenfeld", device: IPv4Address(192, 168, 1, 40), transport: 6, port: 22)
        func world() -> FakeWorld {
            productLike(see: { _, _, world in
                world.forward("sonnenfeld", revision: 1)
                return .tunnel(.up)
            })
        }
        let complete = world()
        complete.set { $0.audited = [flow] }
        #expect(await run(plan, in: complete).verdict == .passed)
        let bad = await run(plan, in: world())
        #expect(bad.verdict == .failed)
        #expect(
            bad.failure?.what == "missing in the audit: anna -> sonnenfeld 192.168.1.40:22 (protocol 6)")
    }

    @Test("a gateway that does not tell what it decided is broken")
    func silentGateway() async throws {
        let plan = try instance(
            "  - expect: { tunnel: { laptop: anna/laptop, state: up } }", invariants: "[no-leak]")
        let world = productLike()
        world.set { $0.answersMarks = false }
        #expect(await run(plan, in: world).verdict == .broken)
    }

    @Test("only: a stray packet between two probes is seen, one from before the step is not held against it")
    func only() async throws {
        let plan = try instance(
            """
              - always:
                  reach: { from: anna/laptop, to: service-pc, via: ssh, answered-by: sonnenfeld, only: true }
                during: 60ms
            """)
        let clean = productLike(see: { _, _, _ in .reach(.answered, by: "sonnenfeld") }) { _, world in
            world.forward("park-b", revision: 1)
        }
        let good = await run(plan, in: clean)
        #expect(good.verdict == .passed, "\(String(describing: good.failure))")
        let stray = productLike(see: { _, _, world in
            world.forward("park-b", revision: 1)
            return .reach(.answered, by: "sonnenfeld")
        })
        let bad = await run(plan, in: stray)
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.what.hasSuffix("for 192.168.1.40 went to park-b") == true)
        let others = productLike(see: { _, _, world in
            world.forward("park-b", revision: 1, person: "ben")
            return .reach(.answered, by: "sonnenfeld")
        })
        #expect(await run(plan, in: others).verdict == .passed, "it is about this person's packets")
    }
}
