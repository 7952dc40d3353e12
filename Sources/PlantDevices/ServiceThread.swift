import Glibc
import Synchronization

/// A thread of our own that runs one body, takes no signals and is joined.
final class ServiceThread: Sendable {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: Mutex<pthread_t?>

    /// Starts the body; it must end by itself once it has been told to.
    init(_ body: @escaping @Sendable () -> Void) throws(DeviceProblem) {
        // The new thread inherits the mask: signals are for the program's own threads, and a broken pipe is an errno.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let box = Unmanaged.passRetained(Body(body))
        var started = pthread_t()
        let result = pthread_create(
            &started, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw .system("pthread_create", result)
        }
        thread = Mutex(started)
    }

    /// Waits for the body's end; to be called when that is near, for the caller's thread is blocked meanwhile.
    func join() {
        let started = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let started { pthread_join(started, nil) }
    }

    deinit { join() }
}
