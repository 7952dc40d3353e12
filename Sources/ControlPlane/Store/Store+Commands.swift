import AccessModel
import GRDB

extension Store {
    /// More are not handed out at once.
    private static let mostCommands = 2000

    /// The commands behind an entry of the log, oldest first.
    func commands(since sequence: UInt64) throws -> [LoggedCommand] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT sequence, at, author, body FROM command WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [Int64(clamping: sequence), Self.mostCommands]
            ).map { row in
                LoggedCommand(
                    sequence: UInt64(clamping: row["sequence"] as Int64),
                    at: Timestamp(milliseconds: row["at"]), by: row["author"],
                    command: try Self.decode(Command.self, row["body"]))
            }
        }
    }
}
