import AccessModel
import Addressing
import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

/// Where a run stands still, what it tells of a failure, and how it tells it.
@Suite("Breaks, kept worlds, and what a failure carries", .timeLimit(.minutes(1)))
struct HoldTests {
    private static let step = "  - expect: { tunnel: { laptop: anna/laptop, state: up } }"

    private struct Outcome {
        var verdict: Verdict
        var events: [RunEvent]
        var holds: [Hold]
        var askedForRemains: Bool
    }

    private static func run(
        _ instance: Instance, _ state: Condition.TunnelState = .up, keeps: KeepLab = .never,
        breakAt: PathArgument? = nil, holding: Duration = .zero, packets: [PacketSighting] = []
    ) async -> Outcome {
        let events = Mutex<[RunEvent]>([])
        let holds = Mutex<[Hold]>([])
        let asked = Mutex(false)
        let world = FakeWorld { _, _, _ in .tunnel(state) }
        world.set { $0.packets = packets }
        let verdict = await ScenarioRun(
            instance, in: world, settings: RunSettings(label: "a", breakAt: breakAt, keeps: keeps),
            hold: { hold in
                holds.withLock { $0.append(hold) }
                try? await Task.sleep(for: holding)
            }, emit: { event in events.withLock { $0.append(event) } }
        ).run(remains: {
            asked.withLock { $0 = true }
            return []
        })
        return Outcome(
            verdict: verdict, events: events.withLock { $0 }, holds: holds.withLock { $0 },
            askedForRemains: asked.withLock { $0 })
    }

    @Test(
        "a world is kept when it was asked for, and then nobody asks what is left of it",
        arguments: [
            (KeepLab.never, Condition.TunnelState.up, nil), (.never, .idle, nil), (.onFailure, .up, nil),
            (.onFailure, .idle, .afterEnd(.failed)), (.always, .up, .afterEnd(.passed)),
        ] as [(KeepLab, Condition.TunnelState, Hold?)])
    func keeps(_ keeps: KeepLab, _ state: Condition.TunnelState, hold: Hold?) async throws {
        let outcome = await Self.run(try instance(Self.step), state, keeps: keeps)
        #expect(outcome.holds == (hold.map { [$0] } ?? []))
        #expect(outcome.askedForRemains == (hold == nil))
    }

    @Test("a break stops once, before the first step at its line or behind it, for longer than the scenario may take")
    func breaks() async throws {
        let plan = try instance("\(Self.step)\n\(Self.step)\n\(Self.step)", timeout: "50ms")
        let second = plan.steps[1].location
        for line in [second.line, second.line - 1] where line > plan.steps[0].location.line || line == second.line {
            let place = PathArgument("\(second.file):\(line)")
            let outcome = await Self.run(plan, breakAt: place, holding: .milliseconds(200))
            #expect(outcome.verdict == .passed)
            guard case .beforeStep(let label, _)? = outcome.holds.first, outcome.holds.count == 1 else {
                Issue.record("\(outcome.holds)")
                continue
            }
            #expect(label.path == [2])
        }
        #expect(await Self.run(plan, breakAt: PathArgument("other.scenario.yaml:1")).holds.isEmpty)
    }

    @Test("what the gateway did with packets is told of a failure only")
    func packets() async throws {
        let packet = PacketSighting(
            decision: 1, at: Timestamp(milliseconds: 1), person: "anna", plant: nil, isFromPerson: true,
            source: IPv4Address(100, 64, 0, 2), destination: IPv4Address(192, 168, 1, 40), transport: 6, port: 22,
            verdict: "forwarded", isForwarded: true, revision: 1, count: 1)
        for (state, count) in [(Condition.TunnelState.up, 0), (.idle, 1)] {
            let outcome = await Self.run(try instance(Self.step), state, packets: [packet])
            let told = outcome.events.count { if case .packets = $0.kind { true } else { false } }
            #expect(told == count)
        }
    }

    @Test("a scenario whose time is over in its setup is broken, not failed")
    func timeoutInSetup() async throws {
        let world = FakeWorld(do: { _, _ in
            try? await Task.sleep(for: .seconds(600))
            return ActionOutcome()
        })
        let ran = await ScenarioRunnerTests.run(try instance(Self.step, timeout: "100ms"), in: world)
        #expect(ran.verdict == .broken)
        #expect(ran.failure?.what.hasPrefix("it was not; setup 1/1 was under way: ") == true)
    }

