import ArgumentParser
import Foundation
import ScenarioModel
import ScenarioRunner

/// The command `mirox-rig requirements`.
struct RequirementsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requirements",
        abstract: "Print which requirement of the product is proven, covered or open, and by what.",
        discussion: """
            Covered: a step of a scenario or a test says that it proves it. Proven: a defect that breaks it turned one of them red \
            ('make mutants' writes that down). A gate is a file that holds what was reached; with --gate the command fails when \
            something of it was lost.
            """)

    @Argument(help: "Scenario files or folders.", completion: .file())
    var paths: [String] = ["Scenarios"]

    @Option(help: "The tests' sources.", completion: .directory)
    var tests = "Tests"

    @Option(help: "What defects have proven.", completion: .file())
    var proven = "Tests/Mutants/proven.json"

    @Option(help: "Events of a run, for the last results.", completion: .file())
    var results = "out/events.ndjson"

    @Option(help: "What 'make test' has written of the tests, for their last results.", completion: .file())
    var testResults = "out/tests-swift-testing.xml"

    @Option(help: "Fail, exit code 1, when something that this file holds was lost.", completion: .file())
    var gate: String?

    @Flag(help: "With --gate: write what is reached now into the file.")
    var update = false

    @Flag(name: .shortAndLong, help: "A line for every scenario, test and defect.")
    var verbose = false

    func validate() throws {
        if update, gate == nil { throw ValidationError("--update wants --gate") }
    }

    func run() throws {
        let matrix = RequirementMatrix(
            covers: try scenarioCovers() + testCovers(), proven: try provenDefects(),
            results: lastResults().merging(lastTestResults) { $1 })
        Console.print(matrix.text(isDetailed: verbose))
        guard let gate else { return }
        if update {
            try write(matrix.gate, to: gate)
            return
        }
        guard let held = try? String(contentsOfFile: gate, encoding: .utf8) else {
            throw RigFault.usage("there is no gate '\(gate)'; --update writes one")
        }
        let losses = matrix.losses(since: held)
        for loss in losses { Console.error("mirox-rig: \(loss)") }
        guard losses.isEmpty else { throw ExitCode(1) }
        let gains = matrix.gains(since: held)
        if gains > 0 { Console.error("\(gains) more than the gate holds: --gate \(gate) --update keeps them") }
    }

    private func scenarioCovers() throws -> [RequirementMatrix.Cover] {
        let plans = try ScenarioFiles.plans(paths)
        // The instances of a matrix have the same steps.
        return plans.compactMap(\.instances.first).flatMap { instance in
            Instance.all(instance.setup + instance.steps).flatMap { step in
                step.covers.map {
                    .init(
                        requirement: $0, kind: .scenario, name: instance.id,
                        place: "\(step.location.file):\(step.location.line)")
                }
            }
        }
    }

    private func testCovers() -> [RequirementMatrix.Cover] {
        let files = (FileManager.default.subpaths(atPath: tests) ?? []).filter { $0.hasSuffix(".swift") }.sorted()
        return files.flatMap { file -> [RequirementMatrix.Cover] in
            let path = "\(tests)/\(file)"
            guard let source = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
            return CoverScanner.covers(in: source, path: path)
        }
    }

    /// `{ "requirements": { "R29": ["route-not-removed"] } }`; nothing is proven where there is no such file.
    private struct Proof: Decodable {
        var requirements: [String: [String]]
    }

    private func provenDefects() throws -> [String: [String]] {
        guard let data = FileManager.default.contents(atPath: proven) else { return [:] }
        do {
            return try JSONDecoder().decode(Proof.self, from: data).requirements
        } catch {
            throw RigFault.ending(
                2, "\(proven) is not { \"requirements\": { \"R29\": [\"name of a defect\"] } }: \(error)")
        }
    }

    private var lastTestResults: [String: Verdict] {
        guard let text = try? String(contentsOfFile: testResults, encoding: .utf8) else { return [:] }
        return TestVerdicts.verdicts(in: text)
    }

    /// The last verdict of each scenario, the worst of its instances.
    private func lastResults() -> [String: Verdict] {
        guard let text = try? String(contentsOfFile: results, encoding: .utf8) else { return [:] }
        var ids: [String: String] = [:]
        var byInstance: [String: Verdict] = [:]
        for line in text.split(separator: "\n") {
            guard let event = try? RunLine.decode(line) else { continue }
            if case .started(let started) = event.kind { ids[event.instance] = started.id }
            if case .finished(let finished) = event.kind { byInstance[event.instance] = finished.verdict }
        }
        var results: [String: Verdict] = [:]
        for (instance, verdict) in byInstance {
            guard let id = ids[instance] else { continue }
            if verdict != .passed || results[id] == nil { results[id] = verdict }
        }
        return results
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw RigFault.ending(6, "\(path) could not be written: \(error.localizedDescription)")
        }
    }
}
