import AccessModel
import GRDB

/// Where retention has cut the audit's chain: what the oldest entry that is left follows.
struct AuditCut: Codable {
    var sequence: UInt64
    var hash: String

    static let name = "audit-cut"
}

extension Store {
    /// The access audit and its chain are kept so long (A28); session rows shorter.
    static let auditDays = 180.0

    /// Takes away what is older than may be kept: whole prefixes of the chain, which is verified from the cut on.
    ///
    /// - Returns: how many entries of the audit went.
    @discardableResult
    func applyRetention(at now: Timestamp) throws -> Int {
        let auditLimit = now.advanced(bySeconds: -Self.auditDays * 86_400).milliseconds
        let sessionLimit = now.advanced(bySeconds: -Self.sessionHistoryDays * 86_400).milliseconds
        return try database.write { database in
            try database.execute(sql: "DELETE FROM session WHERE last_heard < ?", arguments: [sessionLimit])
            try database.execute(
                sql: """
                    DELETE FROM session WHERE id IN (
                        SELECT id FROM (
                            SELECT id, ROW_NUMBER() OVER (PARTITION BY person ORDER BY started DESC, id DESC) AS place
                            FROM session)
                        WHERE place > ?)
                    """, arguments: [Self.mostSessionRows])
            try database.execute(sql: "DELETE FROM access WHERE last_touch < ?", arguments: [auditLimit])
            try database.execute(
                sql: "DELETE FROM delivery WHERE at < ?", arguments: [now.advanced(bySeconds: -86_400).milliseconds])
            // Entries are in the order of their moments, so what is too old is a prefix.
            let last = try Row.fetchOne(
                database,
                sql: """
                    SELECT sequence, hash FROM audit WHERE sequence < COALESCE(
                        (SELECT MIN(sequence) FROM audit WHERE at >= ?), (SELECT MAX(sequence) + 1 FROM audit))
                    ORDER BY sequence DESC LIMIT 1
                    """, arguments: [auditLimit])
            guard let last else { return 0 }
            let sequence: Int64 = last["sequence"]
            try Self.setMeta(AuditCut(sequence: UInt64(sequence), hash: last["hash"]), AuditCut.name, in: database)
            try database.execute(sql: "DELETE FROM audit_reader WHERE sequence <= ?", arguments: [sequence])
            try database.execute(sql: "DROP TRIGGER audit_never_shrinks")
            try database.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [sequence])
            let gone = database.changesCount
            try database.execute(sql: Self.neverShrinks)
            let draft = AuditDraft(
                action: .auditRetention, by: ControlState.ownName, detail: ["up-to": String(sequence)])
            try Self.append(draft, at: now, in: database)
            return gone
        }
    }
}
