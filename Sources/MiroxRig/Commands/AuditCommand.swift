import ArgumentParser
import Roles

/// The command `mirox-rig audit`.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look at the audit of a kept control plane.",
        subcommands: [Verify.self, Export.self])

    /// Exit code 1 when the chain is broken, 2 when there is none to read.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that no entry of the audit was changed, removed or slipped in.")

        @Argument(help: "The database, or the folder that 'up --data' was given.") var path: String

        func run() throws {
            let (entries, brokenAt) = try AuditCommand.reading { try AuditFile(path: path).verify() }
            guard let brokenAt else { return Console.print("The chain holds: \(entries) entries.") }
            Console.error("The chain is broken at entry \(brokenAt): it, or one before it, was changed or removed.")
            throw ExitCode(1)
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the entries of the audit, one a line, as JSON.")

        @Argument(help: "The database, or the folder that 'up --data' was given.") var path: String

        func run() throws {
            try AuditCommand.reading { try AuditFile(path: path).export { Console.print($0) } }
        }
    }

    private static func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            Console.error("mirox-rig: \(error)")
            throw ExitCode(2)
        }
    }
}
