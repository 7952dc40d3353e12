import AccessModel
import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

@Suite("Runs", .timeLimit(.minutes(1)))
struct RunTests {
    private let step = "  - expect: { tunnel: { laptop: anna/laptop, state: up } }"

    @Test("a world that does not come up is broken, and is taken down all the same")
    func start() async throws {
        let world = FakeWorld()
        world.set { $0.startProblem = WorldProblem(.environment, "no namespaces here") }
        let ran = await run(try instance(step), in: world)
        #expect(ran.verdict == .broken)
        #expect(ran.failure?.what == "no namespaces here")
        #expect(world.isFinished)
    }

    @Test("what goes wrong in the setup is broken, whatever it is")
    func setup() async throws {
        let plan = try instance(step, setup: "  - expect: { tunnel: { laptop: anna/laptop, state: idle } }")
        let ran = await run(plan, in: FakeWorld { _, _, _ in .tunnel(.up) })
        #expect(ran.verdict == .broken)
        #expect(ran.failure?.step.map(\.description) == "setup 2/2")
    }

    @Test(
        "a refusal is expected by name: another one, or none, fails",
        arguments: [("certificate-exists", Verdict.passed), ("busy", .failed), (nil, .failed)] as [(String?, Verdict)])
    func refused(name: String?, verdict: Verdict) async throws {
        let plan = try instance("  - issue: { for: anna, laptop: phone, refused: certificate-exists }")
        let world = FakeWorld(
            do: { action, _ throws(WorldProblem) in
                if case .issue(let issue) = action.verb, issue.laptop.name == "phone", let name {
                    throw WorldProblem(.refused(name: name), "one is enough")
                }
                return ActionOutcome()
            })
        let ran = await run(plan, in: world)
        #expect(ran.verdict == verdict)
    }

    @Test("an action that is refused unexpectedly fails; one that the rig cannot do is broken")
    func problems() async throws {
        let plan = try instance("  - sync: { now: true }")
        func world(_ problem: WorldProblem) -> FakeWorld {
            FakeWorld(
                do: { action, _ throws(WorldProblem) in
                    if case .sync = action.verb { throw problem }
                    return ActionOutcome()
                })
        }
        #expect(await run(plan, in: world(.init(.refused(name: "x"), "no"))).verdict == .failed)
        #expect(await run(plan, in: world(.init(.environment, "the gateway does not answer"))).verdict == .broken)
    }

    @Test(
        "what is left behind breaks a scenario that passed, asked when the world is down; a failure stands in front of it"
    )
    func remains() async throws {
        func run(_ state: Condition.TunnelState) async throws -> (verdict: Verdict, failure: Failure?) {
            let failures = Mutex<Failure?>(nil)
            let world = FakeWorld { _, _, _ in .tunnel(state) }
            let verdict = await ScenarioRun(try instance(step), in: world, settings: RunSettings(label: "a")) { event in
                if case .failed(let failure) = event.kind { failures.withLock { $0 = failure } }
            }.run(remains: { world.isFinished ? ["process 53 still runs", "a descriptor is open"] : [] })
            return (verdict, failures.withLock { $0 })
        }
        let leaky = try await run(.up)
        #expect(leaky.verdict == .broken)
        #expect(leaky.failure?.what == "process 53 still runs; a descriptor is open")
        let failed = try await run(.idle)
        #expect(failed.verdict == .failed && failed.failure?.what.contains("53") == false)
    }

    @Test("a scenario that hangs ends at its timeout, names the step, and is taken down")
    func timeout() async throws {
        let world = FakeWorld(
            do: { action, _ in
                if case .sync = action.verb { try? await Task.sleep(for: .seconds(600)) }
                return ActionOutcome()
            })
        let ran = await run(try instance("  - sync: { now: true }", timeout: "100ms"), in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.what == "it was not; step 1/1 was under way: a sync takes place and is acknowledged")
        #expect(world.isFinished)
    }

    @Test("steps are numbered through, events come in order, and the world is told of each step")
    func events() async throws {
        let world = FakeWorld { _, _, _ in .tunnel(.up) }
        let ran = await run(try instance("\(step)\n\(step)"), in: world)
        #expect(world.stepNumbers == [1, 2, 3])
        let names = ran.events.map { event in
            switch event.kind {
            case .started: "started"
            case .stepStarted(let start): start.step.description
            case .stepFinished(let end): "\(end.step) \(end.verdict)"
            case .change: "change"
            case .failed: "failed"
            case .finished(let end): "finished \(end.verdict)"
            case .packets, .attached, .source, .runStarted, .runFinished: "for reports"
            }
        }
        #expect(
            names == [
                "started", "setup 1/1", "setup 1/1 passed", "step 1/2", "step 1/2 passed", "step 2/2",
                "step 2/2 passed", "finished passed",
            ])
    }

    @Test("events survive the way out of the lab, as one line each")
    func lines() async throws {
        let world = FakeWorld { _, _, world in
            world.tell(.note, "line one\nline two")
            return .tunnel(.idle)
        }
        world.set {
            $0.explanation = Explanation(
                hops: [.init(node: "gateway", expected: "park-b", actual: nil)], why: ["decision d-118"])
        }
        let ran = await run(
            try instance("  - eventually: { tunnel: { laptop: anna/laptop, state: up } }\n    within: 50ms"), in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.why == ["decision d-118"])
        #expect(ran.failure?.lastChanges.isEmpty == false)
        for event in ran.events {
            let line = try RunLine.encode(event)
            #expect(!line.contains("\n"))
            #expect(try RunLine.decode(line) == event)
        }
    }

    @Test(
        "the four scenarios pass where everything is as they say, and do not where any one thing is otherwise",
        arguments: [
            "reachability/every-device", "conflicts/switch-and-back", "agents/agent-comes-up",
            "revocation/permission-withdrawn",
        ])
    func shipped(name: String) async throws {
        var instance = try #require(try shippedInstances(name).first)
        instance.invariants = []
        let good = await run(instance, in: FakeWorld(see: { condition, _, _ in condition.fulfilled }))
        #expect(good.verdict == .passed, "\(String(describing: good.failure))")
        for (index, step) in instance.steps.enumerated() {
            for condition in step.conditions {
                // Only this step, so that the same condition elsewhere does not answer for it.
                var single = instance
                single.setup = []
                single.steps = [step]
                let world = FakeWorld(see: { seen, _, _ in seen == condition ? seen.contradicted : seen.fulfilled })
                let bad = await run(single, in: world, timeFactor: 0.02)
                #expect(bad.verdict == .failed, "step \(index + 1): \(condition.sentence)")
            }
        }
    }
}

extension Step {
    fileprivate var conditions: [Condition] {
        switch body {
        case .act, .wait, .remember, .parallel, .repeated: []
        case .check(let check): check.clauses.flatMap(\.conditions)
        case .throughout(let throughout): throughout.clauses.flatMap(\.conditions)
        }
    }
}
