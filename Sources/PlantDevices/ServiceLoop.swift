import CLinux
import CSSH
import Glibc

/// The event loop of the service PCs; confined to its thread.
///
/// libssh waits with poll over an array of its live sessions; the listeners lie in a set of their own, of which libssh sees
/// one descriptor, so that thousands of idle devices cost nothing.
final class ServiceLoop: MessageReceiver {
    /// What can fail is made before the thread starts; nobody else touches it afterwards.
    struct Parts: @unchecked Sendable {
        fileprivate let poller: Poller
        fileprivate let event: ssh_event

        init() throws(DeviceFault) {
            poller = try Poller()
            guard let event = ssh_event_new() else { throw DeviceFault(.system, "libssh has no memory") }
            let added = ssh_event_add_fd(event, poller.descriptor, Int16(POLLIN), { _, _, _ in 0 }, nil)
            guard added == SSH_OK else {
                ssh_event_free(event)
                throw DeviceFault(.system, "libssh does not take a descriptor")
            }
            self.event = event
        }
    }

    private final class Device {
        let plan: ServiceDevicePlan
        let binding: ServiceBinding
        var sessions = 0

        init(_ plan: ServiceDevicePlan) throws(DeviceFault) {
            self.plan = plan
            binding = try ServiceBinding(plan)
        }
    }

    private static let acceptsPerTurn = 16

    private let poller: Poller
    private let event: ssh_event
    private let mailbox: Mailbox<ServiceMessage<ServiceDevicePlan>>
    private let acceptor = Acceptor()
    private var devices: [DeviceIdentity: Device] = [:]
    private var listeners: [Int32: Device] = [:]
    private var sessions: [(session: ServiceSession, device: Device)] = []

    init(_ parts: Parts, _ mailbox: Mailbox<ServiceMessage<ServiceDevicePlan>>) {
        poller = parts.poller
        event = parts.event
        self.mailbox = mailbox
    }

    func run() {
        var isRunning = (try? poller.add(mailbox.bell)) != nil
        while isRunning {
            ssh_event_dopoll(event, timeout())
            for event in poller.wait(seconds: 0) {
                if event.descriptor == mailbox.bell {
                    isRunning = read(mailbox) && isRunning
                } else if let device = listeners[event.descriptor] {
                    accept(for: device)
                }
            }
            turn()
        }
        shut(mailbox)
        for identity in Array(devices.keys) { remove(identity) }
        ssh_event_remove_fd(event, poller.descriptor)
        ssh_event_free(event)
    }

    func holds(_ identity: DeviceIdentity) -> Bool { devices[identity] != nil }

    func add(_ plan: ServiceDevicePlan) -> DeviceFault? {
        makeNonBlocking(plan.listener)
        do {
            let device = try Device(plan)
            try poller.add(plan.listener)
            devices[plan.identity] = device
            listeners[plan.listener] = device
            return nil
        } catch {
            close(plan.listener)
            return error
        }
    }

    func remove(_ identity: DeviceIdentity) {
        guard let device = devices.removeValue(forKey: identity) else { return }
        listeners[device.plan.listener] = nil
        poller.remove(device.plan.listener)
        close(device.plan.listener)
        sessions.removeAll { entry in
            guard entry.device === device else { return false }
            end(entry)
            return true
        }
    }

    private func accept(for device: Device) {
        for _ in 0..<Self.acceptsPerTurn {
            switch acceptor.accept(from: device.plan.listener) {
            case .nobody: return
            case .exhausted: device.plan.tally.count { $0.refusals += 1 }
            case .connection(let descriptor):
                guard device.sessions < device.plan.configuration.sessionLimit else {
                    device.plan.tally.count { $0.refusals += 1 }
                    reset(descriptor)
                    continue
                }
                guard let handle = device.binding.session(on: descriptor) else { continue }
                let session = ServiceSession(handle, descriptor, device.plan, at: monotonicSeconds())
                device.sessions += 1
                device.plan.tally.count {
                    $0.connections += 1
                    $0.open += 1
                }
                sessions.append((session, device))
                session.start(on: event)
            }
        }
    }

    /// Lets every session do what has become due, outside of libssh's callbacks.
    private func turn() {
        let now = monotonicSeconds()
        sessions.removeAll { entry in
            guard !entry.session.turn(at: now) else { return false }
            end(entry)
            return true
        }
    }

    private func end(_ entry: (session: ServiceSession, device: Device)) {
        entry.device.sessions -= 1
        entry.device.plan.tally.count { $0.open -= 1 }
        entry.session.end(on: event)
    }

    /// Milliseconds until a session has something to do; rounded up, so that it is due then.
    private func timeout() -> Int32 {
        let now = monotonicSeconds()
        var seconds = 3600.0
        for (session, _) in sessions { seconds = min(seconds, session.nextDeadline - now) }
        return sessions.isEmpty ? -1 : Int32((max(0, seconds) * 1000).rounded(.up))
    }
}
