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

    /// Once nothing changes any more: a thread that has told the end of its lab still has to end itself.
    private func settledThreads() throws -> Int {
        var last = try threads()
        var same = 0
        while same < 20 {
            usleep(1000)
            let now = try threads()
            same = now == last ? same + 1 : 0
            last = now
        }
        return last
    }

    private func mounts() throws -> Int {
        try #require(readFile("/proc/self/mountinfo")).split(separator: "\n").count
    }

    @Test("Labs, one in another, leave no descriptor, no mount and no thread")
    func labs() async throws {
        _ = try await report(of: "exit 0")
        // In this order: descriptors go with the threads.
        let threads = try settledThreads()
        let before = (descriptors: OpenFiles.list(), mounts: try mounts())
        for number in 0..<10 {
            let (status, output) = try await report(of: "echo \(number)")
            #expect(status.isSuccess && output == ["\(number)"])
        }
        #expect(throws: EnvironmentProblem.self) {
            _ = try Lab.launch(Lab.Request(name: "none", role: "none", executable: "/etc/passwd"))
        }
        #expect(try settledThreads() <= threads)
        #expect(OpenFiles.list() == before.descriptors)
        #expect(try mounts() == before.mounts)
    }

    @Test("Programs, streams, loops and namespaces leave no descriptor")
    func others() async throws {
        func once() async throws {
            _ = try await outcome(of: "true", [])
            try await withNamespace("leak", .laptop(tunnel: person, allowed: [lan])) { namespace, _ in
                _ = try await outcome(of: "true", [], network: namespace)
                _ = try namespace.perform { try UDPSocket(bind: .init(person, 0)) }
            }
            _ = try? ChildProgram(.init(executable: "/nowhere"))
            _ = try? UDPSocket(bind: .init(inverter, 1))
        }
        try await once()
        _ = try settledThreads()
        let before = OpenFiles.list()
        for _ in 0..<5 { try await once() }
        _ = try settledThreads()
        #expect(OpenFiles.list() == before)
    }
}
