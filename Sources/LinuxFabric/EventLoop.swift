import CLinux
import Glibc
import Synchronization
package import Timebase

/// What a descriptor is ready for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: 1)
    package static let writable = Readiness(rawValue: 2)
    /// The other end is gone or an error is pending; told whether asked for or not.
    package static let broken = Readiness(rawValue: 4)
}

/// What runs on an event loop: everything that it holds is confined to that loop's thread.
package protocol EventHandler: AnyObject, SendableMetatype {
    /// A watched descriptor is ready.
    func ready(_ token: UInt64, _ readiness: Readiness)
    /// The poller's deadline has passed; it is already taken away.
    func deadlinePassed(at now: Moment)
    /// All that was ready has been told: the place to flush what was queued.
    func batchEnded(at now: Moment)
}

/// What a handler asks of its loop; used on the loop's thread only.
package final class Poller {
    static let mailboxToken = UInt64.max
    private let epoll: Descriptor
    private var events: [clinux_event]
    /// When the handler wants `deadlinePassed(at:)`; `nil`: not at all.
    package var deadline: Moment?

    init() throws(LinuxError) {
        epoll = Descriptor(owning: try check(clinux_epoll_create(), "making an event loop"))
        events = Array(repeating: clinux_event(), count: 256)
    }

    /// Tells the handler about this descriptor from now on, again and again while it is ready.
    ///
    /// - Parameter token: any number but the highest.
    package func watch(
        _ descriptor: Int32, token: UInt64, for interest: Readiness = .readable
    ) throws(LinuxError) {
        precondition(token != Self.mailboxToken, "the highest token is the mailbox")
        try add(descriptor, token: token, for: interest)
    }

    func add(_ descriptor: Int32, token: UInt64, for interest: Readiness) throws(LinuxError) {
        try check(clinux_epoll_add(epoll.number, descriptor, token, interest.rawValue), "watching a descriptor")
    }

    package func change(_ descriptor: Int32, token: UInt64, for interest: Readiness) throws(LinuxError) {
        try check(clinux_epoll_change(epoll.number, descriptor, token, interest.rawValue), "watching a descriptor")
    }

    /// Before the descriptor is closed.
    package func forget(_ descriptor: Int32) throws(LinuxError) {
        try check(clinux_epoll_remove(epoll.number, descriptor), "forgetting a descriptor")
    }

    package var now: Moment { .now }

    /// Waits for events or the deadline.
    func wait(_ body: (UInt64, Readiness) -> Void) throws(LinuxError) {
        var timeout: Int64 = -1
        if let deadline { timeout = Int64(clamping: deadline.since(.now).nanoseconds) }
        let count = try events.withUnsafeMutableBufferPointer { buffer throws(LinuxError) -> Int32 in
            try check(
                clinux_epoll_wait(epoll.number, buffer.baseAddress, Int32(buffer.count), timeout),
                "waiting for events")
        }
        for index in 0..<Int(count) {
            body(events[index].token, Readiness(rawValue: events[index].flags))
        }
    }
}

extension Moment {
    /// The monotonic clock of this machine.
    package static var now: Moment { Moment(nanoseconds: clinux_monotonic_nanoseconds()) }
}

/// An epoll loop on a thread of its own, with one handler that lives on that thread.
///
/// Nothing is allocated per event. Other threads reach the handler through `perform` and `call` only.
package final class EventLoop<Handler: EventHandler>: Sendable {
    private struct Mailbox {
        var letters: [@Sendable (Handler) -> Void] = []
        var isClosed = false
    }

    private let mailbox = Mutex(Mailbox())
    private let bell: Descriptor
    private let isStopping = Atomic(false)
    private let ended = OneShot<LinuxError?>()

    /// Starts the thread and returns when the handler stands, or throws what its making threw.
    ///
    /// - Parameter makeHandler: runs on the loop's thread.
    package init(
        name: String, makeHandler: @escaping @Sendable (Poller) throws -> Handler
    ) throws {
        bell = Descriptor(owning: try check(clinux_eventfd(), "making a mailbox"))
        let started = OneShot<(any Error)?>()
        try PinnedThread.start(name: name) { [self] in
            do {
                // Only when poller and handler, and the descriptors they own, are gone has the loop ended.
                ended.set(try live(makeHandler, started))
            } catch {
                started.set(error)
                close()
                ended.set(nil)
            }
        }
        if let error = started.wait() { throw error }
    }

    private func live(
        _ makeHandler: @Sendable (Poller) throws -> Handler, _ started: OneShot<(any Error)?>
    ) throws -> LinuxError? {
        let poller = try Poller()
        try poller.add(bell.number, token: Poller.mailboxToken, for: .readable)
        let handler = try makeHandler(poller)
        started.set(nil)
        return run(poller, handler)
    }

    /// - Returns: what ended the loop, if it was not `stop()`.
    private func run(_ poller: Poller, _ handler: Handler) -> LinuxError? {
        var failure: LinuxError?
        while !isStopping.load(ordering: .acquiring) {
            do {
                try poller.wait { token, readiness in
                    if token == Poller.mailboxToken {
                        deliver(to: handler)
                    } else {
                        handler.ready(token, readiness)
                    }
                }
            } catch {
                failure = error
                break
            }
            let now = Moment.now
            if let deadline = poller.deadline, deadline <= now {
                poller.deadline = nil
                handler.deadlinePassed(at: now)
            }
            handler.batchEnded(at: now)
        }
        close()
        deliver(to: handler)
        return failure
    }

    private func close() {
        mailbox.withLock { $0.isClosed = true }
    }

    private func deliver(to handler: Handler) {
        clinux_eventfd_clear(bell.number)
        let letters = mailbox.withLock { mailbox in
            defer { mailbox.letters = [] }
            return mailbox.letters
        }
        for letter in letters { letter(handler) }
    }

    /// Runs the body on the loop's thread soon; in order; never after the loop has ended.
    ///
    /// - Returns: false when the loop has ended.
    @discardableResult
    package func perform(_ body: @escaping @Sendable (Handler) -> Void) -> Bool {
        let isFirst = mailbox.withLock { mailbox -> Bool? in
            guard !mailbox.isClosed else { return nil }
            mailbox.letters.append(body)
            return mailbox.letters.count == 1
        }
        guard let isFirst else { return false }
        if isFirst { clinux_eventfd_signal(bell.number) }
        return true
    }

    /// Runs the body on the loop's thread and returns its result.
    package func call<Result: Sendable>(
        _ body: @escaping @Sendable (Handler) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = perform { handler in
                continuation.resume(with: Swift.Result { try body(handler) })
            }
            if !accepted {
                continuation.resume(throwing: LinuxError("calling an event loop that has ended", ESHUTDOWN))
            }
        }
    }

    /// Asks the loop to end after what it is doing; letters already accepted are still delivered.
    package func stop() {
        isStopping.store(true, ordering: .releasing)
        clinux_eventfd_signal(bell.number)
    }

    /// Waits until the loop has ended, and tells what ended it, if it was not `stop()`.
    package func waitForEnd() async -> LinuxError? {
        await ended.get()
    }
}
