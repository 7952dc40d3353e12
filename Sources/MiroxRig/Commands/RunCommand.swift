import ArgumentParser
import Foundation
import ScenarioModel
import ScenarioRunner

/// The command `mirox-rig run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run scenarios, each in a lab of its own.",
        discussion: """
            Exit codes: 0 all passed; 1 a scenario failed; 2 a file is invalid and nothing ran; 3 broken (environment, setup or a \
            positive control); 4 nothing selected; 6 a report could not be written; 64 usage; 130 interrupted; 143 terminated.
            """)

    @OptionGroup var scenarios: ScenarioOptions

    @Option(name: .short, help: "How many labs at a time (default: four for each core).")
    var jobs: Int?

    @Option(help: "Run everything so many times.")
    var `repeat` = 1

    @Option(help: "Drives the order and every random choice; hexadecimal.")
    var seed: String?

    @Flag(help: "Begin no further scenario after one that did not pass.")
    var failFast = false

    @Flag(help: "Selecting nothing is no error.")
    var allowEmpty = false

    @Option(help: "Multiplies every 'within', for slow machines.")
    var timeFactor = 1.0

    @Option(help: "Write a JUnit report to this file.", completion: .file())
    var junit: String?

    @Option(help: "Write every event as a line of JSON to this file.", completion: .file())
    var events: String?

    @Flag(name: .shortAndLong, help: "No line for what passed.")
    var quiet = false

    func validate() throws {
        guard (1...10_000).contains(`repeat`) else { throw ValidationError("--repeat takes a number from 1 to 10000") }
        guard (1...256).contains(jobs ?? 1) else { throw ValidationError("-j takes a number from 1 to 256") }
        guard timeFactor > 0, timeFactor <= 1000 else {
            throw ValidationError("--time-factor takes a number above 0, up to 1000")
        }
        if let seed, Seed(seed) == nil { throw ValidationError("--seed takes hexadecimal digits, not '\(seed)'") }
    }

    func run() async throws {
        let options = runOptions
        let instances = try scenarios.instances(options)
        let outcome = await Suite(options: options, isQuiet: quiet, keepsEvents: events != nil).run(instances)
        if let signal = outcome.interruptedBy { throw ExitCode(128 + signal) }
        if let junit { try write(outcome.junit.xml, to: junit) }
        if let events { try write(outcome.events.joined(separator: "\n") + "\n", to: events) }
        throw ExitCode(outcome.summary.exitCode(allowEmpty: options.allowEmpty).rawValue)
    }

    private var runOptions: RunOptions {
        var options = scenarios.runOptions
        options.jobs = jobs ?? 4 * ProcessInfo.processInfo.activeProcessorCount
        options.repeatCount = `repeat`
        options.seed = seed.flatMap { Seed($0) } ?? Seed(UInt64.random(in: 0...0xFFFF))
        options.failFast = failFast
        options.allowEmpty = allowEmpty
        options.timeFactor = timeFactor
        return options
    }

    private func write(_ text: String, to path: String) throws {
        do {
            let file = URL(fileURLWithPath: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        } catch {
            throw RigFault.ending(6, "the report \(path) could not be written: \(error.localizedDescription)")
        }
    }
}
