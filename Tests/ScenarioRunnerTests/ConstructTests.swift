import AccessModel
import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

private let up = "{ tunnel: { laptop: anna/laptop, state: up } }"
private let online = "{ session: { for: anna, online: true } }"
private let answered = "{ reach: { from: anna/laptop, to: service-pc, via: ssh } }"
private let refused = "{ reach: { from: anna/laptop, to: service-pc, via: ssh, outcome: admin-prohibited } }"

/// Shows the tunnel and the session as told.
private func world(tunnel: Bool, session: Bool) -> FakeWorld {
    FakeWorld { condition, _, _ in
        if case .tunnel = condition { return .seen(tunnel ? .up : .idle) }
        return Observation(.sessions([SessionRow(isOnline: session, bytes: 1)]))
    }
}

@Suite("What puts conditions and steps together, each green and red", .timeLimit(.minutes(1)))
struct ConstructTests {
    // MARK: Groups

    @Test(
        "any-of, exactly-one-of, all-of: the truth of each",
        arguments: [(false, false), (false, true), (true, false), (true, true)])
    func groups(tunnel: Bool, session: Bool) async throws {
        func verdict(_ step: String) async throws -> Verdict {
            await run(try instance("  - \(step)"), in: world(tunnel: tunnel, session: session)).verdict
        }
        let any = try await verdict("expect: { any-of: [\(up), \(online)] }")
        #expect(any == (tunnel || session ? .passed : .failed))
        let one = try await verdict("expect: { exactly-one-of: [\(up), \(online)] }")
        #expect(one == (tunnel != session ? .passed : .failed))
        let all = try await verdict(
            "expect: { any-of: [{ all-of: [\(up), \(online)] }, { all-of: [\(up), \(online)] }] }")
        #expect(all == (tunnel && session ? .passed : .failed))
        let list = try await verdict("expect: [\(up), \(online)]")
        #expect(list == (tunnel && session ? .passed : .failed))
        let never = try await verdict("never: { any-of: [\(up), \(online)] }\n    during: 500ms")
        #expect(never == (tunnel || session ? .failed : .passed))
    }

    @Test("two that hold are not exactly one, whatever a third would say")
    func moreThanOne() {
        #expect(Truth.exactlyOne([.holds, .unknown("busy"), .holds]) == .fails)
        #expect(Truth.exactlyOne([.holds, .unknown("busy")]) == .unknown("busy"))
        #expect(Truth.all([.unknown("busy"), .fails]) == .fails)
    }

    @Test("the other one of exactly-one-of must be seen not to hold, with both ends alive")
    func exactlyOneControl() async throws {
        let plan = try instance("  - expect: { exactly-one-of: [\(up), \(answered)] }")
        func seeing(_ control: PositiveControl) -> FakeWorld {
            FakeWorld { condition, _, _ in
                if case .tunnel = condition { return .tunnel(.up) }
                return .reach(.timeout, control: control)
            }
        }
        #expect(await run(plan, in: seeing(.init(source: .alive, target: .alive))).verdict == .passed)
        let dead = await run(plan, in: seeing(.init(source: .alive, target: .dead("off"))))
        #expect(dead.verdict == .broken)
    }

    // MARK: until: sync

    @Test("until: sync - so before it, not so after it; either side can fail")
    func untilSync() async throws {
        func verdict(_ step: String, before: Bool, after: Bool) async throws -> Ran {
            let synced = Mutex(false)
            let world = FakeWorld(
                see: { _, _, _ in
                    let holds = synced.withLock { $0 } ? after : before
                    return .reach(holds ? .answered : .adminProhibited, by: holds ? "sonnenfeld" : nil)
                },
                do: { action, _ in
                    if case .sync(.now) = action.verb { synced.withLock { $0 = true } }
                    return ActionOutcome()
                })
            return await run(try instance("  - \(step)\n    until: sync"), in: world)
        }
        #expect(try await verdict("always: \(answered)", before: true, after: false).verdict == .passed)
        let early = try await verdict("always: \(answered)", before: false, after: false)
        #expect(early.verdict == .failed)
        #expect(early.failure?.what.hasPrefix("before the sync, violated") == true)
        let late = try await verdict("always: \(answered)", before: true, after: true)
        #expect(late.verdict == .failed)
        #expect(late.failure?.what.hasPrefix("after the sync, violated") == true)
        #expect(try await verdict("never: \(answered)", before: false, after: true).verdict == .passed)
        #expect(try await verdict("never: \(answered)", before: false, after: false).verdict == .failed)
    }

