import AccessModel
import Addressing
import ControlProtocol
import Foundation
import GRDB

/// The database: whatever was answered with success is in it, whole, whenever the process dies.
///
/// Used by one actor only. Intent is kept as a log of commands behind a snapshot of it; the released view, sessions and
/// audit are tables of their own.
final class Store {
    let database: DatabaseQueue
    let path: String
    private var prunedUpTo: UInt64 = 0

    /// Commands that are logged behind one snapshot before the next one is written: so many, or as many as the intent has plants,
    /// for the cost of a snapshot grows with them.
    static let commandsPerSnapshot: UInt64 = 200

    init(path: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        self.path = path
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    // MARK: Beginning and continuing

    /// What the process has to know beside the state.
    struct Settings: Codable {
        var gateway: GatewayAddress
        var profileEndpoint: Endpoint?
        var control: ControlSettings
    }

    var settings: Settings? {
        get throws { try database.read { try Self.meta(Settings.self, "settings", in: $0) } }
    }

    /// Fills an empty database.
    func begin(with seed: Seed, counters: Counters) throws {
        try database.write { database in
            let settings = Settings(
                gateway: seed.gateway, profileEndpoint: seed.profileEndpoint, control: seed.settings)
            try Self.setMeta(settings, "settings", in: database)
            try Self.setMeta(counters, "counters", in: database)
            try Self.setSnapshot(seed.intent, sequence: 0, in: database)
            for token in seed.tokens {
                try Self.insert(token: token.secret, for: token.principal, in: database)
            }
            for enrolment in seed.enrolments {
                try Self.insert(enrolment: enrolment.secret, for: enrolment.agent, in: database)
            }
        }
    }

    /// The state exactly as the last transaction left it.
    func state() throws -> ControlState {
        try database.read { database in
            guard let counters = try Self.meta(Counters.self, "counters", in: database),
                let snapshot = try Row.fetchOne(database, sql: "SELECT sequence, body FROM snapshot")
            else { throw StoreError.empty(path: path) }
            var intent = try Self.decode(Intent.self, snapshot["body"])
            let since: Int64 = snapshot["sequence"]
            let log = try Row.fetchAll(
                database, sql: "SELECT at, body FROM command WHERE sequence > ? ORDER BY sequence",
                arguments: [since])
            for row in log {
                let command = try Self.decode(Command.self, row["body"])
                try intent.apply(command, at: Timestamp(milliseconds: row["at"]))
            }
            var histories: [PersonID: ReleaseHistory] = [:]
            let releases = try Row.fetchAll(
                database, sql: "SELECT person, revision, body FROM released_person ORDER BY person, revision")
            for row in releases {
                let release = PersonRelease(
                    revision: UInt64(row["revision"] as Int64),
                    content: try Self.decode(PersonRelease.Content.self, row["body"]))
                let person = PersonID(row["person"] as String)
                histories[person, default: ReleaseHistory()].append(release, acknowledged: counters.acknowledged)
            }
            let agents = try Row.fetchAll(database, sql: "SELECT body FROM released_agent")
                .map { try Self.decode(AgentEntry.self, $0["body"]) }
            var liveness: [AgentID: AgentLiveness] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT agent, liveness FROM agent_liveness") {
                liveness[AgentID(row["agent"] as String)] = AgentLiveness(rawValue: row["liveness"])
            }
            var state = ControlState(
                intent: intent, counters: counters, histories: histories, agents: agents, liveness: liveness)
            if counters.hash.isEmpty { state.counters.hash = state.viewHash }
            guard counters.revision == 0 || state.viewHash == state.counters.hash else {
                throw StoreError.viewDoesNotMatchItsHash(path: path)
            }
            return state
        }
    }

    // MARK: Committing

    /// Stores what one change wrote, whole or not at all.
    func commit(_ journal: Journal, intent: Intent, at now: Timestamp) throws {
        try database.write { database in
            for entry in journal.commands {
                try database.execute(
                    sql: "INSERT INTO command (sequence, at, author, body) VALUES (?, ?, ?, ?)",
                    arguments: [
                        Int64(entry.sequence), entry.at.milliseconds, entry.by, try Self.encode(entry.command),
                    ])
            }
            if let last = journal.commands.last { try Self.snapshotIfDue(intent, at: last.sequence, in: database) }
            for (person, release) in journal.releases {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO released_person (person, revision, body) VALUES (?, ?, ?)",
                    arguments: [person.text, Int64(release.revision), try Self.encode(release.content)])
            }
            for agent in journal.agents {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO released_agent (agent, body) VALUES (?, ?)",
                    arguments: [agent.agent.text, try Self.encode(agent)])
            }
            for agent in journal.removedAgents {
                try database.execute(sql: "DELETE FROM released_agent WHERE agent = ?", arguments: [agent.text])
            }
            for (agent, liveness) in journal.liveness {
                try Self.setLiveness(liveness, of: agent, in: database)
            }
            for person in journal.rotated { try Self.endSessions(of: person, reason: .rotated, in: database) }
            for person in journal.revoked {
                try database.execute(sql: "DELETE FROM session WHERE person = ?", arguments: [person.text])
            }
            try Self.insertTokens(of: journal, at: now, in: database)
            for draft in journal.audit { try Self.append(draft, at: now, in: database) }
            if let counters = journal.counters {
                try Self.setMeta(counters, "counters", in: database)
                if counters.acknowledged > prunedUpTo {
                    try Self.prune(acknowledged: counters.acknowledged, in: database)
                }
            }
        }
        prunedUpTo = max(prunedUpTo, journal.counters?.acknowledged ?? 0)
    }

    private static func snapshotIfDue(_ intent: Intent, at sequence: UInt64, in database: Database) throws {
        let before = try Int64.fetchOne(database, sql: "SELECT sequence FROM snapshot") ?? 0
        let due = max(Int64(commandsPerSnapshot), Int64(intent.plants.count))
        guard Int64(sequence) - before >= due else { return }
        try setSnapshot(intent, sequence: Int64(sequence), in: database)
    }

    private static func setSnapshot(_ intent: Intent, sequence: Int64, in database: Database) throws {
        try database.execute(sql: "DELETE FROM snapshot")
        try database.execute(
            sql: "INSERT INTO snapshot (sequence, body) VALUES (?, ?)",
            arguments: [sequence, try encode(intent)])
    }

    private static func setLiveness(_ liveness: AgentLiveness?, of agent: AgentID, in database: Database) throws {
        guard let liveness else {
            return try database.execute(sql: "DELETE FROM agent_liveness WHERE agent = ?", arguments: [agent.text])
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO agent_liveness (agent, liveness) VALUES (?, ?)",
            arguments: [agent.text, liveness.rawValue])
    }

    /// Of each person's releases, those stay that the gateway does now or will do.
    private static func prune(acknowledged: UInt64, in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM released_person WHERE revision < (
                    SELECT MAX(newer.revision) FROM released_person AS newer
                    WHERE newer.person = released_person.person AND newer.revision <= ?)
                """, arguments: [Int64(acknowledged)])
    }

    // MARK: Values

    static func meta<Value: Decodable>(_ type: Value.Type, _ name: String, in database: Database) throws -> Value? {
        guard let body = try String.fetchOne(database, sql: "SELECT body FROM meta WHERE name = ?", arguments: [name])
        else { return nil }
        return try decode(type, body)
    }

    static func setMeta(_ value: some Encodable, _ name: String, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO meta (name, body) VALUES (?, ?)", arguments: [name, try encode(value)])
    }

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
