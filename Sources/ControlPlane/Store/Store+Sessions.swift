import AccessModel
import Addressing
import ControlProtocol
import GRDB

/// One person's peer as the gateway just told.
struct PeerSighting {
    var person: PersonID
    var publicKey: PublicKey
    var source: IPv4Address
    /// The newest authenticated data or keepalive packet.
    var heard: Timestamp
    var bytesUp: UInt64
    var bytesDown: UInt64
}

extension Store {
    /// Rows beyond these are not shown.
    static let mostSessionRows = 500
    static let sessionHistoryDays = 90.0

    /// Takes what the gateway told into the session rows: one row a certificate's key and source address, resumed when
    /// the address is heard again in time.
    ///
    /// - Parameter newID: names a new row.
    func record(
        _ sightings: [PeerSighting], of incarnation: GatewayIncarnation, endSeconds: Double, newID: () -> String
    ) throws {
        guard !sightings.isEmpty else { return }
        try database.write { database in
            for sighting in sightings {
                try Self.record(sighting, of: incarnation, endSeconds: endSeconds, newID: newID, in: database)
            }
        }
    }

    private static func record(
        _ sighting: PeerSighting, of incarnation: GatewayIncarnation, endSeconds: Double, newID: () -> String,
        in database: Database
    ) throws {
        let key = sighting.publicKey.description
        let (up, down) = try increase(
            of: key, to: (sighting.bytesUp, sighting.bytesDown), of: incarnation, in: database)
        let oldest = sighting.heard.advanced(bySeconds: -endSeconds).milliseconds
        let open = try Row.fetchOne(
            database,
            sql: """
                SELECT id, last_heard FROM session
                WHERE person = ? AND public_key = ? AND source = ? AND end_reason IS NULL AND last_heard >= ?
                ORDER BY last_heard DESC LIMIT 1
                """,
            arguments: [sighting.person.text, key, sighting.source.description, oldest])
        if let open {
            try database.execute(
                sql: """
                    UPDATE session SET last_heard = MAX(last_heard, ?), bytes_up = bytes_up + ?,
                        bytes_down = bytes_down + ? WHERE id = ?
                    """,
                arguments: [sighting.heard.milliseconds, up, down, open["id"] as String])
        } else {
            try database.execute(
                sql: """
                    INSERT INTO session (id, person, public_key, source, started, last_heard, bytes_up, bytes_down)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    newID(), sighting.person.text, key, sighting.source.description, sighting.heard.milliseconds,
                    sighting.heard.milliseconds, up, down,
                ])
        }
    }

    /// Takes what keys moved at last that are no peers any more: the gateway tells it when it takes the peer away.
    ///
    /// The row of such a key has ended already and is not heard again; only its volume is made complete. A key without a row
    /// was never anybody's, or its rows went with its certificate.
    func recordLast(_ peers: [PeerState], of incarnation: GatewayIncarnation) throws {
        guard !peers.isEmpty else { return }
        try database.write { database in
            for peer in peers {
                let key = peer.publicKey.description
                let row = try String.fetchOne(
                    database, sql: "SELECT id FROM session WHERE public_key = ? ORDER BY last_heard DESC LIMIT 1",
                    arguments: [key])
                guard let row else { continue }
                let (up, down) = try Self.increase(
                    of: key, to: (peer.bytesFromPeer, peer.bytesToPeer), of: incarnation, in: database)
                try database.execute(
                    sql: "UPDATE session SET bytes_up = bytes_up + ?, bytes_down = bytes_down + ? WHERE id = ?",
                    arguments: [up, down, row])
            }
        }
    }

    /// By how much a key's totals have grown since they were last told.
    ///
    /// They are kept for the next time; with another gateway process they begin anew.
    private static func increase(
        of key: String, to totals: (up: UInt64, down: UInt64), of incarnation: GatewayIncarnation, in database: Database
    ) throws -> (up: Int64, down: Int64) {
        let counted = try Row.fetchOne(
            database, sql: "SELECT bytes_from, bytes_to FROM peer_volume WHERE public_key = ? AND incarnation = ?",
            arguments: [key, incarnation.id])
        let (up, down) = (Int64(clamping: totals.up), Int64(clamping: totals.down))
        try database.execute(
            sql: """
                INSERT INTO peer_volume (public_key, incarnation, bytes_from, bytes_to) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    bytes_from = IIF(incarnation = excluded.incarnation, MAX(bytes_from, excluded.bytes_from),
                        excluded.bytes_from),
                    bytes_to = IIF(incarnation = excluded.incarnation, MAX(bytes_to, excluded.bytes_to),
                        excluded.bytes_to),
                    incarnation = excluded.incarnation
                """, arguments: [key, incarnation.id, up, down])
        return (
            max(0, up - (counted?["bytes_from"] as Int64? ?? 0)), max(0, down - (counted?["bytes_to"] as Int64? ?? 0))
        )
    }

    /// When the person's key last looked shared, not before `since`.
    func keySharing(of person: PersonID, since: Timestamp) throws -> Timestamp? {
        try database.read { database in
            try Int64.fetchOne(
                database, sql: "SELECT MAX(at) FROM audit WHERE person = ? AND action = ? AND at >= ?",
                arguments: [person.text, AuditAction.sessionPossibleKeySharing.rawValue, since.milliseconds]
            ).map { Timestamp(milliseconds: $0) }
        }
    }

    static func endSessions(of person: PersonID, reason: SessionEnd, in database: Database) throws {
        try database.execute(
            sql: "UPDATE session SET end_reason = ? WHERE person = ? AND end_reason IS NULL",
            arguments: [reason.rawValue, person.text])
    }

    /// Another gateway process speaks: whatever was open ended with the one before.
    ///
    /// - Parameter idleBefore: rows not heard since then had ended by themselves.
    func endAllSessions(reason: SessionEnd, idleBefore: Timestamp) throws {
        try database.write { database in
            try database.execute(
                sql: "UPDATE session SET end_reason = ? WHERE end_reason IS NULL AND last_heard >= ?",
                arguments: [reason.rawValue, idleBefore.milliseconds])
        }
    }

    /// The person's rows, newest first.
    func sessions(of person: PersonID, at now: Timestamp, settings: ControlSettings) throws -> [SessionRow] {
        let oldest = now.advanced(bySeconds: -Self.sessionHistoryDays * 86_400)
        let rows = try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM session WHERE person = ? AND last_heard >= ?
                    ORDER BY started DESC, id DESC LIMIT ?
                    """,
                arguments: [person.text, oldest.milliseconds, Self.mostSessionRows])
        }
        let open = rows.filter { ($0["end_reason"] as String?) == nil }
        let newest = open.max { ($0["last_heard"] as Int64) < ($1["last_heard"] as Int64) }?["id"] as String?
        return rows.map { Self.sessionRow($0, newest: newest, at: now, settings: settings) }
    }

    private static func sessionRow(
        _ row: Row, newest: String?, at now: Timestamp, settings: ControlSettings
    ) -> SessionRow {
        let id: String = row["id"]
        let started = Timestamp(milliseconds: row["started"])
        let heard = Timestamp(milliseconds: row["last_heard"])
        let silence = now.seconds(since: heard)
        let stored: String? = row["end_reason"]
        let reason = stored ?? (silence > settings.sessionEndSeconds ? SessionEnd.idle.rawValue : nil)
        let isOnline = reason == nil && id == newest && silence <= settings.sessionOnlineSeconds
        let source = IPv4Address(row["source"] as String) ?? IPv4Address(number: 0)
        return SessionRow(
            id: id, started: started, ended: reason == nil ? nil : heard, isOnline: isOnline,
            durationSeconds: max(0, (isOnline ? now : heard).seconds(since: started)), source: source,
            place: GeographicTable.place(of: source), bytesUp: UInt64(row["bytes_up"] as Int64),
            bytesDown: UInt64(row["bytes_down"] as Int64), reason: reason)
    }
}
