import CTestInside
import Glibc
package import LinuxFabric

/// Tests that need namespaces of their own.
///
/// Such a suite is `.enabled(if: TestInside.isInside)`; beside it, a test outside calls `TestInside.run(suite:)`, which runs this
/// very test program once more, inside, for that suite alone.
package enum TestInside {
    /// Whether this process is the one inside.
    package static var isInside: Bool { test_inside_wanted() != 0 }

    /// Why it could not get inside, if so; a suite's first test asks.
    package static var problem: String? {
        let number = test_inside_error()
        return number == 0 ? nil : "\(String(cString: test_inside_failed_step())): errno \(number)"
    }

    /// What a run inside said.
    package struct Outcome: Sendable {
        package let status: ProgramStatus
        package let output: String

        /// The lines about what failed, or everything when no line says so.
        package var failures: String {
            let lines = output.split(separator: "\n").filter { !["✔", "◇", "➜"].contains($0.prefix(1)) }
            return (lines.isEmpty ? [output[...]] : lines).joined(separator: "\n")
        }

        /// Whether tests ran at all, and none failed.
        package var hasPassed: Bool { status.isSuccess && !output.contains("Test run with 0 tests") }
    }

    /// Runs one suite inside and waits for it; after half a minute it is killed.
    ///
    /// - Parameter suite: as `--filter` takes it, such as `LinuxFabricTests.NamespaceTests`.
    package static func run(suite: String, environment: [String: String] = [:]) async throws -> Outcome {
        var request = ChildProgram.Request(executable: "/proc/self/exe", arguments: arguments(suite: suite))
        request.environment["MIROX_RIG_TEST_INSIDE"] = "1"
        request.environment.merge(environment) { $1 }
        request.openFiles = nil
        let pipe = try Pipe()
        request.output = pipe.writingNumber
        request.error = pipe.writingNumber
        let program = try ChildProgram(request)
        // A suite that blocks its threads cannot be cancelled from within.
        let watchdog = Task {
            try await Task.sleep(for: .seconds(30))
            program.kill()
        }
        defer { watchdog.cancel() }
        let output = try await UnixStream(owning: pipe.takeReading()).text()
        return Outcome(status: await program.waitForEnd(), output: output)
    }

    /// This program's own arguments, with one filter in place of its filters.
    package static func arguments(suite: String) -> [String] {
        var kept: [String] = []
        var isValue = false
        for argument in CommandLine.arguments.dropFirst() {
            if isValue {
                isValue = false
            } else if ["--filter", "--skip", "--event-stream-output-path", "--xunit-output"].contains(argument) {
                isValue = true
            } else {
                kept.append(argument)
            }
        }
        return kept + ["--filter", suite]
    }
}

extension UnixStream {
    /// All lines up to the end.
    fileprivate func text() async throws -> String {
        var text = ""
        for try await line in lines() { text += line + "\n" }
        return text
    }
}
