import CTestInside
import Glibc
import LinuxFabric
import TestInside
import Testing

@Suite(.enabled(if: !TestInside.isInside), .serialized, .timeLimit(.minutes(1)))
struct TerminalTests {
    /// A person's terminal with a program joined to a lab.
    private final class Session {
        let pid: Int32
        let terminal: Descriptor
        private var seen = ""

        init(_ program: [String], joining lab: LabProcess) throws {
            var environment = ProcessEnvironment.current
            environment["MIROX_RIG_TEST_JOIN"] = "\(lab.initPid)"
            environment["PS1"] = "ready> "
            var number: Int32 = -1
            pid = withCStrings(["test"] + program) { arguments in
                withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                    test_inside_on_terminal(arguments, environment, &number)
                }
            }
            terminal = Descriptor(owning: try #require(pid > 0 ? number : nil))
        }

        func type(_ keys: String) {
            #expect(write(terminal.number, keys, keys.utf8.count) == keys.utf8.count)
        }

        /// Reads until the text has been shown, and forgets what was shown up to its end.
        func waitFor(_ text: String) -> Bool {
            while true {
                if let found = seen.firstRange(of: text) {
                    seen = String(seen[found.upperBound...])
                    return true
                }
                var watched = pollfd(fd: terminal.number, events: Int16(POLLIN), revents: 0)
                guard poll(&watched, 1, 5000) > 0 else { return false }
                var room = [UInt8](repeating: 0, count: 4096)
                let count = read(terminal.number, &room, room.count)
                guard count > 0 else { return false }
                seen += String(decoding: room[..<count], as: UTF8.self)
            }
        }

        /// What waitpid says next about the joining program; killed when that takes seconds.
        func waitForChange() -> Int32 {
            var status: Int32 = 0
            for _ in 0..<5000 {
                if waitpid(pid, &status, Int32(WUNTRACED | WNOHANG)) == pid { return status }
                usleep(1000)
            }
            kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
            _ = waitFor("what never comes")
            Issue.record("nothing changed; the terminal shows: \(seen.debugDescription)")
            return status
        }
    }

    private func withLab(_ body: (LabProcess) throws -> Void) async throws {
        let lab = try launch(shell("sleep 1000"))
        defer { lab.kill() }
        try body(lab)
        lab.kill()
        _ = await lab.waitForEnd()
    }

    @Test("Ctrl-C ends the joined program, and its signal is the exit status")
    func interrupt() async throws {
        try await withLab { lab in
            let session = try Session(["sh", "-c", "stty size; exec sleep 1000"], joining: lab)
            #expect(session.waitFor("33 99"))
            session.type("\u{3}")
            #expect(session.waitForChange() == (128 + SIGINT) << 8)
        }
    }

    @Test("Ctrl-Z stops the joining program too, and CONT brings both back")
    func stopAndGoOn() async throws {
        try await withLab { lab in
            // No command of its own in the loop: a shell that is stopped between vfork and exec would never be stopped at all.
            let script = "trap 'echo got it; exit 3' INT; echo ready; while :; do read -t 0.01; done"
            let session = try Session(["bash", "-c", script], joining: lab)
            #expect(session.waitFor("ready"))
            session.type("\u{1a}")
            #expect(session.waitForChange() == SIGSTOP << 8 | 0x7f)
            kill(session.pid, SIGCONT)
            session.type("\u{3}")
            #expect(session.waitFor("got it"))
            #expect(session.waitForChange() == 3 << 8)
        }
    }

    @Test("A shell in the lab has job control")
    func jobControl() async throws {
        try await withLab { lab in
            let session = try Session(["bash", "--norc", "--noprofile", "-i"], joining: lab)
            #expect(session.waitFor("ready> "))
            session.type("sh -c 'echo star\"\"ted; exec sleep 1000'\r")
            #expect(session.waitFor("started"))
            session.type("\u{1a}")
            #expect(session.waitFor("Stopped"))
            #expect(session.waitFor("ready> "))
            session.type("kill -9 %1; echo $((40 + 2))\r")
            #expect(session.waitFor("42"))
            #expect(session.waitFor("ready> "))
            session.type("exec sh -c 'exit 6'\r")
            #expect(session.waitForChange() == 6 << 8)
        }
    }
}

/// Strings as C takes them, while the body runs.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
}
