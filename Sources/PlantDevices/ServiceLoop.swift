import CLinux
import CSSH
import DeviceModel
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

        init() throws(DeviceProblem) {
            poller = try Poller()
            guard let event = ssh_event_new() else { throw DeviceProblem(.system, "libssh has no memory") }
            let added = ssh_event_add_fd(event, poller.descriptor, Int16(POLLIN), { _, _, _ in 0 }, nil)
            guard added == SSH_OK else {
                ssh_event_free(event)
                throw DeviceProblem(.system, "libssh does not take a descriptor")
            }
            self.event = event
        }
    }

    private final class Device {
        let plan: ServiceDevicePlan
        let binding: ServiceBinding
        var sessions = 0
        var fault = DeviceFault()
        var reach = SocketReach.open
        /// Accepted so far.
        var accepted = 0

        init(_ plan: ServiceDevicePlan) throws(DeviceProblem) {
            self.plan = plan
            binding = try ServiceBinding(plan)
        }
    }

    private static let acceptsPerTurn = 16
    private static let ghostLimit = 64

    private let poller: Poller
    private let event: ssh_event
    private let mailbox: Mailbox<ServiceMessage<ServiceDevicePlan>>
    private let acceptor = Acceptor()
    private var devices: [DeviceIdentity: Device] = [:]
    private var listeners: [Int32: Device] = [:]
    private var sessions: [(session: ServiceSession, device: Device)] = []
    /// Accepted, and not greeted before that moment; a ghost never is, it is let go then.
    private var held: [(due: Double, descriptor: Int32, device: Device, isGhost: Bool)] = []

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
            greetWhoIsDue()
            turn()
        }
        shut(mailbox)
        for identity in Array(devices.keys) { remove(identity) }
        ssh_event_remove_fd(event, poller.descriptor)
        ssh_event_free(event)
    }

    func holds(_ identity: DeviceIdentity) -> Bool { devices[identity] != nil }

    func add(_ plan: ServiceDevicePlan) -> DeviceProblem? {
        makeNonBlocking(plan.listener)
        do {
            let device = try Device(plan)
            try poller.add(plan.listener)
            devices[plan.identity] = device
            listeners[plan.listener] = device
            obeyFaults(plan.identity)
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
        endSessions(of: device)
    }

    /// A device that is off has no sessions; whoever has one learns of it by a reset, unless nothing comes from it at all.
    func obeyFaults(_ identity: DeviceIdentity) {
        guard let device = devices[identity] else { return }
        device.fault = device.plan.record.faults.current
        let (old, new) = (device.reach, SocketReach(device.fault, lan: device.plan.record.lan))
        guard old != new else { return }
        device.reach = new
        let listener = device.plan.listener
        if old == .refusing {
            SocketReach.listenAgain(listener)
            try? poller.add(listener)
        }
        new.filter(listener)
        for entry in sessions where entry.device === device { new.filter(entry.session.descriptor) }
        switch new {
        case .open where old == .silent: endSessions(of: device)
        case .refusing:
            endSessions(of: device)
            poller.remove(listener)
            SocketReach.stopListening(listener)
        default: break
        }
    }

    private func endSessions(of device: Device) {
        sessions.removeAll { entry in
            guard entry.device === device else { return false }
            end(entry)
            return true
        }
        held.removeAll { entry in
            guard entry.device === device else { return false }
            if !entry.isGhost { device.sessions -= 1 }
            reset(entry.descriptor)
            return true
        }
    }

    private func accept(for device: Device) {
        for _ in 0..<Self.acceptsPerTurn {
            switch acceptor.accept(from: device.plan.listener) {
            case .nobody: return
            case .exhausted: device.plan.tally.count { $0.refusals += 1 }
            case .connection(let descriptor): admit(descriptor, to: device)
            }
        }
    }

    private func admit(_ descriptor: Int32, to host: Device) {
        host.accepted += 1
        var device = host
        if let name = host.fault.conflictsWith, host.accepted % 2 == 0 {
            guard let other = devices[DeviceIdentity(plant: host.plan.identity.plant, device: name)] else {
                // The device that has the address now knows no such service.
                return reset(descriptor)
            }
            device = other
        }
        host.reach.filter(descriptor)
        let limit = device.fault.connectionLimit ?? device.plan.configuration.sessionLimit
        guard device.sessions < limit || evictsOldest(of: device) else { return turnAway(descriptor, from: device) }
        device.sessions += 1
        let pause = device.fault.isSilent ? 3600 : device.fault.bannerDelaySeconds ?? 0
        guard pause > 0 else { return greet(descriptor, for: device) }
        held.append((monotonicSeconds() + pause, descriptor, device, isGhost: false))
    }

    private func manner(of device: Device) -> VendorProfile.OverLimit {
        device.fault.overLimit ?? device.plan.configuration.overLimit
    }

    /// Whether the device has ended its oldest session for the sake of a new one.
    private func evictsOldest(of device: Device) -> Bool {
        guard manner(of: device) == .evict, let index = sessions.firstIndex(where: { $0.device === device }) else {
            return false
        }
        end(sessions.remove(at: index))
        return true
    }

    /// One more than there may be.
    private func turnAway(_ descriptor: Int32, from device: Device) {
        device.plan.tally.count { $0.refusals += 1 }
        switch manner(of: device) {
        case .close: close(descriptor)
        case .silence where held.count(where: { $0.device === device && $0.isGhost }) < Self.ghostLimit:
            let patience = Double(device.plan.configuration.idleLimitSeconds)
            held.append((monotonicSeconds() + patience, descriptor, device, isGhost: true))
        case .reset, .evict, .silence: reset(descriptor)
        }
    }

    private func greet(_ descriptor: Int32, for device: Device) {
        guard let handle = device.binding.session(on: descriptor) else {
            device.sessions -= 1
            return
        }
        let session = ServiceSession(handle, descriptor, device.plan, at: monotonicSeconds())
        device.plan.tally.count {
            $0.connections += 1
            $0.open += 1
        }
        sessions.append((session, device))
        session.start(on: event)
    }

    private func greetWhoIsDue() {
        let now = monotonicSeconds()
        let due = held.filter { $0.due <= now }
        guard !due.isEmpty else { return }
        held.removeAll { $0.due <= now }
        for entry in due {
            if entry.isGhost { reset(entry.descriptor) } else { greet(entry.descriptor, for: entry.device) }
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
        for entry in held { seconds = min(seconds, entry.due - now) }
        return sessions.isEmpty && held.isEmpty ? -1 : Int32((max(0, seconds) * 1000).rounded(.up))
    }
}
