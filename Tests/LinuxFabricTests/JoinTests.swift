import Glibc
import LinuxFabric
import TestInside
import Testing

@Suite(.enabled(if: !TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct JoinTests {
    /// Joins as `mirox-rig exec` does, in a program of its own.
    private func join(
        _ initPid: Int32, node: String? = nil, _ arguments: [String]
    ) async throws -> (status: ProgramStatus, output: String) {
        var environment = ProcessEnvironment.current
        environment["MIROX_RIG_TEST_JOIN"] = "\(initPid)"
        environment["MIROX_RIG_TEST_NODE"] = node.map(NetworkNamespace.path(ofNode:))
        return try await outcome(of: "/proc/self/exe", arguments, environment: environment)
    }

    private func withLab(_ script: String, _ body: (LabProcess) async throws -> Void) async throws {
        var pipe = try Pipe()
        let number = pipe.writingNumber
        let lab = try launch(
            shell(script + "\necho ready >/proc/self/fd/\(number); sleep 1000", descriptors: ["report": number]))
        pipe.closeWriting()
        #expect(try UnixStream(owning: pipe.takeReading()).readLine() == "ready")
        do {
            try await body(lab)
        } catch {
            lab.kill()
            throw error
        }
        lab.kill()
        _ = await lab.waitForEnd()
    }

    @Test("A joined program is in the lab: same user, mounts and processes; its exit status comes back")
    func status() async throws {
        try await withLab("echo here > /run/mark") { lab in
            let seen = try await join(
                lab.initPid, ["sh", "-c", "id -u; cat /run/mark /proc/1/comm; ulimit -Sn; exit 5"])
            #expect(seen.output == "0\nhere\nmirox-init\n1024")
            #expect(seen.status == .exited(5))
            #expect(try await join(lab.initPid, ["sh", "-c", "kill -TERM $$"]).status == .exited(128 + SIGTERM))
            let missing = try await join(lab.initPid, ["no-such-program"])
            #expect(missing.status == .exited(127))
            #expect(missing.output.contains("no-such-program"))
        }
    }

    @Test("A joined program stays in the folder where it was typed")
    func folder() async throws {
        try await withLab(":") { lab in
            var room = [CChar](repeating: 0, count: Int(PATH_MAX))
            let here = try #require(getcwd(&room, room.count)).pointee
            #expect(here == CChar(bitPattern: UInt8(ascii: "/")))
            let path = room.withUnsafeBufferPointer {
                String(decoding: $0.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            }
            #expect(try await join(lab.initPid, ["pwd"]).output == path)
        }
    }

    @Test("A node's network is entered by its name")
    func node() async throws {
        let makeNode = """
            mkdir -p /run/netns/anna; : > /run/netns/anna/laptop
            unshare -n sh -c 'ip link add lan0 type veth peer name lan1; mount --bind /proc/self/ns/net /run/netns/anna/laptop'
            """
        try await withLab(makeNode) { lab in
            let seen = try await join(lab.initPid, node: "anna/laptop", ["cat", "/proc/net/dev"])
            #expect(seen.output.contains("lan0:"))
            #expect(try await !join(lab.initPid, ["cat", "/proc/net/dev"]).output.contains("lan0:"))
            let none = try await join(lab.initPid, node: "nobody", ["true"])
            #expect(none.status == .exited(125))
            #expect(none.output == "step \(EnvironmentProblem.Step.joinNode.rawValue) errno \(ENOENT)")
        }
    }

    @Test("TERM to the joining program goes on to the joined one, and both die with the lab")
    func endings() async throws {
        try await withLab(":") { lab in
            var environment = ProcessEnvironment.current
            environment["MIROX_RIG_TEST_JOIN"] = "\(lab.initPid)"
            func start(_ script: String) throws -> (program: ChildProgram, lines: UnixStream) {
                var pipe = try Pipe()
                let program = try ChildProgram(
                    .init(
                        executable: "/proc/self/exe", arguments: ["sh", "-c", script], environment: environment,
                        output: pipe.writingNumber))
                pipe.closeWriting()
                return (program, UnixStream(owning: pipe.takeReading()))
            }
            let polite = try start("trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done")
            #expect(try polite.lines.readLine() == "ready")
            polite.program.signal(SIGTERM)
            #expect(await polite.program.waitForEnd() == .exited(4))

            let lasting = try start("echo ready; sleep 1000")
            #expect(try lasting.lines.readLine() == "ready")
            lab.kill()
            #expect(await lasting.program.waitForEnd() == .exited(128 + SIGKILL))
        }
    }

    @Test("A lab that is gone is said to be gone")
    func gone() async throws {
        let lab = try launch(shell("exit 0"))
        _ = await lab.waitForEnd()
        let outcome = try await join(lab.initPid, ["true"])
        #expect(outcome.output == "step \(EnvironmentProblem.Step.joinProcess.rawValue) errno \(ESRCH)")
        #expect(EnvironmentProblem(step: .joinProcess, number: ESRCH).cause == .labGone)
    }
}
