import ArgumentParser
import Foundation
import ScenarioModel
import ScenarioRunner

/// The command `mirox-rig run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run scenarios, each in a lab of its own.",
        discussion: """
            Every option can also be said by the environment (MIROX_RIG_RETRIES=2) and by mirox-rig.yaml in this folder; the \
            command line wins over the environment, and that over the file.

            Exit codes: 0 all passed; 1 a scenario failed; 2 a file is invalid and nothing ran; 3 broken (environment, setup, \
            teardown or a positive control); 4 nothing selected; 5 passed but flaky, with --flaky fail; 6 a report could not be \
            written; 64 usage; 70 internal error; 124 --global-timeout; 130 interrupted; 143 terminated.
            """)

    @OptionGroup var scenarios: ScenarioOptions
    @OptionGroup var course: CourseOptions
    @OptionGroup var talk: TalkOptions

    @OptionGroup var captures: CaptureFlags

    @OptionGroup var reports: ReportOptions

    @Option(
        name: .customLong("break"), help: "Stop before the step at FILE:LINE with the lab up; mirox-rig resume goes on."
    )
    var breakAt: String?

    @Flag(help: "Only list what would run.")
    var list = false

    @Flag(help: "With --list: as JSON.")
    var json = false

    @Flag(help: "Read and plan everything, say what would run in which order, and run nothing.")
    var dryRun = false

    @Option(help: "Use these defaults of mirox-rig.yaml.")
    var profile: String?

    func validate() throws {
        guard let breakAt else { return }
        guard PathArgument(breakAt).line != nil else {
            throw ValidationError("--break takes a file and a line, such as Scenarios/conflict.scenario.yaml:29")
        }
        if Surroundings.isCI {
            throw ValidationError("--break waits for somebody, and CI=true says that nobody is there")
        }
    }

    func run() async throws {
        var options = course.applied(to: scenarios.runOptions)
        options.breakAt = breakAt.map { PathArgument($0) }
        var instances = try scenarios.instances(options)
        if let timeout = options.timeout {
            for index in instances.indices { instances[index].timeout = timeout }
        }
        for index in instances.indices {
            instances[index].invariants += course.watched.filter { !instances[index].invariants.contains($0) }
        }
        if list || dryRun {
            let planned = list ? instances : Schedule(instances, options: options).jobs(round: 1).map(\.instance)
            Console.print(try Listing.text(planned, asJSON: json))
            if dryRun { Console.error("nothing was run (seed \(options.seed))") }
            throw ExitCode(instances.isEmpty && !options.allowEmpty ? 4 : 0)
        }
        let outcome = await Suite(
            options: options, output: talk.output, reports: reports, limit: course.globalTimeout?.duration,
            captures: try captures.folder(in: reports.out)
        ).run(instances)
        try ReportWriter(options: reports).write(outcome.archive, lines: outcome.events)
        if let early = outcome.endedEarly {
            await KeptLabs.all.takeDown()
            throw ExitCode(early.rawValue)
        }
        await KeptLabs.all.waitForEnd()
        throw ExitCode(
            outcome.summary.exitCode(allowEmpty: options.allowEmpty, flaky: options.flakyPolicy).rawValue)
    }
}
