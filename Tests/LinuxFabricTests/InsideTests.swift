import Glibc
import LinuxFabric
import TestInside
import Testing

@Suite(.enabled(if: !TestInside.isInside))
struct InsideTests {
    @Test(
        "What needs namespaces holds in namespaces", .timeLimit(.minutes(1)),
        arguments: [
            "LinuxFabricTests.NamespaceTests", "LinuxFabricTests.LeakTests", "LinuxFabricTests.TunnelPathTests",
        ])
    func inside(suite: String) async throws {
        let outcome = try await TestInside.run(suite: suite)
        if !outcome.hasPassed {
            Issue.record("\(outcome.status): \(outcome.failures)")
        }
        print(outcome.output.split(separator: "\n").filter { $0.contains(" ms") }.joined(separator: "\n"))
    }
}
