import AccessModel
import ControlProtocol
import Digest
import GRDB

extension Store {
    /// What the first entry follows.
    static let chainStart = String(repeating: "0", count: 64)

    static func append(_ draft: AuditDraft, at now: Timestamp, in database: Database) throws {
        let last = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        let cut = last == nil ? try meta(AuditCut.self, AuditCut.name, in: database) : nil
        let sequence = (last?["sequence"] as Int64? ?? Int64(cut?.sequence ?? 0)) + 1
        let entry = AuditEntry(
            sequence: UInt64(sequence), at: now, action: draft.action.rawValue, by: draft.by, person: draft.person,
            plant: draft.plant, detail: draft.detail, hash: "")
        try database.execute(
            sql: """
                INSERT INTO audit (sequence, at, action, author, person, plant, detail, hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                sequence, now.milliseconds, draft.action.rawValue, draft.by, draft.person?.text, draft.plant?.text,
                try encode(draft.detail), hash(of: entry, after: last?["hash"] ?? cut?.hash ?? chainStart),
            ])
        for organization in draft.organizations.sorted() {
            try database.execute(
                sql: "INSERT INTO audit_reader (sequence, organization) VALUES (?, ?)",
                arguments: [sequence, organization.text])
        }
    }

    /// The hash that stands on an entry: of its content and of the hash before it.
    private static func hash(of entry: AuditEntry, after previous: String) -> String {
        ContentHash.of { writer in
            writer.append(previous)
            writer.append(entry.sequence)
            writer.append(UInt64(bitPattern: entry.at.milliseconds))
            writer.append(entry.action)
            writer.append(entry.by)
            writer.append(optional: entry.person?.text) { $0.append($1) }
            writer.append(optional: entry.plant?.text) { $0.append($1) }
            let detail = entry.detail.sorted { $0.key < $1.key }
            writer.append(count: detail.count)
            for (name, text) in detail {
                writer.append(name)
                writer.append(text)
            }
        }.description
    }

    func record(_ drafts: [AuditDraft], at now: Timestamp) throws {
        try database.write { database in
            for draft in drafts { try Self.append(draft, at: now, in: database) }
        }
    }

    // MARK: Reading

    /// Which entries and rows are wanted.
    struct AuditFilter {
        /// `nil`: all organisations.
        var organization: OrganizationID?
        var plant: PlantID?
        var person: PersonID?
        var action: String?
        var from: Timestamp?
        var to: Timestamp?
        /// Only entries behind this one.
        var after: UInt64 = 0
        var limit = 500
    }

    func auditPage(_ filter: AuditFilter) throws -> AuditPage {
        try database.read { database in
            var entries = try Self.entries(filter, in: database)
            let hasMore = entries.count > filter.limit
            if hasMore { entries.removeLast() }
            return AuditPage(
                access: try Self.accessRows(filter, in: database), entries: entries,
                next: hasMore ? entries.last.map { String($0.sequence) } : nil)
        }
    }

    private static func entries(_ filter: AuditFilter, in database: Database) throws -> [AuditEntry] {
        var condition = "sequence > ?"
        var arguments: [(any DatabaseValueConvertible)?] = [Int64(clamping: filter.after)]
        func add(_ sql: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            condition += " AND " + sql
            arguments.append(value)
        }
        add(
            "EXISTS (SELECT 1 FROM audit_reader AS r WHERE r.sequence = audit.sequence AND r.organization = ?)",
            filter.organization?.text)
        add("plant = ?", filter.plant?.text)
        add("person = ?", filter.person?.text)
        add("action = ?", filter.action)
        add("at >= ?", filter.from?.milliseconds)
        add("at < ?", filter.to?.milliseconds)
        arguments.append(filter.limit + 1)
        return try Row.fetchAll(
            database, sql: "SELECT * FROM audit WHERE \(condition) ORDER BY sequence LIMIT ?",
            arguments: StatementArguments(arguments)
        ).map(entry)
    }

    static func entry(_ row: Row) throws -> AuditEntry {
        AuditEntry(
            sequence: UInt64(row["sequence"] as Int64), at: Timestamp(milliseconds: row["at"]), action: row["action"],
            by: row["author"], person: (row["person"] as String?).map { PersonID($0) },
            plant: (row["plant"] as String?).map { PlantID($0) },
            detail: try decode([String: String].self, row["detail"]), hash: row["hash"])
    }

    /// Walks the whole chain.
    func verifyAudit() throws -> AuditVerification { try database.read { try Self.verifyAudit(in: $0) } }

    /// Walks the chain from its start, or from where retention has cut it.
    static func verifyAudit(in database: Database) throws -> AuditVerification {
        let cut = try meta(AuditCut.self, AuditCut.name, in: database)
        var previous = cut?.hash ?? chainStart
        var last = cut?.sequence ?? 0
        var count: UInt64 = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
        while let row = try rows.next() {
            let entry = try entry(row)
            count += 1
            last += 1
            guard entry.sequence == last, entry.hash == hash(of: entry, after: previous) else {
                return AuditVerification(isIntact: false, entries: count, brokenAt: entry.sequence)
            }
            previous = entry.hash
        }
        return AuditVerification(isIntact: true, entries: count)
    }
}
