import AccessModel
import Addressing
import ControlProtocol
import Digest
import GRDB

extension Store {
    /// What is kept of a secret.
    static func digest(of secret: String) -> String {
        ContentHash.of { writer in
            writer.append("mirox bearer")
            writer.append(secret)
        }.description
    }

    static func insert(token secret: String, for principal: Principal, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO token (hash, principal) VALUES (?, ?)",
            arguments: [digest(of: secret), try encode(principal)])
    }

    static func insert(enrolment secret: String, for agent: AgentID, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO enrolment (hash, agent) VALUES (?, ?)",
            arguments: [digest(of: secret), agent.text])
    }

    /// Every bearer token, by what is kept of it.
    func principals() throws -> [String: Principal] {
        try database.read { database in
            var principals: [String: Principal] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT hash, principal FROM token") {
                principals[row["hash"]] = try Self.decode(Principal.self, row["principal"])
            }
            return principals
        }
    }

    /// The agent that this token enrols, and whether it already has.
    ///
    /// - Parameter since: a token used before this enrols nobody any more.
    func agent(enrolledBy secret: String, since: Timestamp) throws -> (agent: AgentID, isUsed: Bool)? {
        try database.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT agent, is_used FROM enrolment WHERE hash = ? AND (is_used = 0 OR used_at >= ?)",
                arguments: [Self.digest(of: secret), since.milliseconds]
            ).map { (AgentID($0["agent"]), $0["is_used"]) }
        }
    }

    static func insertTokens(of journal: Journal, at now: Timestamp, in database: Database) throws {
        for (secret, agent) in journal.enrolments {
            try database.execute(sql: "DELETE FROM enrolment WHERE agent = ?", arguments: [agent.text])
            try insert(enrolment: secret, for: agent, in: database)
        }
        for exchange in journal.exchanges {
            try database.execute(
                sql: "UPDATE enrolment SET is_used = 1, used_at = ? WHERE hash = ? AND is_used = 0",
                arguments: [now.milliseconds, digest(of: exchange.enrolment)])
            try insert(token: exchange.bearer, for: .agent(exchange.agent), in: database)
        }
        for (name, person, delivery) in journal.deliveries {
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO delivery (person, name, public_key, at, status, body)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    person.text, name, delivery.publicKey, now.milliseconds, delivery.status, delivery.body,
                ])
        }
    }

    // MARK: Deliveries

    /// The answer that was given under this `Idempotency-Key` for this very key, if that is not long ago.
    func delivery(named name: String, to person: PersonID, since: Timestamp) throws -> Delivery? {
        try database.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT public_key, status, body FROM delivery WHERE person = ? AND name = ? AND at >= ?",
                arguments: [person.text, name, since.milliseconds]
            ).map { Delivery(publicKey: $0["public_key"], status: $0["status"], body: $0["body"]) }
        }
    }
}
