import CLinux
import Glibc
import Timebase

/// A program started by a process of the lab, perhaps in a node's network: a role, a probe, a person's command.
///
/// It has a process group of its own, and ends with the lab whatever happens.
package final class ChildProgram: Sendable {
    package struct Request: Sendable {
        /// Searched in PATH when it holds no `/`.
        package var executable: String
        /// Without the program's name.
        package var arguments: [String]
        package var environment: [String: String]
        /// Whose network it sees; `nil`: the caller's.
        package var network: NetworkNamespace?
        /// `nil` is /dev/null.
        package var input: Int32?
        package var output: Int32?
        package var error: Int32?
        /// Inherited under their own numbers.
        package var descriptors: [Int32]
        /// The soft limit of open files; `nil`: ours.
        package var openFiles: UInt64?

        package init(
            executable: String, arguments: [String] = [],
            environment: [String: String] = ProcessEnvironment.current, network: NetworkNamespace? = nil,
            input: Int32? = nil, output: Int32? = 1, error: Int32? = 2, descriptors: [Int32] = [],
            openFiles: UInt64? = OpenFiles.ordinaryLimit
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.network = network
            self.input = input
            self.output = output
            self.error = error
            self.descriptors = descriptors
            self.openFiles = openFiles
        }

        /// Another role of this program.
        package static func role(
            _ role: String, lab: String, arguments: [String] = [], descriptors: [String: Int32] = [:]
        ) -> Request {
            let marks = Inside.environment(role: role, lab: lab, descriptors: descriptors)
            return Request(
                executable: ForkServer.executable, arguments: arguments,
                environment: ProcessEnvironment.current.merging(marks) { $1 },
                descriptors: descriptors.values.sorted(), openFiles: nil)
        }

        /// Whether it wants nothing else than what a program has that the fork server forks.
        fileprivate var isAsForked: Bool {
            executable == ForkServer.executable && network == nil && input == nil && output == 1 && error == 2
                && openFiles == nil
        }
    }

    package let pid: Int32
    private let handle: Descriptor
    private let end = OneShot<ProgramStatus>()

    /// Starts it; an error also when the program cannot be executed.
    package init(_ request: Request) throws(LinuxError) {
        pid = try Self.spawn(request)
        let handle = clinux_pidfd_open(pid)
        guard handle >= 0 else {
            Glibc.kill(pid, SIGKILL)
            throw LinuxError("watching \(request.executable)", -handle)
        }
        self.handle = Descriptor(owning: handle)
        let end = end
        let number = handle
        do {
            try ChildReaper.instance().perform { [self] reaper in
                // The capture keeps this object, and so the descriptor, until the program has ended.
                reaper.watch(number) { status in
                    withExtendedLifetime(self) { end.set(status) }
                }
            }
        } catch {
            Glibc.kill(pid, SIGKILL)
            throw error
        }
    }

    private static func spawn(_ request: Request) throws(LinuxError) -> Int32 {
        let arguments = CStrings([request.executable] + request.arguments)
        let environment = CStrings(environment: request.environment)
        if request.isAsForked, let server = ForkServer.current,
            let pid = server.fork(arguments, environment: environment, descriptors: request.descriptors)
        {
            return pid
        }
        var raw = clinux_spawn_request()
        raw.path = UnsafePointer(arguments.pointers[0])
        raw.arguments = UnsafePointer(arguments.pointers)
        raw.environment = UnsafePointer(environment.pointers)
        raw.standard = (request.input ?? -1, request.output ?? -1, request.error ?? -1)
        raw.open_files = request.openFiles ?? 0
        raw.network_namespace = -1
        let network: Int32
        if let namespace = request.network {
            network = try Descriptor.open(namespace.path).release()
            raw.network_namespace = network
        } else {
            network = -1
        }
        defer { if network >= 0 { close(network) } }
        let result = request.descriptors.withUnsafeBufferPointer { passed in
            raw.passed = passed.baseAddress
            raw.passed_count = passed.count
            return clinux_spawn(&raw)
        }
        withExtendedLifetime((arguments, environment)) {}
        return try check(result, "starting \(request.executable)")
    }

    package func waitForEnd() async -> ProgramStatus {
        await end.get()
    }

    /// The same for a thread that may block.
    package func waitForEndBlocking() -> ProgramStatus {
        end.wait()
    }

    /// How it ended; `nil` while it runs.
    package var status: ProgramStatus? { end.value }

    /// Sends a signal to the program, nothing once it has ended.
    package func signal(_ number: Int32) {
        clinux_pidfd_signal(handle.number, number)
    }

    /// Ends the program at once, as a power cut would.
    package func kill() {
        signal(SIGKILL)
    }

    /// Sends a signal to the program and all that it has started in its group.
    package func signalGroup(_ number: Int32) {
        guard end.value == nil else { return }
        Glibc.kill(-pid, number)
    }
}

/// Takes ended children away, each by its own handle: waiting for any child would steal those of other code.
final class ChildReaper: EventHandler {
    private static let shared = Lazily<EventLoop<ChildReaper>> { () throws(LinuxError) in
        do {
            return try EventLoop(name: "reaper") { ChildReaper($0) }
        } catch {
            throw error as? LinuxError ?? LinuxError("starting the reaper", EAGAIN)
        }
    }
    private let poller: Poller
    private var watched: [UInt64: @Sendable (ProgramStatus) -> Void] = [:]

    static func instance() throws(LinuxError) -> EventLoop<ChildReaper> {
        try shared.get()
    }

    private init(_ poller: Poller) {
        self.poller = poller
    }

    func watch(_ handle: Int32, _ ended: @escaping @Sendable (ProgramStatus) -> Void) {
        watched[UInt64(handle)] = ended
        do {
            try poller.watch(handle, token: UInt64(handle))
        } catch {
            // Only when the kernel is out of memory; then the child is as good as lost.
            watched[UInt64(handle)] = nil
            ended(.signaled(SIGKILL))
        }
    }

    func ready(_ token: UInt64, _ readiness: Readiness) {
        var status: Int32 = 0
        let handle = Int32(truncatingIfNeeded: token)
        let result = clinux_pidfd_reap(handle, &status)
        guard result != 0 else { return }
        // Cannot fail for what was watched; the handle stays open until the callback has run.
        try? poller.forget(handle)
        let ended = watched.removeValue(forKey: token)
        ended?(result > 0 ? ProgramStatus(waitStatus: status) : .signaled(SIGKILL))
    }

    func deadlinePassed(at now: Moment) {}

    func batchEnded(at now: Moment) {}
}