    @Test("what the machine held us up is no time of the scenario's")
    func stalled() async throws {
        let clock = StallingClock()
        let world = FakeWorld(
            see: { _, _, _ in .tunnel(.up) },
            do: { _, _ in
                clock.stall(.milliseconds(5000))
                try? await Task.sleep(for: .milliseconds(600))
                return ActionOutcome()
            })
        let plan = try instance(Self.step, timeout: "200ms")
        #expect(await ScenarioRunnerTests.run(plan, in: world, clock: clock).verdict == .passed)
    }

    @Test("the last six changes stand beside a failure")
    func lastChanges() async throws {
        let world = FakeWorld { _, _, world in
            for number in 1...20 { world.tell(.note, "change \(number)") }
            return .tunnel(.idle)
        }
        let plan = try instance("  - eventually: { tunnel: { laptop: anna/laptop, state: up } }\n    within: 200ms")
        let ran = await ScenarioRunnerTests.run(plan, in: world)
        #expect(ran.failure?.lastChanges.count == 6)
    }

    @Test("what an action says of itself stands in its step")
    func notes() async throws {
        let world = FakeWorld(see: { _, _, _ in .tunnel(.up) }, do: { _, _ in ActionOutcome(notes: ["in 3 ms"]) })
        let ran = await ScenarioRunnerTests.run(try instance(Self.step), in: world)
        let notes = ran.events.compactMap { event in
            if case .stepFinished(let end) = event.kind { end.notes } else { nil }
        }
        #expect(notes == [["in 3 ms"], []])
    }

    @Test("a step of the setup that does not hold ends as broken, and the event says so")
    func brokenSetup() async throws {
        let outcome = await Self.run(try instance(Self.step, setup: Self.step), .idle)
        let verdicts = outcome.events.compactMap { event in
            if case .stepFinished(let end) = event.kind { end.verdict } else { nil }
        }
        #expect(verdicts == [.passed, .broken])
    }

    @Test("a rerun names the step's line, but not that of a flow from another file")
    func rerun() async throws {
        var plan = try instance(Self.step)
        let own = await Self.run(plan, .idle)
        let line = plan.steps[0].location.line
        #expect(Self.failure(own)?.rerun == "mirox-rig run test.scenario.yaml:\(line) --seed 0 --capture on")
        plan.name = "test[device=phone]"
        #expect(Self.failure(await Self.run(plan, .idle))?.rerun.contains(" --filter 'test[device=phone]' ") == true)
        plan.name = plan.id
        plan.steps[0].location.file = "Fixtures/flows/online.yaml"
        #expect(
            Self.failure(await Self.run(plan, .idle))?.rerun == "mirox-rig run test.scenario.yaml --seed 0 --capture on"
        )
    }

    private static func failure(_ outcome: Outcome) -> Failure? {
        for case .failed(let failure) in outcome.events.map(\.kind) { return failure }
        return nil
    }

    @Test("when one list of several fails, no further step of another begins")
    func parallelEnds() async throws {
        let red = """
              - parallel:
                  branches:
                    - [{ expect: { tunnel: { laptop: anna/laptop, state: idle } } }]
                    - [{ refresh: { for: anna } }, { refresh: { for: olga } }]
            """
        let failed = Gate()
        let world = FakeWorld(
            see: { _, _, _ in
                // The other list is in the middle of its first step when this one fails.
                await failed.arriveAndWait(for: 2)
                return .tunnel(.up)
            },
            do: { action, _ in
                guard case .refresh = action.verb else { return ActionOutcome() }
                await failed.arriveAndWait(for: 2)
                while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
                return ActionOutcome()
            })
        let ran = await ScenarioRunnerTests.run(try instance(red), in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.sentence.contains("is over within") == false, "the others end at once")
        let begun = ran.events.compactMap { event in
            if case .stepStarted(let start) = event.kind { start.step.path } else { nil }
        }
        #expect(begun.contains([1, 2, 1]) && !begun.contains([1, 2, 2]))
    }
}
