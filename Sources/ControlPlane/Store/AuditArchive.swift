package import ControlProtocol
import Foundation
import GRDB

/// The audit in a database file, to read only: also beside a control plane that is using it.
package struct AuditArchive {
    private let database: DatabaseQueue
    private let path: String

    /// - Parameter path: the file, or the folder of a kept lab.
    package init(path: String) throws {
        var isFolder = ObjCBool(false)
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        self.path = isFolder.boolValue ? path + "/control-plane.sqlite" : path
        guard exists, FileManager.default.fileExists(atPath: self.path) else {
            throw StoreError.unusable(path: self.path, detail: "there is no such file")
        }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            database = try DatabaseQueue(path: self.path, configuration: configuration)
            let hasAudit = try database.read { try $0.tableExists("audit") }
            guard hasAudit else { throw StoreError.damaged(path: self.path, detail: "it has no audit") }
        } catch let error as DatabaseError {
            throw StoreError(error, path: self.path)
        }
    }

    /// Walks the whole chain.
    package func verify() throws -> AuditVerification {
        do {
            return try database.read { try Store.verifyAudit(in: $0) }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Every entry as a line of JSON, oldest first.
    package func export(_ line: (String) throws -> Void) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
            while let row = try rows.next() { try line(try Store.encode(try Store.entry(row))) }
        }
    }
}
