import Foundation
import Testing

/// The program under test, as it was built beside the tests.
enum Rig {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `MIROX_RIG_BINARY`, else the program beside the tests, else that of the checkout.
    static let path: String = {
        if let given = ProcessInfo.processInfo.environment["MIROX_RIG_BINARY"] { return given }
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [beside, root.appending(path: ".build/debug")].map {
            $0.appending(path: "mirox-rig").path
        }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[1]
    }()

    static let nordwind = "Fixtures/sites/nordwind.yaml"

    /// A script or client that lies beside the tests.
    static func client(_ name: String) -> String {
        root.appending(path: "Tests/LiveTests/Clients/\(name)").path
    }

    /// A python that needs no package.
    static let python = ProcessInfo.processInfo.environment["MIROX_RIG_PYTHON"] ?? "python3"

    /// A name that no other lab of this machine has.
    static func freeName() -> String { "test-\(UInt32.random(in: 0 ... .max))" }

    /// Runs the program to its end.
    static func run(
        _ words: String..., as user: User = .ours, environment: [String: String] = [:],
        seconds: Double = 60
    ) async throws -> Program.Result {
        try await run(words, as: user, environment: environment, seconds: seconds)
    }

    static func run(
        _ words: [String], as user: User = .ours, environment: [String: String] = [:], seconds: Double = 60
    ) async throws -> Program.Result {
        try await Program.run(user.words + [path] + words, environment: environment, seconds: seconds)
    }
}

/// Who runs the program.
enum User: CaseIterable, CustomTestStringConvertible {
    case ours
    case nobody

    /// Only root can become somebody else.
    static var available: [User] { getuid() == 0 ? [.ours, .nobody] : [.ours] }

    /// What stands before a command; the process stays the one that was started.
    var words: [String] {
        switch self {
        case .ours: []
        case .nobody: ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        }
    }

    var testDescription: String {
        switch self {
        case .ours: "whoever runs the tests"
        case .nobody: "nobody"
        }
    }
}
