import AccessModel
import ScenarioModel
import Synchronization
import Testing

@testable import ScenarioRunner

@Suite("The course of a run: shards, retries, quarantine, repeats", .timeLimit(.minutes(1)))
struct CourseTests {
    private func instances(_ count: Int) throws -> [Instance] {
        let one = try instance("  - sync: { now: true }")
        return (1...count).map { index in
            var copy = one
            copy.name = "s\(index)"
            copy.id = copy.name
            return copy
        }
    }

    /// Runs with verdicts by label and attempt, and gives back what was told.
    private func run(
        _ instances: [Instance], _ options: RunOptions, verdict: @escaping @Sendable (Job) -> Verdict
    ) async -> (summary: RunSummary, jobs: [String], ends: [RunEvent.Finished]) {
        let jobs = Mutex<[String]>([])
        var ends: [RunEvent.Finished] = []
        let (summary, _) = await Schedule(instances, options: options).run { job in
            jobs.withLock { $0.append("\(job.label)/\(job.attempt)") }
            return AsyncStream { stream in
                stream.yield(
                    RunEvent(instance: job.label, at: 0, .finished(.init(verdict: verdict(job), seconds: 0))))
                stream.finish()
            }
        } report: { event in
            if case .finished(let finished) = event.kind { ends.append(finished) }
        }
        return (summary, jobs.withLock { $0 }, ends)
    }

    // MARK: Shards

