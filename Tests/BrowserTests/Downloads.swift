import Foundation

/// A file that the browser saved.
struct Download {
    var name: String
    var text: String

    /// Waits until a file lies in the folder, whole.
    static func wait(in folder: String, seconds: Double = 20) async throws -> Download {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            if let name = names.first(where: { $0.hasSuffix(".conf") }) {
                let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                if !text.isEmpty { return Download(name: name, text: text) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Missing(description: "nothing was downloaded to \(folder)")
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String
    }
}

/// Debian's reader of bar codes: somebody else's eyes on our QR codes.
enum Zbar {
    /// The text of the one code in a picture.
    static func read(_ picture: Data) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "code-\(UUID().uuidString).png")
        try picture.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/zbarimg")
        process.arguments = ["--quiet", "--raw", "-Sbinary", file.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
