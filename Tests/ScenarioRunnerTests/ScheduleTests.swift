import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

@Suite("Schedules and selections", .timeLimit(.minutes(1)))
struct ScheduleTests {
    private func instances(_ count: Int) throws -> [Instance] {
        let one = try instance("  - sync: { now: true }")
        return (1...count).map { index in
            var copy = one
            copy.name = "s\(index)"
            copy.id = copy.name
            return copy
        }
    }

    /// Ends at once with a verdict by name.
    private func end(_ job: Job, _ verdict: Verdict = .passed) -> AsyncStream<RunEvent> {
        AsyncStream { stream in
            stream.yield(RunEvent(instance: job.label, at: 0, .finished(.init(verdict: verdict, seconds: 0))))
            stream.finish()
        }
    }

    private func labels(_ seed: UInt64, repeats: Int = 1) async throws -> [String] {
        var options = RunOptions()
        options.seed = Seed(seed)
        options.jobs = 1
        options.repeatCount = repeats
        let order = Mutex<[String]>([])
        _ = await Schedule(try instances(8), options: options).run { job in
            order.withLock { $0.append(job.label) }
            return end(job)
        } report: { _ in
        }
        return order.withLock { $0 }
    }

    @Test("the seed makes the order, the same each time")
    func order() async throws {
        let first = try await labels(7)
        #expect(try await labels(7) == first)
        #expect(try await labels(8) != first)
        #expect(Set(first).count == 8)
    }

    @Test("who may take longest begins first, so that nobody waits for it at the end")
    func longest() throws {
        var instances = try instances(8)
        instances[5].timeout = .seconds(120)
        instances[2].timeout = .seconds(90)
        for seed in 1...20 as ClosedRange<UInt64> {
            var options = RunOptions()
            options.seed = Seed(seed)
            let names = Schedule(instances, options: options).jobs(round: 1).map(\.instance.name)
            #expect(names.prefix(2) == ["s6", "s3"] && Set(names).count == 8)
        }
    }

    @Test("repeats have names and seeds of their own, the first has the run's")
    func repeats() async throws {
        #expect(Set(try await labels(7, repeats: 3)).count == 24)
        #expect(Seed(0x7f3a).repeated(1) == Seed(0x7f3a))
        #expect(Seed(0x7f3a).repeated(2) != Seed(0x7f3a).repeated(3))
        #expect(Seed("7f3a")?.description == "7f3a")
        #expect(Seed("xyz") == nil)
    }

    @Test("no more labs at a time than asked for, and as many as that")
    func parallel() async throws {
        var options = RunOptions()
        options.jobs = 3
        let state = Mutex((now: 0, most: 0))
        let (summary, skipped) = await Schedule(try instances(9), options: options).run { job in
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            try? await Task.sleep(for: .milliseconds(30))
            state.withLock { $0.now -= 1 }
            return end(job)
        } report: { _ in
        }
        #expect(state.withLock { $0.most } == 3)
        #expect(summary.passed == 9)
        #expect(skipped.isEmpty)
    }

    @Test("fail-fast begins nothing after the first that did not pass")
    func failFast() async throws {
        var options = RunOptions()
        options.jobs = 2
        options.failFast = true
        let begun = Mutex(0)
        let (summary, skipped) = await Schedule(try instances(9), options: options).run { job in
            let isFirst = begun.withLock { begun in
                begun += 1
                return begun == 1
            }
            if !isFirst { try? await Task.sleep(for: .milliseconds(100)) }
            return end(job, isFirst ? .failed : .passed)
        } report: { _ in
        }
        #expect(summary.failed == 1)
        #expect(summary.passed == 1)
        #expect(summary.skipped == 7)
        #expect(skipped.count == 7)
        #expect(summary.exitCode() == .failed)
    }

    @Test("once one has failed for good under fail-fast, another is not tried again")
    func failFastTriesNothingAgain() async throws {
        var options = RunOptions()
        options.jobs = 2
        options.failFast = true
        options.retryCount = 1
        let attempts = Mutex<[String: Int]>([:])
        let slow = Mutex<String?>(nil)
        let (summary, _) = await Schedule(try instances(2), options: options).run { job in
            let isSlow = slow.withLock { slow in
                slow = slow ?? job.label
                return slow == job.label
            }
            attempts.withLock { $0[job.label, default: 0] += 1 }
            // Until the other one has failed twice.
            while isSlow, attempts.withLock({ $0.values.max() ?? 0 }) < 2 {
                try? await Task.sleep(for: .milliseconds(5))
            }
            if isSlow { try? await Task.sleep(for: .milliseconds(100)) }
            return end(job, .failed)
        } report: { _ in
        }
        #expect(summary.failed == 2)
        #expect(attempts.withLock { $0.values.sorted() } == [1, 2])
    }

    @Test("a lab that ends without a verdict is broken, and the reports hear of it")
    func lost() async throws {
        var events: [RunEvent] = []
        let (summary, _) = await Schedule(try instances(1), options: RunOptions()).run { _ in
            AsyncStream { $0.finish() }
        } report: { event in
            events.append(event)
        }
        #expect(summary.broken == 1)
        #expect(events.count == 3)
        guard case .failed(let failure) = events[1].kind else {
            Issue.record("the second event tells why")
            return
        }
        #expect(failure.what == "it ended without a verdict")
    }

    @Test("nothing to run ends at once")
    func nothing() async throws {
        let (summary, _) = await Schedule([], options: RunOptions()).run { job in
            end(job)
        } report: { _ in
        }
        #expect(summary.total == 0)
        #expect(summary.exitCode() == .nothingSelected)
    }

    @Test("tags, filter and only select; only is refused in CI")
    func selection() throws {
        var all = try instances(3)
        all[0].tags = ["smoke"]
        all[1].tags = ["smoke", "slow"]
        func names(_ change: (inout RunOptions) -> Void) throws -> [String] {
            var options = RunOptions()
            change(&options)
            return try Selection(options).instances(of: [Plan(instances: all)], today: "2026-11-25").map(\.name)
        }
        #expect(try names { _ in } == ["s1", "s2", "s3"])
        #expect(try names { $0.tags = ["smoke"] } == ["s1", "s2"])
        #expect(
            try names {
                $0.tags = ["smoke"]; $0.notTags = ["slow"]
            } == ["s1"])
        #expect(try names { $0.filter = "s3" } == ["s3"])
        all[2].isOnly = true
        #expect(try names { _ in } == ["s3"])
        #expect(throws: Selection.Refusal.self) { try names { $0.isCI = true } }
    }

    @Test("a path may name a line")
    func paths() {
        #expect(PathArgument("a/b.scenario.yaml:29").line == 29)
        #expect(PathArgument("a/b.scenario.yaml:29").path == "a/b.scenario.yaml")
        #expect(PathArgument("a/b.scenario.yaml").line == nil)
        #expect(PathArgument("a:b.yaml").path == "a:b.yaml")
    }
}
