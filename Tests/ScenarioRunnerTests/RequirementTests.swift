import ScenarioModel
import Testing

@testable import ScenarioRunner

@Suite("The matrix of requirements")
struct RequirementTests {
    private func cover(_ requirement: String, _ name: String) -> RequirementMatrix.Cover {
        .init(requirement: requirement, kind: .scenario, name: name, place: "f:1")
    }

    @Test("there are ninety, each with a title")
    func titles() {
        #expect(Requirement.all.count == 90)
        #expect(Set(Requirement.all.map(\.title)).count == 90)
        #expect(Requirement.all[28].name == "R29")
        #expect(Requirement.all[28].title.contains("drop at the next sync"))
    }

    @Test("covered is what something names, proven what a defect turned red as well")
    func states() {
        let matrix = RequirementMatrix(
            covers: [cover("R29", "a"), cover("R9", "b")], proven: ["R29": ["route-not-removed"], "R30": ["other"]],
            results: ["a": .failed, "b": .passed])
        #expect(matrix.rows[28].state == .proven)
        #expect(matrix.rows[28].last == .failed)
        #expect(matrix.rows[8].state == .covered)
        // A defect proves nothing where nobody says to look.
        #expect(matrix.rows[29].state == .open)
        #expect(matrix.text(isDetailed: false).hasSuffix("1 proven, 1 covered, 88 open, of 90 requirements"))
    }

    @Test("the gate fails on a loss and on nothing else")
    func gate() {
        let before = RequirementMatrix(
            covers: [cover("R29", "a"), cover("R9", "b")], proven: ["R29": ["d"]], results: [:])
        #expect(before.gate == "R9 covered\nR29 proven\n")
        #expect(before.losses(since: before.gate).isEmpty)
        let unproven = RequirementMatrix(covers: [cover("R29", "a"), cover("R9", "b")], proven: [:], results: [:])
        #expect(unproven.losses(since: before.gate) == ["R29 was proven and is covered now"])
        let uncovered = RequirementMatrix(covers: [cover("R29", "a")], proven: ["R29": ["d"]], results: [:])
        #expect(uncovered.losses(since: before.gate) == ["R9 was covered and is open now"])
        let better = RequirementMatrix(
            covers: [cover("R29", "a"), cover("R9", "b"), cover("R10", "c")], proven: ["R29": ["d"], "R9": ["e"]],
            results: [:])
        #expect(better.losses(since: before.gate).isEmpty)
        #expect(better.gains(since: before.gate) == 2)
        #expect(before.losses(since: "R29 sure").count == 1)
    }

    @Test("tests say what they cover by a trait or by their name")
    func scanning() {
        let source = """
            \u{40}Suite("A suite", .serialized) struct S {
                \u{40}Test("R9: of two issues one wins")
                func a() {}
                \u{40}Test("the file comes at once", .cover\u{73}("R10", "R12"))
                func b() {}
                \u{40}Test(
                    "R15, R16: what stands in the file",
                    arguments: [1])
                func c() {}
                \u{40}Test("Rates: nothing is covered here, nor by R99", .tags(.x))
                func d() {}
            }
            """
        let found = CoverScanner.covers(in: source, path: "T.swift").map {
            "\($0.requirement) \($0.name) \($0.place) \($0.function ?? "")"
        }
        #expect(
            found == [
                "R9 R9: of two issues one wins T.swift:2 S.a", "R10 the file comes at once T.swift:4 S.b",
                "R12 the file comes at once T.swift:4 S.b", "R15 R15, R16: what stands in the file T.swift:7 S.c",
                "R16 R15, R16: what stands in the file T.swift:7 S.c",
            ])
    }

    @Test("the last result is the worst of the scenarios and tests that cover it, and says how many have none")
    func lastResults() {
        let test = RequirementMatrix.Cover(
            requirement: "R9", kind: .test, name: "of two", place: "T.swift:2", function: "S.a")
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites><testsuite name="TestResults" errors="0" tests="3">
            <testcase classname="ModuleTests.Outer.S" name="a()" time="0.1"><failure message="it &gt; is not" /></testcase>
            <testcase classname="ModuleTests.S" name="b(seed:)" time="0.1" />
            <testcase classname="ModuleTests.S" name="c()" time="0.1"><skipped>no namespaces</skipped></testcase>
            </testsuite></testsuites>
            """
        let verdicts = TestVerdicts.verdicts(in: xml)
        #expect(verdicts == ["S.a": .failed, "S.b": .passed, "S.c": .skipped])
        func text(_ results: [String: Verdict]) -> String {
            RequirementMatrix(covers: [test, cover("R9", "b")], proven: [:], results: results).text(isDetailed: false)
        }
        #expect(text(["b": .passed]).contains("1 scenario(s), 1 test(s), last passed, 1 of 2 not run"))
        #expect(text(verdicts.merging(["b": .passed]) { $1 }).contains("1 scenario(s), 1 test(s), last failed\n"))
        #expect(text([:]).contains("1 scenario(s), 1 test(s), never run"))
    }
}
