import Foundation

/// This program's own file, by its path on the host: it is found there from inside a lab too.
enum Executable {
    static func path() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}

/// Folders that a command makes where they are missing.
enum Folder {
    /// - Returns: the absolute path.
    static func made(_ path: String, permissions: [FileAttributeKey: Any]? = nil) throws -> String {
        let folder = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: permissions)
        return folder.standardizedFileURL.path
    }
}
