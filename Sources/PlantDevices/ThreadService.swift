import DeviceModel
import Glibc

/// A device on its way to the thread that will serve it.
protocol DevicePlan: Sendable {
    var identity: DeviceIdentity { get }
    var listener: Int32 { get }
}

/// What a serving thread is told.
enum ServiceMessage<Plan: DevicePlan>: Sendable {
    case add(Plan, CheckedContinuation<DeviceProblem?, Never>)
    case remove(DeviceIdentity, CheckedContinuation<Void, Never>)
    case ask(DeviceIdentity, CheckedContinuation<Bool, Never>)
    /// The device's fault switch was thrown.
    case obey(DeviceIdentity, CheckedContinuation<Void, Never>)
    case stop
}

/// A thread of our own that serves devices of one kind, seen from outside.
final class ThreadService<Plan: DevicePlan>: Sendable {
    private let mailbox: Mailbox<ServiceMessage<Plan>>
    private let thread: ServiceThread

    /// Starts the thread with a body that runs until it is told to stop.
    init(_ body: @escaping @Sendable (Mailbox<ServiceMessage<Plan>>) -> Void) throws(DeviceProblem) {
        let mailbox = try Mailbox<ServiceMessage<Plan>>()
        self.mailbox = mailbox
        thread = try ServiceThread { body(mailbox) }
    }

    deinit { _ = mailbox.post(.stop) }

    /// Takes the listener in any case.
    func add(_ plan: Plan) async throws(DeviceProblem) {
        let fault = await withCheckedContinuation { done in
            if !mailbox.post(.add(plan, done)) {
                close(plan.listener)
                done.resume(returning: .stopped)
            }
        }
        if let fault { throw fault }
    }

    func remove(_ identity: DeviceIdentity) async {
        await withCheckedContinuation { done in
            if !mailbox.post(.remove(identity, done)) { done.resume() }
        }
    }

    func obeyFaults(_ identity: DeviceIdentity) async {
        await withCheckedContinuation { done in
            if !mailbox.post(.obey(identity, done)) { done.resume() }
        }
    }

    func isServing(_ identity: DeviceIdentity) async -> Bool {
        await withCheckedContinuation { done in
            if !mailbox.post(.ask(identity, done)) { done.resume(returning: false) }
        }
    }

    func stop() {
        _ = mailbox.post(.stop)
        thread.join()
    }
}

/// The loop inside such a thread, as far as messages go.
protocol MessageReceiver {
    associatedtype Plan: DevicePlan

    /// Takes the listener in any case.
    func add(_ plan: Plan) -> DeviceProblem?
    func remove(_ identity: DeviceIdentity)
    func holds(_ identity: DeviceIdentity) -> Bool
    /// Does with the device's sockets what its faults want.
    func obeyFaults(_ identity: DeviceIdentity)
}

extension MessageReceiver {
    /// Acts on what lies in the mailbox; false when the loop is to end.
    func read(_ mailbox: Mailbox<ServiceMessage<Plan>>) -> Bool {
        var isRunning = true
        for message in mailbox.take() {
            switch message {
            case .add(let plan, let done): done.resume(returning: add(plan))
            case .remove(let identity, let done):
                remove(identity)
                done.resume()
            case .ask(let identity, let done): done.resume(returning: holds(identity))
            case .obey(let identity, let done):
                obeyFaults(identity)
                done.resume()
            case .stop: isRunning = false
            }
        }
        return isRunning
    }

    /// Answers whoever still asks, once and for all.
    func shut(_ mailbox: Mailbox<ServiceMessage<Plan>>) {
        for message in mailbox.shut() {
            switch message {
            case .add(let plan, let done):
                close(plan.listener)
                done.resume(returning: .stopped)
            case .remove(_, let done), .obey(_, let done): done.resume()
            case .ask(_, let done): done.resume(returning: false)
            case .stop: break
            }
        }
    }
}

extension DeviceProblem {
    static let stopped = DeviceProblem(.stopped, "the fleet was stopped")
}
