import ControlPlane
import ControlProtocol

/// The audit of a kept lab, for the command line.
package struct AuditFile {
    private let archive: AuditArchive

    /// - Parameter path: the database, or the folder that `up --data` was given.
    package init(path: String) throws { archive = try AuditArchive(path: path) }

    /// - Returns: how many entries there are, and the first one that does not fit the chain.
    package func verify() throws -> (entries: UInt64, brokenAt: UInt64?) {
        let verification = try archive.verify()
        return (verification.entries, verification.isIntact ? nil : verification.brokenAt)
    }

    /// Every entry as a line of JSON, oldest first.
    package func export(_ line: (String) throws -> Void) throws { try archive.export(line) }
}
