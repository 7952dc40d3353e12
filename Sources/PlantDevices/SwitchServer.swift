import CLinux
import DeviceModel
import Glibc

/// All switches of a fleet, on one thread.
final class SwitchServer: DeviceService {
    private let clock: PlantClock
    private let service: ThreadService<SwitchPlan>

    init(clock: PlantClock) throws(DeviceProblem) {
        self.clock = clock
        let poller = SwitchLoop.Parts(poller: try Poller())
        service = try ThreadService { SwitchLoop(poller, $0).run() }
    }

    func add(
        _ configuration: DeviceConfiguration, for record: DeviceRecord, listener: Int32
    ) async throws(DeviceProblem) {
        guard case .networkSwitch(let configuration) = configuration, (1...64).contains(configuration.ports) else {
            close(listener)
            throw DeviceProblem(.configuration, "\(record.identity) is no switch of 1 to 64 ports")
        }
        do {
            try record.identity.check()
        } catch {
            close(listener)
            throw error
        }
        let information = SwitchInformation(
            identity: record.identity, ports: configuration.ports, clock: clock, started: clock.now)
        try await service.add(
            SwitchPlan(
                record: record, listener: listener, agent: SNMPAgent(configuration.community, information)))
    }

    func remove(_ identity: DeviceIdentity) async { await service.remove(identity) }

    func isServing(_ identity: DeviceIdentity) async -> Bool { await service.isServing(identity) }

    func obeyFaults(_ identity: DeviceIdentity) async { await service.obeyFaults(identity) }

    func stop() async { service.stop() }
}

struct SwitchPlan: DevicePlan {
    let record: DeviceRecord
    /// A UDP socket.
    let listener: Int32
    let agent: SNMPAgent

    var identity: DeviceIdentity { record.identity }
}

/// The event loop of the switches; confined to its thread.
final class SwitchLoop: MessageReceiver {
    /// Made before the thread starts; nobody else touches it afterwards.
    struct Parts: @unchecked Sendable {
        let poller: Poller
    }

    private static let questionsPerTurn = 64

    private let poller: Poller
    private let mailbox: Mailbox<ServiceMessage<SwitchPlan>>
    private var devices: [DeviceIdentity: SwitchPlan] = [:]
    private var sockets: [Int32: SwitchPlan] = [:]
    /// Where the newest question came from, as the kernel writes it.
    private var sender = [UInt8](repeating: 0, count: 128)
    private var buffer = [UInt8](repeating: 0, count: SNMPAgent.messageLimitBytes)

    init(_ parts: Parts, _ mailbox: Mailbox<ServiceMessage<SwitchPlan>>) {
        poller = parts.poller
        self.mailbox = mailbox
    }

    func run() {
        var isRunning = (try? poller.add(mailbox.bell)) != nil
        while isRunning {
            for event in poller.wait(seconds: nil) {
                if event.descriptor == mailbox.bell {
                    isRunning = read(mailbox) && isRunning
                } else if let device = sockets[event.descriptor] {
                    answer(device)
                }
            }
        }
        shut(mailbox)
        for identity in Array(devices.keys) { remove(identity) }
    }

    func add(_ plan: SwitchPlan) -> DeviceProblem? {
        makeNonBlocking(plan.listener)
        do {
            try poller.add(plan.listener)
        } catch {
            close(plan.listener)
            return error
        }
        devices[plan.identity] = plan
        sockets[plan.listener] = plan
        obeyFaults(plan.identity)
        return nil
    }

    func remove(_ identity: DeviceIdentity) {
        guard let device = devices.removeValue(forKey: identity) else { return }
        sockets[device.listener] = nil
        poller.remove(device.listener)
        close(device.listener)
    }

    func holds(_ identity: DeviceIdentity) -> Bool { devices[identity] != nil }

    func obeyFaults(_ identity: DeviceIdentity) {
        guard let device = devices[identity] else { return }
        let reach = SocketReach(device.record.faults.current, lan: device.record.lan)
        // Nobody is told of datagrams that are not wanted: refused is as silent as silent.
        (reach == .refusing ? .silent : reach).filter(device.listener)
    }

    private func answer(_ device: SwitchPlan) {
        for _ in 0..<Self.questionsPerTurn {
            var size = socklen_t(sender.count)
            let count = sender.withUnsafeMutableBytes { sender in
                recvfrom(
                    device.listener, &buffer, buffer.count, 0,
                    sender.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
            }
            guard count >= 0 else { return }
            let answer = device.record.faults.current.isSilent ? nil : device.agent.answer(buffer[..<count])
            device.record.tally.count {
                $0.requests += 1
                if answer == nil { $0.refusals += 1 }
            }
            guard let answer else { continue }
            _ = sender.withUnsafeBytes { sender in
                sendto(
                    device.listener, answer, answer.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL),
                    sender.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
            }
        }
    }
}
