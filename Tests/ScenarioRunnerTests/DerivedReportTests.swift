import Foundation
import ScenarioModel
import TestReports
import Testing

@testable import ScenarioRunner

@Suite("Reports that are derived from events")
struct DerivedReportTests {
    private let run = SampleRun.ofEveryVerdict

    @Test("the archive counts each instance once, whatever its attempts; what passed keeps its steps only")
    func archive() throws {
        let archive = run.archive
        let summary = archive.summary
        #expect(summary.passed == 1 && summary.failed == 1 && summary.broken == 1)
        #expect(summary.flaky == 1 && summary.skipped == 1 && summary.total == 5)
        let works = try #require(archive.cases.first { $0.name == "works" })
        #expect(works.shown?.changes.isEmpty == true && works.shown?.steps.count == 1)
        let shaky = try #require(archive.cases.first { $0.name == "shaky" })
        #expect(shaky.isFlaky && shaky.attempts.count == 2 && shaky.shown?.failure != nil)
        #expect(archive.requirements["R19"]?.verdict == .passed)
        #expect(archive.requirements["R45"]?.verdict == .failed)
    }

    @Test("every event crosses a file and comes back the same")
    func lines() throws {
        for event in run.events { #expect(try RunLine.decode(RunLine.encode(event)) == event) }
    }

    @Test("CTRF: broken is red there too and told apart, retries and steps are kept")
    func ctrf() throws {
        let text = try CTRFReport(run.archive).json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["reportFormat"] as? String == "CTRF")
        let results = try #require(object["results"] as? [String: Any])
        let summary = try #require(results["summary"] as? [String: Int])
        #expect(summary["tests"] == 5 && summary["failed"] == 2 && summary["passed"] == 2 && summary["skipped"] == 1)
        #expect(summary["flaky"] == 1)
        #expect(summary["start"] == 1_767_605_400_000 && summary["stop"] == 1_767_605_402_000)
        let tests = try #require(results["tests"] as? [[String: Any]])
        let unsure = try #require(tests.first { $0["name"] as? String == "unsure" })
        #expect(unsure["status"] as? String == "failed" && unsure["rawStatus"] as? String == "broken")
        #expect((unsure["trace"] as? String)?.contains("rerun: mirox-rig run") == true)
        let shaky = try #require(tests.first { $0["name"] as? String == "shaky" })
        #expect(shaky["retries"] as? Int == 1 && shaky["flaky"] as? Bool == true && shaky["message"] == nil)
        #expect((shaky["suite"] as? [String]) == ["Scenarios/conflicts/b.scenario.yaml"])
    }

    @Test("GitHub: one command a line, at the step's place, with nothing that ends it early")
    func github() {
        var run = SampleRun()
        run.failed("a,b:c", what: "100 % wrong\nand more")
        run.end()
        let lines = GitHubAnnotations.lines(run.archive)
        #expect(lines.count == 1 && !lines[0].contains("\n"))
        #expect(
            lines[0].hasPrefix(
                "::error file=Scenarios/conflicts/b.scenario.yaml,line=3,col=5,title=a%2Cb%3Ac failed::FAIL a,b:c"))
        #expect(lines[0].contains("100 %25 wrong") && lines[0].contains("%0A"))
        var many = SampleRun()
        for number in 1...15 { many.failed("f\(number)") }
        let crowd = GitHubAnnotations.lines(many.archive)
        #expect(crowd.count == 11 && crowd.last?.contains("5 more") == true)
    }

    @Test("what fails in quarantine is flaky in every report, counts nowhere as failed, and costs nothing")
    func quarantine() throws {
        var run = SampleRun()
        run.failed("known", isInQuarantine: true)
        run.end()
        let summary = run.archive.summary
        #expect(summary.flaky == 1 && summary.failed == 0 && summary.exitCode(flaky: .fail) == .passed)
        let text = try CTRFReport(run.archive).json
        #expect(text.contains("\"status\" : \"other\"") && text.contains("\"failed\" : 0,"))
        let lines = GitHubAnnotations.lines(run.archive)
        #expect(lines.count == 1 && lines[0].hasPrefix("::warning ") && lines[0].contains("title=known flaky"))
        let xml = JUnitReport(run.archive).xml
        #expect(xml.contains("tests=\"1\" failures=\"0\"") && xml.contains("<flakyFailure "))
    }

    @Test("JUnit: however often a scenario was tried, it is one case, and every attempt's reason stands in it")
    func attempts() {
        var run = SampleRun()
        run.failed("never-works", attempt: 1, what: "first reason")
        run.failed("never-works", verdict: .broken, attempt: 2, what: "second reason")
        run.failed("never-works", attempt: 3, what: "third reason")
        run.failed("shaky", attempt: 1, what: "only reason")
        run.passed("shaky", isFlaky: true)
        run.end()
        let xml = JUnitReport(run.archive).xml
        func count(_ text: String) -> Int { xml.components(separatedBy: text).count - 1 }
        #expect(xml.contains("<testsuites name=\"mirox-rig\" tests=\"2\" failures=\"1\" errors=\"0\""))
        #expect(count("<testcase ") == 2)
        #expect(count("<failure message=\"third reason\"") == 1 && count("<failure ") == 1)
        #expect(count("<rerunFailure message=\"first reason\"") == 1)
        #expect(count("<rerunError message=\"second reason\"") == 1)
        #expect(count("<flakyFailure message=\"only reason\"") == 1 && count("<flakyFailure ") == 1)
    }

    // MARK: Shards

    private func shard(_ index: Int, of count: Int, seed: String = "7f3a") -> (name: String, text: String) {
        var run = SampleRun(shard: Shard("\(index)/\(count)"), seed: seed)
        run.passed("works-\(index)")
        run.end()
        return ("\(index).ndjson", run.ndjson)
    }

    private func refusal(_ files: [(name: String, text: String)]) -> String? {
        do throws(ShardMerge.Refusal) {
            _ = try ShardMerge(files)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("shards come together, in whichever order they are named")
    func merge() throws {
        let merge = try ShardMerge([shard(2, of: 3), shard(1, of: 3), shard(3, of: 3)])
        #expect(merge.archive.summary.passed == 3)
        #expect(Set(merge.archive.cases.map(\.name)) == ["works-1", "works-2", "works-3"])
        #expect(try ShardMerge([shard(1, of: 1)]).archive.summary.total == 1)
    }

    @Test("a missing, doubled, foreign or cut shard is refused, and the refusal says which")
    func refusals() {
        #expect(refusal([shard(1, of: 3), shard(3, of: 3)])?.contains("shard 2/3 is missing") == true)
        #expect(refusal([shard(1, of: 2), shard(1, of: 2)])?.contains("are the same shard, 1/2") == true)
        #expect(refusal([shard(1, of: 2), shard(2, of: 3)])?.contains("different runs") == true)
        #expect(refusal([shard(1, of: 2), shard(2, of: 2, seed: "1")])?.contains("--seed") == true)
        let cut = shard(1, of: 1).text.split(separator: "\n").dropLast().joined(separator: "\n")
        #expect(refusal([("cut.ndjson", cut)])?.contains("was cut short") == true)
        let headless = shard(1, of: 1).text.split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(refusal([("x.ndjson", headless)])?.contains("run-started") == true)
        #expect(refusal([("x.ndjson", "{}\n")])?.contains("x.ndjson:1") == true)
        #expect(refusal([]) == "no file of events was named")
    }
}
