/// A file's text, line by line, for frames and carets.
package struct SourceText: Hashable, Sendable {
    package var path: String
    package var text: String
    private let lines: [Substring]

    package init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// The line with that number, counted from 1; empty when there is none.
    package func line(_ number: Int) -> String {
        lines.indices.contains(number - 1) ? String(lines[number - 1]) : ""
    }
}

/// How the loader gets at files: the text of a path, or `nil` when there is no such file.
package typealias FileReading = @Sendable (_ path: String) throws(UnreadableFile) -> String?

/// Why what stands at a path is no text.
package struct UnreadableFile: Error, Hashable, Sendable {
    /// What is wrong with it, and the remedy.
    package var message: String
    package var line: Int

    package init(_ message: String, line: Int = 1) {
        self.message = message
        self.line = line
    }

    /// The text of some bytes.
    ///
    /// - Throws: when they are not UTF-8, with the first line that is not.
    package static func text(of bytes: some Collection<UInt8>) throws(UnreadableFile) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var line = 1
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A), String(validating: rest[..<end], as: UTF8.self) != nil {
            line += 1
            rest = rest[rest.index(after: end)...]
        }
        throw UnreadableFile("this is not UTF-8: save the file in that encoding", line: line)
    }
}

/// Paths as text, without a file system.
enum Path {
    /// Everything before the last slash; empty when there is none.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    static func join(_ folder: String, _ path: String) -> String {
        folder.isEmpty || path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }

    /// Where a path that a file names may lie: beside that file, then beside each folder above it, then as it is.
    static func candidates(for path: String, namedIn file: String) -> [String] {
        guard !path.hasPrefix("/") else { return [path] }
        var found: [String] = []
        var folder = folder(of: file)
        while !folder.isEmpty {
            found.append(join(folder, path))
            folder = self.folder(of: folder)
        }
        return found + [path]
    }
}
