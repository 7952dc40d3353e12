import AccessModel
import Foundation
import ScenarioModel

extension HTMLReport {
    /// What the page's program reads.
    struct Page: Codable {
        var version: String
        var seed: String
        var startedAt: String
        var seconds: Double
        var shards: [String]
        var totals: [String: Int]
        var cases: [Case]
        var sources: [String: String]
        var requirements: [Requirement]
        var notes: [String]
    }

    struct Case: Codable {
        var name: String
        var title: String
        var file: String
        var tags: [String]
        var verdict: String
        var seconds: Double
        var attempts: Int
        var steps: [Step]
        var changes: [Change]
        var lost: Int
        var packets: [Packet]
        var attachments: [Attachment]
        var failure: Explained?
    }

    struct Step: Codable {
        var label: String
        var sentence: String
        var verdict: String
        var at: Double
        var seconds: Double
        var covers: [String]
        var notes: [String]
    }

    struct Change: Codable {
        var at: Double
        var node: String
        var text: String
    }

    struct Packet: Codable {
        var at: Double
        var up: Bool
        var forwarded: Bool
        var person: String?
        var plant: String?
        /// What the gateway did, and how it says so.
        var meaning: String
        var text: String
    }

    struct Attachment: Codable {
        var name: String
        var path: String
        var type: String
        var bytes: Int
        /// Base64, when it is small enough to stand in the page.
        var content: String?
    }

    struct Explained: Codable {
        var verdict: String
        var step: String?
        var place: String?
        var line: Int?
        var name: String?
        var sentence: String
        var what: String
        var table: [Judgement.Line]
        var hops: [Explanation.Hop]
        var why: [String]
        var lastChanges: [String]
        var rerun: String
        var tables: [Table]
    }

    struct Table: Codable {
        var person: String
        var rows: [Row]
    }

    struct Row: Codable {
        var plant: String
        var subnet: String
        var status: String
        var role: String?
        var reason: String?
        var pending: String?
    }

    struct Requirement: Codable {
        var name: String
        var verdict: String
        var instances: [String]
    }
}

extension HTMLReport.Page {
    init(_ archive: RunArchive, cut: HTMLReport.Cut, files: HTMLReport.Files) {
        let summary = archive.summary
        let run = archive.runs.first
        let cases = archive.cases.map { HTMLReport.Case($0, cut: cut, files: files) }
        let shown = Set(cases.filter { $0.failure != nil }.map(\.file))
        self.init(
            version: run?.version ?? "", seed: archive.seed, startedAt: run?.startedAt ?? "",
            seconds: HTMLReport.rounded(summary.seconds), shards: archive.runs.compactMap { $0.shard?.description },
            totals: [
                "passed": summary.passed, "failed": summary.failed, "flaky": summary.flaky, "broken": summary.broken,
                "skipped": summary.skipped,
            ], cases: cases, sources: cut.sources ? archive.sources.filter { shown.contains($0.key) } : [:],
            requirements: archive.requirements.map {
                HTMLReport.Requirement(name: $0, verdict: $1.verdict.rawValue, instances: $1.instances)
            }.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }, notes: cut.note.map { [$0] } ?? [])
    }
}

extension HTMLReport.Case {
    init(_ item: RunArchive.Case, cut: HTMLReport.Cut, files: HTMLReport.Files) {
        let shown = item.shown
        let failure = shown?.failure
        let isExplained = failure != nil
        self.init(
            name: item.name, title: item.title, file: item.file, tags: item.tags,
            verdict: item.isFlaky ? "flaky" : item.verdict.rawValue, seconds: HTMLReport.rounded(item.seconds),
            attempts: item.attempts.count,
            steps: isExplained || cut.passedSteps ? (shown?.steps ?? []).map { HTMLReport.Step($0) } : [],
            changes: isExplained
                ? (shown?.changes ?? []).suffix(cut.changes).map {
                    HTMLReport.Change(at: HTMLReport.rounded($0.at), node: $0.change.node, text: $0.change.text)
                } : [], lost: shown?.lostChanges ?? 0,
            packets: isExplained ? (shown?.packets ?? []).suffix(cut.packets).map { HTMLReport.Packet($0) } : [],
            attachments: (shown?.attachments ?? []).map {
                HTMLReport.Attachment($0, limit: isExplained ? cut.attachmentBytes : 0, files: files)
            }, failure: failure.map { HTMLReport.Explained($0, cut: cut) })
    }
}

