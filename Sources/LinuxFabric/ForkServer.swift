import CLinux
import Glibc
import Synchronization

/// Forks this program's own processes from one that stands ready, which spares each of them the dynamic linker.
package final class ForkServer: Sendable {
    /// This program, as it is executed where there is no server.
    package static let executable = "/proc/self/exe"
    private static let own = Mutex<ForkServer?>(nil)
    private let socket: Descriptor
    /// One request at a time.
    private let asking = Mutex(())

    private init(socket: Int32) {
        self.socket = Descriptor(owning: socket)
    }

    /// This process's server, if it has one.
    static var current: ForkServer? { own.withLock { $0 } }

    /// Begins the server of this process, which must have one thread still.
    ///
    /// - Returns: in a program that was forked, what it was told; `nil` in the process that asks, also where there can be no server.
    package static func begin() -> (inside: Inside, arguments: [String])? {
        var control: Int32 = -1
        let pid = clinux_fork_server_begin(&control)
        guard pid == 0 else {
            if pid > 0 { own.withLock { $0 = ForkServer(socket: control) } }
            return nil
        }
        var arguments: [String] = []
        var next = clinux_fork_server_serve(control)
        while let entry = next, let text = entry.pointee {
            arguments.append(String(cString: text))
            next = entry + 1
        }
        // The server forks nothing else than insides of labs.
        guard let inside = Inside.claim() else { _exit(127) }
        clinux_set_title(inside.role)
        return (inside, Array(arguments.dropFirst()))
    }

    /// Forks a program, and a lab around it when there is a report.
    ///
    /// - Returns: `nil` when it has more arguments, variables or descriptors than fit into one request, or nobody answers: then the
    ///   program is to be executed.
    func fork(
        _ arguments: CStrings, environment: CStrings, descriptors: [Int32], report: Int32 = -1
    ) -> pid_t? {
        let pid = asking.withLock { _ in
            descriptors.withUnsafeBufferPointer { passed in
                var request = clinux_fork_request()
                request.arguments = UnsafePointer(arguments.pointers)
                request.environment = UnsafePointer(environment.pointers)
                request.passed = passed.baseAddress
                request.passed_count = passed.count
                request.report = report
                return clinux_fork_server_ask(socket.number, &request)
            }
        }
        return pid > 0 ? pid : nil
    }
}
