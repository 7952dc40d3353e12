import AccessModel
import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

private let tunnelUp = "tunnel: { laptop: anna/laptop, state: up }"
private let refused = "reach: { from: anna/laptop, to: service-pc, via: tcp, outcome: admin-prohibited }"
private let answered = "reach: { from: anna/laptop, to: service-pc, via: ssh }"
private let deadTarget = PositiveControl(source: .alive, target: .dead("service-pc does not run"))

@Suite("Time words, each green and red", .timeLimit(.minutes(1)))
struct TimeWordTests {
    // MARK: expect

    @Test("expect: looks once")
    func expect() async throws {
        let green = FakeWorld { _, look, _ in .tunnel(look == 1 ? .up : .idle) }
        let plan = try instance("  - expect: { \(tunnelUp) }")
        let good = await run(plan, in: green)
        #expect(good.verdict == .passed)
        #expect(good.lookCount(of: 1) == 1)
        #expect(green.isFinished)

        let red = FakeWorld { _, look, _ in .tunnel(look == 1 ? .idle : .up) }
        let bad = await run(plan, in: red)
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.sentence == "expect: anna/laptop's tunnel is up")
        #expect(bad.failure?.what.hasSuffix("the tunnel is idle") == true)
        #expect(red.isFinished)
    }

    @Test("expect: what could not be seen is broken")
    func expectUnseen() async throws {
        let ran = await run(try instance("  - expect: { \(tunnelUp) }"), in: FakeWorld())
        #expect(ran.verdict == .broken)
        #expect(ran.failure?.what == "nothing can be said: nothing is scripted")
    }

    @Test("expect: a refusal counts only with both ends alive, a contradiction always")
    func expectNegative() async throws {
        let plan = try instance("  - expect: { \(refused) }")
        let alive = await run(plan, in: FakeWorld { _, _, _ in .reach(.adminProhibited) })
        #expect(alive.verdict == .passed)
        let dead = await run(plan, in: FakeWorld { _, _, _ in .reach(.adminProhibited, control: deadTarget) })
        #expect(dead.verdict == .broken)
        #expect(dead.failure?.what == "nothing can be said: target: service-pc does not run")
        let silent = await run(plan, in: FakeWorld { _, _, _ in .reach(.adminProhibited, control: nil) })
        #expect(silent.verdict == .broken)
        let answered = await run(plan, in: FakeWorld { _, _, _ in .reach(.answered, control: deadTarget) })
        #expect(answered.verdict == .failed)
    }

    // MARK: eventually

    @Test("eventually: the first true wins")
    func eventually() async throws {
        let plan = try instance("  - eventually: { \(tunnelUp) }\n    within: 5s")
        let ran = await run(plan, in: FakeWorld { _, look, _ in .tunnel(look < 4 ? .idle : .up) })
        #expect(ran.verdict == .passed)
        #expect(ran.lookCount(of: 1) == 4)
    }

    @Test("eventually: fails at its deadline")
    func eventuallyLate() async throws {
        let plan = try instance("  - eventually: { \(tunnelUp) }\n    within: 60ms")
        let ran = await run(plan, in: FakeWorld { _, _, _ in .tunnel(.idle) })
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.what.hasPrefix("not so within 60 ms") == true)
    }

    /// As a device does whose answer takes a while.
    private func slow(_ sighting: Observation) async -> Observation {
        try? await Task.sleep(for: .milliseconds(150))
        return sighting
    }

    @Test("eventually: an answer that comes when time is up is too late, however early it was asked for")
    func eventuallySlow() async throws {
        for (within, verdict) in [("50ms", Verdict.failed), ("15s", .passed)] {
            let plan = try instance("  - eventually: { \(tunnelUp) }\n    within: \(within)")
            let ran = await run(plan, in: FakeWorld { _, _, _ in await slow(.tunnel(.up)) })
            #expect(ran.verdict == verdict)
            #expect(ran.failure.map { $0.what.hasPrefix("not so within 50 ms: so after ") } ?? true)
        }
    }

    @Test("never: what is so when the window is over says nothing of the window; what is not, in always, does")
    func afterTheWindow() async throws {
        let never = try instance("  - never: { \(answered) }\n    during: 50ms")
        let late = await run(never, in: FakeWorld { _, _, _ in await slow(.reach(.answered, by: "sonnenfeld")) })
        #expect(late.verdict == .broken)
        #expect(late.failure?.what.contains("others said nothing: so only after ") == true)
        let inside = await run(never, in: FakeWorld { _, _, _ in .reach(.answered, by: "sonnenfeld") })
        #expect(inside.verdict == .failed)
        let always = try instance("  - always: { \(answered) }\n    during: 50ms")
        let silent = await run(always, in: FakeWorld { _, _, _ in await slow(.reach(.timeout)) })
        #expect(silent.verdict == .failed)
    }

    @Test("eventually: all conditions at the same time")
    func eventuallyAll() async throws {
        let plan = try instance("  - eventually:\n      - \(tunnelUp)\n      - \(answered)\n    within: 100ms")
        let alternating = FakeWorld { condition, look, _ in
            guard case .tunnel = condition else {
                return .reach(look % 2 == 0 ? .answered : .refused, by: "sonnenfeld")
            }
            return .tunnel(look % 2 == 1 ? .up : .idle)
        }
        #expect(await run(plan, in: alternating).verdict == .failed)
    }

    @Test("eventually, stable-for: what is no more so contradicts; mere silence begins the window anew")
    func stable() async throws {
        let plan = try instance("  - eventually: { \(answered) }\n    within: 5s\n    stable-for: 100ms")
        let flapping = FakeWorld { _, look, _ in
            look == 2 ? .reach(.refused) : .reach(.answered, by: "sonnenfeld")
        }
        let bad = await run(plan, in: flapping)
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.what.contains("but no more after") == true)
        let lossy = FakeWorld { _, look, _ in look == 2 ? .reach(.timeout) : .reach(.answered, by: "sonnenfeld") }
        #expect(await run(plan, in: lossy).verdict == .passed)
        let silent = FakeWorld { _, look, _ in
            look == 2 ? Observation(.unfinished("no answer yet")) : .reach(.answered, by: "sonnenfeld")
        }
        #expect(await run(plan, in: silent).verdict == .passed)
        let lost = FakeWorld { _, look, _ in look % 2 == 0 ? .reach(.timeout) : .reach(.answered, by: "sonnenfeld") }
        let short = try instance("  - eventually: { \(answered) }\n    within: 300ms\n    stable-for: 200ms")
        #expect(await run(short, in: lost).verdict == .failed)
    }

    @Test("eventually: the machine's factor stretches the limit")
    func factor() async throws {
        let plan = try instance("  - eventually: { \(tunnelUp) }\n    within: 100ms")
        let clock = SystemRunClock()
        for (factor, verdict) in [(1, Verdict.failed), (50, .passed)] as [(Double, Verdict)] {
            let begin = clock.now
            let world = FakeWorld { _, _, _ in .tunnel(clock.now - begin > .milliseconds(400) ? .up : .idle) }
            #expect(await run(plan, in: world, timeFactor: factor).verdict == verdict)
        }
    }

    @Test("always: what no look could tell is not so")
    func nothingSeen() async throws {
        let plan = try instance("  - always: { \(tunnelUp) }\n    during: 60ms")
        let ran = await run(plan, in: FakeWorld { _, _, _ in Observation(.unfinished("the laptop is busy")) })
        #expect(ran.verdict == .broken)
        #expect(ran.failure?.what == "0 of at least 1 probes came to an end; others said nothing: the laptop is busy")
    }

    @Test("eventually: a change is looked at at once, without waiting for the next probe")
    func eventDriven() async throws {
        let plan = try instance("  - eventually: { \(tunnelUp) }\n    within: 5s")
        let world = FakeWorld { _, look, world in
            guard look < 3 else { return .tunnel(.up) }
            world.tell(.tunnel(LaptopID(person: "anna", name: "laptop"), .up))
            return .tunnel(.idle)
        }
        let ran = await run(plan, in: world, clock: FrozenClock())
        #expect(ran.verdict == .passed)
        #expect(ran.lookCount(of: 1) == 3)
    }

    @Test("eventually: a machine that stood still extends the deadline, and the report says so")
    func stalled() async throws {
        let plan = try instance("  - eventually: { \(tunnelUp) }\n    within: 50ms")
        let clock = StallingClock()
        let world = FakeWorld { _, look, _ in
            if look == 2 { clock.stall(.milliseconds(300)) }
            return .tunnel(.idle)
        }
        let ran = await run(plan, in: world, clock: clock)
        let what = try #require(ran.failure?.what)
        #expect(what.contains("extended by 300 ms in which the machine stood still"))
        let seconds = ran.events.compactMap { event -> Double? in
            guard case .stepFinished(let end) = event.kind, end.step.phase == .step else { return nil }
            return end.seconds
        }
        #expect(seconds.first.map { $0 >= 0.35 } == true)
    }

    @Test("eventually: a refusal with a dead end is broken at the deadline, not passed")
    func eventuallyNegative() async throws {
        let plan = try instance("  - eventually: { \(refused) }\n    within: 60ms")
        let ran = await run(plan, in: FakeWorld { _, _, _ in .reach(.adminProhibited, control: deadTarget) })
        #expect(ran.verdict == .broken)
        #expect(await run(plan, in: FakeWorld { _, _, _ in .reach(.adminProhibited) }).verdict == .passed)
    }

    // MARK: always

    @Test("always: holds to the end, or fails at the first violation")
    func always() async throws {
        let plan = try instance("  - always: { \(tunnelUp) }\n    during: 2s")
        let good = await run(plan, in: FakeWorld { _, _, _ in .tunnel(.up) })
        #expect(good.verdict == .passed)
        #expect(good.lookCount(of: 1).map { $0 >= 3 } == true)
        let patient = try instance("  - always: { \(tunnelUp) }\n    during: 15s")
        let bad = await run(patient, in: FakeWorld { _, look, _ in .tunnel(look == 3 ? .idle : .up) })
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.what.hasPrefix("violated after") == true)
        #expect(bad.failure?.what.hasSuffix("(probe 3): the tunnel is idle") == true)
    }

    @Test("always: absence wants three attempts that came to an end, with both ends alive")
    func alwaysNegative() async throws {
        let long = try instance("  - always: { \(refused) }\n    during: 2s")
        #expect(await run(long, in: FakeWorld { _, _, _ in .reach(.adminProhibited) }).verdict == .passed)
        let plan = try instance("  - always: { \(refused) }\n    during: 600ms")
        let slow = FakeWorld { _, _, _ in
            try? await Task.sleep(for: .milliseconds(400))
            return .reach(.adminProhibited)
        }
        let few = await run(plan, in: slow)
        #expect(few.verdict == .broken)
        #expect(few.failure?.what.hasSuffix("of at least 3 probes came to an end") == true)
        let dying = FakeWorld { _, look, _ in
            .reach(.adminProhibited, control: look > 2 ? deadTarget : .init(source: .alive, target: .alive))
        }
        let dead = await run(long, in: dying)
        #expect(dead.verdict == .broken)
        #expect(dead.failure?.what.contains("target: service-pc does not run") == true)
    }

    // MARK: never

    @Test("never: fails at the first time, and proves nothing with a dead end")
    func never() async throws {
        let plan = try instance("  - never: { \(answered) }\n    during: 2s")
        #expect(await run(plan, in: FakeWorld { _, _, _ in .reach(.timeout) }).verdict == .passed)
        let patient = try instance("  - never: { \(answered) }\n    during: 15s")
        let bad = await run(
            patient, in: FakeWorld { _, look, _ in look == 3 ? .reach(.answered, by: "sonnenfeld") : .reach(.timeout) })
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.what.hasSuffix("(probe 3): sonnenfeld/service-pc answered") == true)
        let dead = await run(plan, in: FakeWorld { _, _, _ in .reach(.timeout, control: deadTarget) })
        #expect(dead.verdict == .broken)
    }

    @Test("never, a list: none of them")
    func neverAny() async throws {
        let plan = try instance("  - never:\n      - \(answered)\n      - \(tunnelUp)\n    during: 60ms")
        let one = FakeWorld { condition, _, _ in
            if case .tunnel = condition { .tunnel(.up) } else { .reach(.timeout) }
        }
        let ran = await run(plan, in: one)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.sentence == "never: anna/laptop's tunnel is up, during 60 ms")
    }

    // MARK: throughout

    private let throughout = """
          - throughout:
              always: { \(refused) }
              steps:
                - fault: { restart: control-plane }
                - sync: { now: true }
        """

    @Test("throughout: holds before, while and behind the inner steps")
    func throughoutHolds() async throws {
        let ran = await run(try instance(throughout), in: FakeWorld { _, _, _ in .reach(.adminProhibited) })
        #expect(ran.verdict == .passed, "\(String(describing: ran.failure))")
        #expect(ran.lookCount(of: 1).map { $0 >= 3 } == true)
    }

    @Test("throughout: a violation while an inner step runs fails the outer step")
    func throughoutViolated() async throws {
        let world = FakeWorld(
            see: { _, look, _ in .reach(look == 3 ? .answered : .adminProhibited) },
            do: { action, world in
                guard case .fault = action.verb else { return ActionOutcome() }
                // The process takes its time; meanwhile the door is open for a moment.
                await world.waitForLooks(3)
                return ActionOutcome()
            })
        let ran = await run(try instance(throughout), in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.step?.path == [1])
        #expect(ran.failure?.what.contains("(probe 3)") == true)
    }

    @Test("throughout: what is no more so when the inner steps end is seen by a last look")
    func throughoutBehind() async throws {
        let plan = try instance(
            """
              - throughout:
                  always: { \(tunnelUp) }
                  steps:
                    - wait: 60ms
                      because: nothing tells of its end
            """)
        let clock = SystemRunClock()
        let begun = Mutex<Duration?>(nil)
        let world = FakeWorld { _, _, _ in
            let begin = begun.withLock { begun in
                begun = begun ?? clock.now
                return begun ?? clock.now
            }
            return .tunnel(clock.now - begin < .milliseconds(57) ? .up : .idle)
        }
        let ran = await run(plan, in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.step?.path == [1])
    }

    @Test("throughout: an inner step that fails is shown as itself")
    func throughoutInner() async throws {
        let world = FakeWorld(
            see: { _, _, _ in .reach(.adminProhibited) },
            do: { action, _ throws(WorldProblem) in
                if case .sync = action.verb { throw WorldProblem(.refused(name: "busy"), "not now") }
                return ActionOutcome()
            })
        let ran = await run(try instance(throughout), in: world)
        #expect(ran.verdict == .failed)
        #expect(ran.failure?.step?.path == [1, 2])
        #expect(ran.failure?.what == "it was refused (busy): not now")
    }

    @Test("throughout: absence with a dead end is broken")
    func throughoutDead() async throws {
        let world = FakeWorld { _, _, _ in .reach(.adminProhibited, control: deadTarget) }
        #expect(await run(try instance(throughout), in: world).verdict == .broken)
    }
}
