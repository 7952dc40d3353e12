import ArgumentParser
import Foundation
import ScenarioRunner

/// The command `mirox-rig report EVENTS…`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make reports from the event files of a run, or of all shards of one.",
        discussion: """
            The files are those of 'run --events' or 'run --out'. A missing shard is refused, as is one whose run was cut short. \
            Ends with the exit code that the whole run would have had. With --out the captures that lie beside the files are \
            copied along.
            """)

    @Argument(help: "Event files, one of each shard.", completion: .file(extensions: ["ndjson"]))
    var files: [String]

    @OptionGroup var reports: ReportOptions

    @Option(help: "What a pass at a further attempt is worth: pass or fail (default: fail when CI=true).")
    var flaky: FlakyPolicy?

    @Flag(name: .shortAndLong, help: "No failures on the terminal, only the counts.")
    var quiet = false

    func run() throws {
        let merge: ShardMerge
        do throws(ShardMerge.Refusal) {
            merge = try ShardMerge(try files.map(read)) { place($1, beside: $0) }
        } catch {
            throw RigFault.ending(2, "\(error)")
        }
        var terminal = TerminalReport(isColored: Surroundings.wantsColor, detail: .quiet)
        for event in merge.events {
            if let text = terminal.receive(event), !quiet { Console.print(text) }
        }
        var summary = merge.archive.summary
        summary.report = reports.page
        try ReportWriter(options: reports).write(
            merge.archive, lines: reports.wantsEvents ? try merge.events.map(RunLine.encode) : [])
        Console.print(summary.lines)
        throw ExitCode(summary.exitCode(flaky: flaky ?? (Surroundings.isCI ? .fail : .pass)).rawValue)
    }

    /// Where a file that was written beside a file of events is for the reports made here; copied along with `--out`.
    private func place(_ attachment: RunEvent.Attachment, beside events: String) -> RunEvent.Attachment {
        guard !attachment.path.hasPrefix("/") else { return attachment }
        var attachment = attachment
        let folder = URL(fileURLWithPath: events).deletingLastPathComponent()
        let source = folder.appending(path: attachment.path).standardizedFileURL
        guard let out = reports.out else {
            attachment.path = source.path
            return attachment
        }
        let copy = URL(fileURLWithPath: out).appending(path: attachment.path).standardizedFileURL
        guard copy != source else { return attachment }
        let manager = FileManager.default
        try? manager.createDirectory(at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? manager.removeItem(at: copy)
        // What cannot be copied is linked to where it is.
        if (try? manager.copyItem(at: source, to: copy)) == nil { attachment.path = source.path }
        return attachment
    }

    private func read(_ path: String) throws(ShardMerge.Refusal) -> (name: String, text: String) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ShardMerge.Refusal(description: "there is no file '\(path)'")
        }
        return (path, String(decoding: data, as: UTF8.self))
    }
}
