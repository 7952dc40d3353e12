import ArgumentParser
import Foundation
import ScenarioRunner

/// Where a run's reports go; all of them are made from the same events.
struct ReportOptions: ParsableArguments {
    @Option(help: "Write a JUnit report to this file.", completion: .file())
    var junit: String?

    @Option(help: "Write one self-contained page to this file.", completion: .file())
    var html: String?

    @Option(help: "Write a CTRF report (JSON) to this file.", completion: .file())
    var ctrf: String?

    @Option(help: "Write every event as a line of JSON to this file; - is standard output.", completion: .file())
    var events: String?

    @Flag(help: "Print failures as GitHub annotations.")
    var github = false

    @Option(
        help: """
            Write everything into this folder, under fixed names: events.ndjson, report.html, junit.xml, ctrf.json, captures/. \
            It is kept below 100 MB.
            """, completion: .directory)
    var out: String?

    /// The folder's own report, for the RESULT line.
    var page: String? { html ?? out.map { "\($0)/\(Artefacts.page)" } }

    /// Whether lines of events are asked for at all.
    var wantsEvents: Bool { events != nil || out != nil }
}

/// The artefact folder of a run: fixed names, so that CI finds them, and a limit, so that nobody regrets it.
enum Artefacts {
    static let events = "events.ndjson"
    static let page = "report.html"
    static let junit = "junit.xml"
    static let ctrf = "ctrf.json"
    static let captures = "captures"
    static let limitBytes = 100_000_000

    /// Deletes the largest captures until the folder is small enough.
    ///
    /// - Returns: what was deleted.
    static func trim(_ folder: String, limit: Int = limitBytes) -> [String] {
        let manager = FileManager.default
        func size(_ path: String) -> Int {
            ((try? manager.attributesOfItem(atPath: "\(folder)/\(path)"))?[.size] as? Int) ?? 0
        }
        let files = (manager.subpaths(atPath: folder) ?? []).map { (path: $0, bytes: size($0)) }
        var total = files.reduce(0) { $0 + $1.bytes }
        var deleted: [String] = []
        let largest = files.filter { $0.path.hasPrefix("\(captures)/") && $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }
        for file in largest where total > limit {
            guard (try? manager.removeItem(atPath: "\(folder)/\(file.path)")) != nil else { continue }
            total -= file.bytes
            deleted.append(file.path)
        }
        return deleted
    }
}

/// Writes the reports of a run or of several shards of one.
struct ReportWriter {
    let options: ReportOptions

    /// - Throws: exit code 6 when one could not be written.
    func write(_ archive: RunArchive, lines: [String]) throws {
        var notes: [String] = []
        if let out = options.out {
            let deleted = Artefacts.trim(out)
            if !deleted.isEmpty {
                notes.append(
                    "\(out) was larger than \(Artefacts.limitBytes) bytes; deleted: \(deleted.joined(separator: ", "))")
            }
        }
        let folder = options.out
        var archive = archive
        archive.keepAttachments { FileManager.default.fileExists(atPath: place(of: $0)) }
        for path in [options.html, folder.map { "\($0)/\(Artefacts.page)" }].compactMap({ $0 }) {
            try write(try page(of: archive, at: path), to: path)
        }
        for path in [options.junit, folder.map { "\($0)/\(Artefacts.junit)" }].compactMap({ $0 }) {
            try write(JUnitReport(archive).xml, to: path)
        }
        for path in [options.ctrf, folder.map { "\($0)/\(Artefacts.ctrf)" }].compactMap({ $0 }) {
            try write(try CTRFReport(archive).json, to: path)
        }
        let text = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
        for path in [options.events, folder.map { "\($0)/\(Artefacts.events)" }].compactMap({ $0 }) {
            if path == "-" { Console.print(String(text.dropLast())) } else { try write(text, to: path) }
        }
        if options.github { GitHubAnnotations.lines(archive).forEach { Console.print($0) } }
        notes.forEach { Console.error("mirox-rig: \($0)") }
    }

    /// Where the file of an attachment lies.
    private func place(of attachment: RunEvent.Attachment) -> String {
        attachment.path.hasPrefix("/") ? attachment.path : "\(options.out ?? ".")/\(attachment.path)"
    }

    /// The page as it stands at that path: what it does not hold it names as seen from there.
    private func page(of archive: RunArchive, at path: String) throws -> String {
        let isInFolder = options.out.map { path == "\($0)/\(Artefacts.page)" } ?? false
        return try HTMLReport(
            archive, read: { FileManager.default.contents(atPath: place(of: $0)).map(Array.init) },
            link: { isInFolder ? $0.path : URL(fileURLWithPath: place(of: $0)).standardizedFileURL.path }
        ).html
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