    @Test("until: sync waits for the next tick where ticks run")
    func untilTick() async throws {
        let ticked = Mutex(false)
        let world = FakeWorld(
            see: { _, _, _ in .seen(ticked.withLock { $0 } ? .idle : .up) },
            do: { action, _ in
                if case .sync(.next) = action.verb { ticked.withLock { $0 = true } }
                return ActionOutcome()
            })
        let plan = try instance("  - sync: { every: 1s }\n  - always: \(up)\n    until: sync")
        #expect(await run(plan, in: world).verdict == .passed)
        #expect(ticked.withLock { $0 })
        ticked.withLock { $0 = false }
        let paused = try instance(
            "  - sync: { every: 1s }\n  - sync: { pause: true }\n  - always: \(up)\n    until: sync")
        #expect(await run(paused, in: world).verdict == .failed, "where ticks are paused one sync is made")
        #expect(!ticked.withLock { $0 })
    }

    // MARK: remember

    @Test("unchanged and changed compare with what was remembered", arguments: [true, false])
    func remember(isSame: Bool) async throws {
        let steps = "  - remember: { id: before, tunnel: { laptop: anna/laptop } }\n  - expect: "
        func verdict(_ word: String) async throws -> Verdict {
            let world = FakeWorld { _, look, _ in .tunnel(look == 1 || isSame ? .up : .idle) }
            return await run(try instance(steps + "{ \(word): { id: before } }"), in: world).verdict
        }
        #expect(try await verdict("unchanged") == (isSame ? .passed : .failed))
        #expect(try await verdict("changed") == (isSame ? .failed : .passed))
    }

    @Test("what cannot be seen cannot be remembered")
    func unseen() async throws {
        let plan = try instance("  - remember: { id: before, routes: { for: anna } }")
        #expect(await run(plan, in: FakeWorld()).verdict == .broken)
    }

    // MARK: Steps of steps

    @Test("parallel: the lists run at the same time, and one that fails ends the others")
    func parallel() async throws {
        let gate = Gate()
        // Each list waits until the other one has begun too.
        let world = FakeWorld(
            see: { _, _, _ in .tunnel(.up) },
            do: { action, _ in
                if case .refresh = action.verb { await gate.arriveAndWait(for: 2) }
                return ActionOutcome()
            })
        let both = """
              - parallel:
                  branches:
                    - [{ refresh: { for: anna } }, { expect: \(up) }]
                    - [{ refresh: { for: olga } }]
            """
        let ran = await run(try instance(both), in: world)
        #expect(ran.verdict == .passed)
        var report = TerminalReport(isColored: false, detail: .verbose)
        let lines = ran.events.compactMap { report.receive($0) }.filter { $0.hasPrefix("  ok") }
        #expect(lines.count > 3 && !lines.contains { $0.hasSuffix(" s  ") }, "a step without its sentence: \(lines)")
        let red = """
              - parallel:
                  branches:
                    - [{ eventually: { tunnel: { laptop: anna/laptop, state: down } }, within: 40s }]
                    - [{ expect: { tunnel: { laptop: anna/laptop, state: idle } } }]
            """
        let bad = await run(try instance(red, timeout: "50s"), in: FakeWorld { _, _, _ in .tunnel(.up) })
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.step?.path == [1, 2, 1])
    }

    @Test("repeat: the steps run so often, each round with its number")
    func repeated() async throws {
        let world = FakeWorld(see: { _, look, _ in .tunnel(look < 3 ? .up : .idle) })
        let green = try instance("  - repeat: { times: 2, steps: [{ refresh: { for: anna } }, { expect: \(up) }] }")
        #expect(await run(green, in: world).verdict == .passed)
        let red = try instance("  - repeat: { times: 3, steps: [{ expect: \(up) }] }")
        let bad = await run(red, in: FakeWorld(see: { _, look, _ in .tunnel(look < 3 ? .up : .idle) }))
        #expect(bad.verdict == .failed)
        #expect(bad.failure?.step?.path == [1, 3, 1])
    }
}

extension Observation {
    /// A tunnel, with both ends alive.
    fileprivate static func seen(_ state: Condition.TunnelState) -> Observation {
        Observation(.tunnel(state), control: PositiveControl(source: .alive, target: .alive))
    }
}
