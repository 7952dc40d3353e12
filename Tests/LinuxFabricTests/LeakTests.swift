import Addressing
import Glibc
import LinuxFabric
import TestInside
import Testing

/// Runs inside, where no other test opens anything meanwhile; `InsideTests` starts it.
@Suite(.enabled(if: TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct LeakTests {
    private func threads() throws -> Int {
        let status = try #require(readFile("/proc/self/status"))
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Threads:") })
        return try #require(Int(line.split(separator: "\t").last ?? ""))
    }

    private func mounts() throws -> Int {
        try #require(readFile("/proc/self/mountinfo")).split(separator: "\n").count
    }

    @Test("Labs, one in another, leave no descriptor, no mount and no thread")
    func labs() async throws {
        _ = try await report(of: "exit 0")
        let before = (descriptors: OpenFiles.list(), mounts: try mounts(), threads: try threads())
        for number in 0..<10 {
            let (status, output) = try await report(of: "echo \(number)")
            #expect(status.isSuccess && output == ["\(number)"])
        }
        #expect(throws: EnvironmentProblem.self) {
            _ = try Lab.launch(Lab.Request(name: "none", role: "none", executable: "/etc/passwd"))
        }
        #expect(OpenFiles.list() == before.descriptors)
        #expect(try mounts() == before.mounts)
        // A thread that has told the end needs a moment to end itself.
        for _ in 0..<100 where try threads() > before.threads { usleep(1000) }
        #expect(try threads() <= before.threads)
    }

    @Test("Programs, streams, loops and namespaces leave no descriptor")
    func others() async throws {
        func once() async throws {
            _ = try await outcome(of: "true", [])
            try await withNamespace("leak", .laptop(tunnel: person, allowed: [lan])) { namespace, _ in
                _ = try await outcome(of: "true", [], network: namespace)
                _ = try namespace.perform { () throws(LinuxError) in try UDPSocket(bind: .init(person, 0)) }
            }
            _ = try? ChildProgram(.init(executable: "/nowhere"))
            _ = try? UDPSocket(bind: .init(inverter, 1))
        }
        try await once()
        let before = OpenFiles.list()
        for _ in 0..<5 { try await once() }
        #expect(OpenFiles.list() == before)
    }
}