extension HTMLReport.Step {
    fileprivate init(_ step: RunArchive.StepRecord) {
        self.init(
            label: step.started.step.description, sentence: step.started.sentence,
            verdict: (step.finished?.verdict ?? .broken).rawValue, at: HTMLReport.rounded(step.at),
            seconds: HTMLReport.rounded(step.finished?.seconds ?? 0), covers: step.started.covers,
            notes: step.finished?.notes ?? [])
    }
}

extension HTMLReport.Packet {
    fileprivate init(_ row: RunEvent.Packets.Row) {
        let packet = row.packet
        let (address, other) =
            packet.isFromPerson ? (packet.destination, packet.source) : (packet.source, packet.destination)
        let service = packet.port == 0 ? "\(address)" : "\(address):\(packet.port)"
        let who = packet.person?.text ?? "\(other)"
        let way = packet.isFromPerson ? "\(who) → \(service)" : "\(service) → \(who)"
        let fate = packet.isForwarded ? packet.plant.map { packet.isFromPerson ? "to \($0)" : "from \($0)" } : nil
        let times = packet.count > 1 ? ", \(packet.count) packets" : ""
        self.init(
            at: row.at, up: packet.isFromPerson, forwarded: packet.isForwarded, person: packet.person?.text,
            plant: packet.plant?.text, meaning: Self.meaning(of: packet.verdict),
            text: "\(way): \(packet.verdict)\(fate.map { " \($0)" } ?? ""), d-\(packet.decision), revision "
                + "\(packet.revision)\(times)")
    }

    private static func meaning(of verdict: String) -> String {
        if refusals.contains(verdict) { return "refused" }
        return verdict == "echoAnswered" || verdict == "resetAnswered" ? "gateway" : verdict
    }

    /// Verdicts of the gateway that are answered with an ICMP error.
    private static let refusals: Set<String> = [
        "noPermission", "plantUnreachable", "noOwner", "noLiveAgent", "leaseExpired", "userToUser",
        "notAGatewayService", "timeExceeded",
    ]
}

extension HTMLReport.Attachment {
    fileprivate init(_ attachment: RunEvent.Attachment, limit: Int, files: HTMLReport.Files) {
        let bytes = attachment.byteCount <= limit ? files.read(attachment) : nil
        self.init(
            name: attachment.name, path: files.link(attachment), type: attachment.mediaType,
            bytes: attachment.byteCount,
            content: bytes.flatMap { $0.count <= limit ? Data($0).base64EncodedString() : nil })
    }
}

extension HTMLReport.Explained {
    fileprivate init(_ failure: Failure, cut: HTMLReport.Cut) {
        self.init(
            verdict: failure.verdict.rawValue, step: failure.step?.description,
            place: failure.step.map { "\($0.location.file):\($0.location.line)" }, line: failure.step?.location.line,
            name: failure.stepName, sentence: Self.short(failure.sentence), what: Self.short(failure.what),
            table: Array(failure.table.prefix(200)), hops: failure.hops,
            why: failure.why.prefix(cut.why).map(Self.short), lastChanges: failure.lastChanges.map(Self.short),
            rerun: failure.rerun,
            tables: (failure.tables ?? []).map { table in
                HTMLReport.Table(
                    person: table.person.text,
                    rows: table.rows.prefix(200).map {
                        HTMLReport.Row(
                            plant: $0.plant.text, subnet: "\($0.subnet)", status: $0.status.rawValue,
                            role: $0.role?.rawValue, reason: $0.reason, pending: $0.pending?.rawValue)
                    })
            })
    }

    /// A device may answer with anything, and at any length.
    private static func short(_ text: String) -> String { text.count <= 2000 ? text : "\(text.prefix(2000))…" }
}

extension HTMLReport {
    static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
