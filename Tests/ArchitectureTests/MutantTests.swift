import Foundation
import Testing

@Suite("Defects made on purpose")
struct MutantTests {
    /// Building and running them takes long, `make mutants` does it; that each still fits the sources is cheap to see.
    @Test("every patch of Tests/Mutants still applies, and the scenarios that it names are there")
    func apply() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let program = Process()
        program.executableURL = URL(filePath: "/usr/bin/env")
        program.arguments = ["python3", root.appending(path: "Tests/Mutants/run.py").path, "--check"]
        let output = Pipe()
        program.standardOutput = output
        program.standardError = output
        try program.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        program.waitUntilExit()
        #expect(program.terminationStatus == 0, "\(said)")
    }
}
