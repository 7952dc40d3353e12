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

    @OptionGroup var captures: CaptureFlags

    @OptionGroup var reports: ReportOptions

    @Option(help: "Leave labs up behind their scenario until Ctrl-C: on-failure, always.")
    var keep = KeepLab.never

    @Option(
        name: .customLong("break"), help: "Stop before the step at FILE:LINE with the lab up; mirox-rig resume goes on."
    )
    var breakAt: String?

    @Flag(name: .shortAndLong, help: "No line for what passed.")
    var quiet = false

    func validate() throws {
        guard (1...10_000).contains(`repeat`) else { throw ValidationError("--repeat takes a number from 1 to 10000") }
        guard (1...256).contains(jobs ?? 1) else { throw ValidationError("-j takes a number from 1 to 256") }
        guard timeFactor > 0, timeFactor <= 1000 else {
            throw ValidationError("--time-factor takes a number above 0, up to 1000")
        }
        if let breakAt, PathArgument(breakAt).line == nil {
            throw ValidationError("--break takes a file and a line, such as Scenarios/conflict.scenario.yaml:29")
        }
        if Surroundings.isCI, keep != .never || breakAt != nil {
            throw ValidationError("--keep and --break wait for somebody, and CI=true says that nobody is there")
        }
        if let seed, Seed(seed) == nil { throw ValidationError("--seed takes hexadecimal digits, not '\(seed)'") }
    }

    func run() async throws {
        let options = runOptions
        let instances = try scenarios.instances(options)
        let outcome = await Suite(
            options: options, isQuiet: quiet, reports: reports, captures: try captures.folder(in: reports.out ?? "out")
        ).run(instances)
        if let signal = outcome.interruptedBy { throw ExitCode(128 + signal) }
        try ReportWriter(options: reports).write(outcome.archive, junit: outcome.junit, lines: outcome.events)
        await KeptLabs.all.waitForEnd()
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
        options.keeps = keep
        options.breakAt = breakAt.map { PathArgument($0) }
        return options
    }
}

extension KeepLab: ExpressibleByArgument {}
