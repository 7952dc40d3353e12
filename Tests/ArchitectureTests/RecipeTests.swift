import Foundation
import Testing

@Suite("The recipes for CI")
struct RecipeTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
    }

    @Test("the container is built with what the Makefile builds with")
    func packages() throws {
        let line = try #require(
            text("Makefile").split(separator: "\n").first { $0.hasPrefix("BUILD_PACKAGES := ") })
        let packages = line.split(separator: " ").dropFirst(2)
        #expect(packages.count > 5)
        let stages = try text(".ci/Containerfile").components(separatedBy: "\nFROM ")
        #expect(stages.count == 3)
        let words = Set(stages[1].split { " \n\\".contains($0) })
        for package in packages { #expect(words.contains(package), "\(package) is not in the container's build stage") }
    }

    @Test("a job asks the machine before it runs anything, keeps what a run leaves, and makes one report of all shards")
    func job() throws {
        let job = try text(".ci/github-job.yml")
        let doctor = try #require(job.range(of: "mirox-rig doctor"))
        let run = try #require(job.range(of: "mirox-rig run Scenarios --shard"))
        #expect(doctor.upperBound < run.lowerBound)
        #expect(job.contains("--seed ${{ github.run_id }}") && job.contains("--capture on-failure --out out"))
        #expect(job.contains("if: always()") && job.contains("mirox-rig report shards/*/events.ndjson --out out"))
    }
}
