import ArgumentParser
import Foundation
import ScenarioRunner

/// The command `mirox-rig report EVENTS…`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make reports from the event files of a run, or of all shards of one.",
        discussion: """
            The files are those of 'run --events' or 'run --out'. A missing shard is refused, as is one whose run was cut short. \
            Ends with the exit code that the whole run would have had.
            """)

    @Argument(help: "Event files, one of each shard.", completion: .file(extensions: ["ndjson"]))
    var files: [String]

    @OptionGroup var reports: ReportOptions

    @Flag(name: .shortAndLong, help: "No failures on the terminal, only the counts.")
    var quiet = false

    func run() throws {
        let merge: ShardMerge
        do throws(ShardMerge.Refusal) {
            merge = try ShardMerge(try files.map(read))
        } catch {
            throw RigFault.ending(2, "\(error)")
        }
        var terminal = TerminalReport(isColored: Surroundings.wantsColor, detail: .quiet)
        var junit = JUnitReport()
        for event in merge.events {
            if let text = terminal.receive(event), !quiet { Console.print(text) }
            junit.receive(event)
        }
        var summary = merge.archive.summary
        summary.report = reports.page
        try ReportWriter(options: reports).write(
            merge.archive, junit: junit, lines: reports.wantsEvents ? try merge.events.map(RunLine.encode) : [])
        Console.print(summary.lines)
        throw ExitCode(summary.exitCode().rawValue)
    }

    private func read(_ path: String) throws(ShardMerge.Refusal) -> (name: String, text: String) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ShardMerge.Refusal(description: "there is no file '\(path)'")
        }
        return (path, String(decoding: data, as: UTF8.self))
    }
}