    @Test("every scenario is in exactly one shard, and a new one moves no other")
    func shards() throws {
        let names = (1...200).map { "scenario-\($0)" }
        func members(_ count: Int) throws -> [[String]] {
            try (1...count).map { number in
                let shard = try #require(Shard("\(number)/\(count)"))
                return names.filter(shard.contains)
            }
        }
        let parts = try members(4)
        #expect(parts.flatMap { $0 }.count == 200)
        #expect(Set(parts.flatMap { $0 }).count == 200)
        #expect(parts.allSatisfy { (25...80).contains($0.count) }, "\(parts.map(\.count))")
        // By the name alone: the same whatever else there is.
        #expect(try members(4) == parts)
        for wrong in ["0/4", "5/4", "1/0", "1", "a/b", "1/2/3"] { #expect(Shard(wrong) == nil) }
    }

    // MARK: Retries

    @Test("a pass at the second attempt is flaky; the first end says that another follows")
    func retry() async throws {
        var options = RunOptions()
        options.retryCount = 2
        let ran = await run(try instances(1), options) { $0.attempt == 1 ? .failed : .passed }
        #expect(ran.jobs == ["s1/1", "s1/2"])
        #expect(ran.ends.map(\.willRetry) == [true, nil])
        #expect(ran.ends.map(\.isFlaky) == [nil, true])
        #expect(ran.summary.flaky == 1)
        #expect(ran.summary.failed == 0)
        #expect(ran.summary.exitCode() == .passed)
        #expect(ran.summary.exitCode(flaky: .fail) == .flaky)
    }

    @Test("what fails at every attempt has failed, once")
    func retriesUsedUp() async throws {
        var options = RunOptions()
        options.retryCount = 2
        let ran = await run(try instances(1), options) { _ in .failed }
        #expect(ran.jobs == ["s1/1", "s1/2", "s1/3"])
        #expect(ran.summary.failed == 1)
        #expect(ran.summary.total == 1)
        #expect(ran.summary.exitCode(flaky: .fail) == .failed)
    }

    @Test("broken wins over flaky, failed over broken, and never is it a number of failures")
    func exitCodes() {
        func code(_ failed: Int, _ broken: Int, _ flaky: Int) -> ScenarioRunner.ExitStatus {
            var summary = RunSummary(seed: "0")
            summary.passed = 1
            summary.failed = failed
            summary.broken = broken
            summary.flaky = flaky
            return summary.exitCode(flaky: .fail)
        }
        #expect(code(0, 0, 0) == .passed)
        #expect(code(0, 0, 3) == .flaky)
        #expect(code(0, 3, 3) == .broken)
        #expect(code(3, 3, 3) == .failed)
        #expect(RunSummary(seed: "0").exitCode() == .nothingSelected)
        #expect(RunSummary(seed: "0").exitCode(allowEmpty: true) == .passed)
    }

    // MARK: Quarantine

    private func quarantined(until day: String) throws -> [Instance] {
        var instances = try instances(1)
        instances[0].quarantine = Quarantine(issue: "RIG-12", owner: "otto", until: try #require(Timestamp(day)))
        return instances
    }

    @Test("a failure in quarantine is flaky and costs nothing")
    func quarantine() async throws {
        let ran = await run(try quarantined(until: "2026-12-31"), RunOptions()) { _ in .failed }
        #expect(ran.ends.map(\.isFlaky) == [true])
        #expect(ran.summary.flaky == 1)
        #expect(ran.summary.exitCode(flaky: .fail) == .passed)
        var twice = RunOptions()
        twice.retryCount = 1
        let again = await run(try quarantined(until: "2026-12-31"), twice) { _ in .failed }
        #expect(again.ends.map(\.isFlaky) == [nil, true], "an attempt that is followed by another is no verdict")
    }

    @Test("a quarantine ends: on the day after its last one nothing runs")
    func expiry() throws {
        let plans = [Plan(instances: try quarantined(until: "2026-12-31"))]
        let selection = Selection(RunOptions())
        #expect(try selection.instances(of: plans, today: "2026-12-31").count == 1)
        let refusal = #expect(throws: Selection.Refusal.self) {
            try selection.instances(of: plans, today: "2027-01-01")
        }
        #expect(refusal?.description.contains("otto") == true)
    }

    // MARK: Places

    @Test("a line that is named is one of a step's, and a stop has a step behind it")
    func places() throws {
        var one = try instance("  - sync: { now: true }")
        let path = one.location.file
        let lines = Instance.all(one.setup + one.steps).map(\.location.line)
        let (first, last) = (try #require(lines.min()), try #require(lines.max()))
        one.name = "one"
        func refusal(_ named: String, stop: String? = nil) -> String? {
            var options = RunOptions()
            options.paths = [named]
            options.breakAt = stop.map { PathArgument($0) }
            do throws(Selection.Refusal) {
                try Selection(options).checkPlaces(in: [Plan(instances: [one])]) { _ in last + 2 }
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal(path) == nil && refusal("\(path):\(first)") == nil && refusal("\(path):\(last + 2)") == nil)
        let early = refusal("\(path):\(first - 1)")
        #expect(
            early
                == "\(path):\(first - 1): no step stands there; the first begins in line \(first), the last in line \(last)"
        )
        #expect(refusal("\(path):\(last + 3)")?.contains("no step stands there") == true)
        #expect(refusal(path, stop: "\(path):\(last)") == nil && refusal(path, stop: "\(path):1") == nil)
        #expect(refusal(path, stop: "\(path):\(last + 1)")?.contains("--break") == true)
        #expect(refusal(path, stop: "other.yaml:1")?.contains("none of those that run") == true)
    }

    // MARK: Repeats

    @Test("until-fail runs round after round and stops at the first that does not pass")
    func untilFail() async throws {
        var options = RunOptions()
        options.untilFail = true
        options.jobs = 1
        let ran = await run(try instances(2), options) { $0.label.hasSuffix("#3") ? .failed : .passed }
        #expect(ran.summary.passed == 4)
        #expect(ran.summary.failed == 1)
        #expect(ran.jobs.count == 5)
        var bounded = options
        bounded.repeatCount = 2
        #expect(await run(try instances(2), bounded) { _ in .passed }.summary.passed == 4)
    }

    // MARK: Defaults

    @Test("defaults of the file are read with its profile over them; mistakes have their places")
    func defaults() throws {
        let text = """
            format: 1
            run: { retries: 1, tag: [smoke, fast], fail-fast: true }
            profiles:
              ci: { retries: 2 }
            """
        let options: [String: RunDefaults.OptionKind] = ["retries": .value, "tag": .values, "fail-fast": .flag]
        func read(_ text: String, profile: String?) throws(InvalidScenario) -> [String: [String]] {
            try RunDefaults.read(SourceText(path: "r.yaml", text: text), profile: profile, options: options).values
        }
        #expect(try read(text, profile: nil) == ["retries": ["1"], "tag": ["smoke", "fast"], "fail-fast": ["true"]])
        #expect(try read(text, profile: "ci")["retries"] == ["2"])
        #expect(throws: InvalidScenario.self) { try read(text, profile: "cl") }
        let wrong = #expect(throws: InvalidScenario.self) {
            try read("format: 1\nrun: { retires: 1, fail-fast: on }", profile: nil)
        }
        #expect(
            wrong?.diagnostics.map { "\($0.location.line):\($0.location.column) \($0.suggestion ?? "")" } == [
                "2:8 retries", "2:31 ",
            ])
    }
}
