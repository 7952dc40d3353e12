import Foundation

/// The program under test, as it was built beside the tests.
enum Rig {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let path: String = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [beside, root.appending(path: ".build/debug")].map { $0.appending(path: "mirox-rig").path }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[1]
    }()

    /// Runs the program to its end.
    static func run(_ words: String..., environment: [String: String] = [:], seconds: Double = 60) async throws
        -> Program.Result
    {
        try await Program.run([path] + words, environment: environment, seconds: seconds)
    }
}
