import Foundation
import Testing

@Suite("What the compiler cannot check is few and named")
struct ConfinementTests {
    /// Files that may say `@unchecked Sendable` or `nonisolated(unsafe)`, each with the invariant that makes it right beside it.
    static let trusted: Set<String> = [
        "Sources/LinuxFabric/NamespaceThread.swift", "Sources/LinuxFabric/PinnedThread.swift",
        "Sources/PlantDevices/ModbusLoop.swift", "Sources/PlantDevices/ServiceLoop.swift",
        "Sources/PlantDevices/SwitchServer.swift",
        "Sources/WireGuardProtocol/PresharedKey.swift", "Sources/WireGuardProtocol/PrivateKey.swift",
    ]

    @Test("unchecked concurrency stands only in the files listed here")
    func unchecked() throws {
        var found: Set<String> = []
        for file in try SourceTree.swiftFiles(under: "Sources") {
            let code = file.lines.map(\.trimmingComments)
            if code.contains(where: { $0.contains("@unchecked Sendable") || $0.contains("nonisolated(unsafe)") }) {
                found.insert(file.path)
            }
        }
        #expect(found == Self.trusted)
    }

    @Test("no file is too big to see at a glance")
    func fileLength() throws {
        for file in try SourceTree.swiftFiles(under: "Sources") + SourceTree.swiftFiles(under: "Tests") {
            #expect(file.lines.count <= 450, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test("nothing is forced")
    func forced() throws {
        for file in try SourceTree.swiftFiles(under: "Sources") {
            for (number, line) in file.lines.enumerated() {
                let code = line.trimmingComments
                for word in ["try!", " as! ", "fatalError("] where code.contains(word) {
                    Issue.record("\(file.path):\(number + 1): \(word)")
                }
            }
        }
    }
}
