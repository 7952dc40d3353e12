import CLinux
import Glibc
import Synchronization

/// A counting semaphore for threads that may block.
final class Semaphore: @unchecked Sendable {
    // Unchecked: the C semaphore is made for threads; the pointer never changes and lives as long as this object.
    private let raw: UnsafeMutablePointer<sem_t>

    init() {
        raw = .allocate(capacity: 1)
        sem_init(raw, 0, 0)
    }

    deinit {
        sem_destroy(raw)
        raw.deallocate()
    }

    func signal() {
        sem_post(raw)
    }

    func wait() {
        while sem_wait(raw) != 0 {}
    }
}

/// A value that comes once; whoever asks before waits, as a task or as a thread.
package final class OneShot<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [@Sendable (Value) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Sets the value; a second one is ignored.
    package func set(_ value: Value) {
        let waiting = state.withLock { state -> [@Sendable (Value) -> Void] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for resume in waiting { resume(value) }
    }

    package var value: Value? { state.withLock { $0.value } }

    /// Calls back with the value, at once when it is there.
    package func whenSet(_ body: @escaping @Sendable (Value) -> Void) {
        let present = state.withLock { state -> Value? in
            if state.value == nil { state.waiting.append(body) }
            return state.value
        }
        if let present { body(present) }
    }

    package func get() async -> Value {
        await withCheckedContinuation { continuation in
            whenSet { continuation.resume(returning: $0) }
        }
    }

    /// Blocks the calling thread; never from a task.
    package func wait() -> Value {
        let semaphore = Semaphore()
        whenSet { _ in semaphore.signal() }
        while true {
            if let value { return value }
            semaphore.wait()
        }
    }
}

/// Kernel threads that we own: what acts on one thread (namespaces, death signals) never runs on the cooperative pool.
enum PinnedThread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a detached thread; the name shows in `ps -L` with up to 15 characters.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(LinuxError) {
        var thread = pthread_t()
        // Retained here, released by the new thread or, when there is none, below.
        let start = Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
        let result = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
                clinux_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw LinuxError("starting thread \(name)", result)
        }
        pthread_detach(thread)
    }
}
