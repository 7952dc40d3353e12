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

    @Option(help: "Write a JUnit report to this file.", completion: .file())
    var junit: String?

    @Option(help: "Write every event as a line of JSON to this file.", completion: .file())
    var events: String?

    @Flag(help: "Only list what would run.")
    var list = false

    @Flag(help: "With --list: as JSON.")
    var json = false

    @Flag(help: "Read and plan everything, say what would run in which order, and run nothing.")
    var dryRun = false

    @Option(help: "Use these defaults of mirox-rig.yaml.")
    var profile: String?

    func run() async throws {
        let options = course.applied(to: scenarios.runOptions)
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
            options: options, output: talk.output, keepsEvents: events != nil, limit: course.globalTimeout?.duration
        ).run(instances)
        if let junit { try write(outcome.junit.xml, to: junit) }
        if let events { try write(outcome.events.joined(separator: "\n") + "\n", to: events) }
        let status =
            outcome.endedEarly
            ?? outcome.summary.exitCode(allowEmpty: options.allowEmpty, flaky: options.flakyPolicy)
        throw ExitCode(status.rawValue)
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
