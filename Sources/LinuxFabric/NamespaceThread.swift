import CLinux
import Glibc
import Synchronization

/// The thread on which network namespaces are entered, one for the process.
///
/// `setns` acts on one kernel thread; this one goes back home after every piece of work.
final class NamespaceThread: Sendable {
    private final class Work: @unchecked Sendable {
        // Unchecked: the caller blocks until the body has run and is let go, so nothing that it captures is used from two threads
        // at once; the semaphore orders the two sides.
        private var body: (() -> Void)?
        let done = Semaphore()

        init(_ body: @escaping () -> Void) {
            self.body = body
        }

        /// Runs the body and lets go of it before returning: the caller's frame may be gone after `done`.
        func run() {
            let body = self.body.take()
            body?()
        }
    }

    private let queue = Mutex<[Work]>([])
    private let arrived = Semaphore()
    private let home: Descriptor

    private static let shared = Lazily { () throws(LinuxError) in try NamespaceThread() }

    /// The process's thread, started when first asked for.
    static func instance() throws(LinuxError) -> NamespaceThread {
        try shared.get()
    }

    private init() throws(LinuxError) {
        home = try Descriptor.open("/proc/self/ns/net")
        try PinnedThread.start(name: "namespaces") { [self] in
            while true {
                arrived.wait()
                let work = queue.withLock { $0.removeFirst() }
                work.run()
                work.done.signal()
            }
        }
    }

    /// Runs the body on this thread, blocking the caller, and brings the thread back to its home namespace.
    func run<Success: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Success) throws(Failure) -> Success {
        var result: Result<Success, Failure>?
        withoutActuallyEscaping(body) { body in
            let work = Work {
                result = Result { () throws(Failure) in try body() }
                // Cannot fail: the home namespace is there and was ours to begin with.
                clinux_enter_network(self.home.number)
            }
            queue.withLock { $0.append(work) }
            arrived.signal()
            work.done.wait()
        }
        guard let result = result.take() else { preconditionFailure("the body has run") }
        return try result.get()
    }
}
