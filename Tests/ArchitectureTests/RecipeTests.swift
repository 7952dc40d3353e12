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

    @Test("the fuzzers are built with every module that their entries stand on, each after those below it")
    func fuzzers() throws {
        let script = try text("Tests/Fuzzing/fuzz.sh")
        let line = try #require(script.split(separator: "\n").first { $0.hasPrefix("for name in ") })
        let built = line.dropFirst("for name in ".count).prefix { $0 != ";" }.split(separator: " ").map(String.init)
        let entries = try SourceTree.swiftFiles(under: "Tests/FuzzEntries")
        var wanted = Set(entries.flatMap(\.lines).compactMap(SourceTree.importedModule))
        var stack = Array(wanted)
        while let name = stack.popLast() {
            for module in House.rooms[name]?.ours ?? [] where wanted.insert(module).inserted { stack.append(module) }
        }
        #expect(Set(built) == wanted.intersection(House.rooms.keys))
        for module in wanted.intersection(House.cellar) {
            #expect(script.contains("Sources/\(module)"), "\(module) is not built")
        }
        for (place, name) in built.enumerated() {
            let below = House.rooms[name]?.ours.subtracting(House.cellar) ?? []
            #expect(below.isSubset(of: built.prefix(place)), "\(name) is built before what it imports")
        }
    }
}
