import LinuxFabric
import TestInside
import Testing

@Suite("Shells in namespaces", .enabled(if: !TestInside.isInside))
struct InsideTests {
    @Test("What needs devices and the kernel's TCP holds there", .timeLimit(.minutes(1)))
    func inside() async throws {
        let outcome = try await TestInside.run(suite: "DataPlaneTests.BulkTests")
        if !outcome.hasPassed { Issue.record("\(outcome.status): \(outcome.failures)") }
    }
}
