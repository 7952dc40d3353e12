package import Glibc

/// A program started by this process, in the same namespaces, and ended with it by whoever started it.
package final class ChildProcess: Sendable {
    package let pid: pid_t

    private init(pid: pid_t) { self.pid = pid }

    /// What a child gets for its descriptors: everything else is closed to it.
    package struct Wiring: Sendable {
        /// Number in the child → descriptor here.
        package var descriptors: [Int32: Int32]

        package init(_ descriptors: [Int32: Int32] = [:]) { self.descriptors = descriptors }
    }

    /// Starts a program. Standard input is empty; output and errors go where ours go unless wired elsewhere.
    ///
    /// - Throws: the errno of posix_spawn.
    package static func start(
        _ path: String, arguments: [String], environment: [String], wiring: Wiring
    ) throws(LinuxError) -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if wiring.descriptors[0] == nil {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        // First out of the way of the numbers that the child will use, so that no copy lands on a source.
        let copies = wiring.descriptors.sorted { $0.key < $1.key }.map { number, descriptor in
            (number: number, copy: fcntl(descriptor, F_DUPFD_CLOEXEC, 100))
        }
        defer { copies.forEach { close($0.copy) } }
        for (number, copy) in copies {
            posix_spawn_file_actions_adddup2(&actions, copy, number)
        }
        var pid = pid_t()
        let failure = withCStrings([path] + arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&pid, path, &actions, nil, arguments, environment)
            }
        }
        guard failure == 0 else { throw LinuxError("posix_spawn \(path)", failure) }
        return ChildProcess(pid: pid)
    }

    package func kill(_ signal: Int32) { _ = Glibc.kill(pid, signal) }

    /// Waits for the end.
    ///
    /// - Returns: the exit status, or 128 + the signal.
    package func end() async -> Int32 {
        await Pthread.blocking { [pid] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
        }
    }
}

/// Lends the strings as a NULL-terminated C array for the length of the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
}
