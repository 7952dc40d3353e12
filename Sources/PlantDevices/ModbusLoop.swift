import CLinux
import DeviceModel
import Glibc

/// The event loop of the Modbus server; confined to its thread.
final class ModbusLoop: MessageReceiver {
    /// What can fail is made before the thread starts; nobody else touches it afterwards.
    struct Parts: @unchecked Sendable {
        fileprivate let poller: Poller
        fileprivate let modbus: ModbusProtocol

        init() throws(DeviceProblem) {
            poller = try Poller()
            modbus = try ModbusProtocol()
        }
    }

    private static let acceptsPerTurn = 64
    private static let sweepSeconds = 1.0

    let poller: Poller
    let responder: ModbusResponder
    var chance = DeviceChance(seed: 1)
    /// What a connection is read into, one after the other.
    let scratch: UnsafeMutableBufferPointer<UInt8>
    /// Connections whose answers wait, the earliest first.
    var waiting: [(due: Double, connection: ModbusConnection)] = []
    private let mailbox: Mailbox<ServiceMessage<ModbusDevicePlan>>
    private let acceptor = Acceptor()
    private let workshop = RegisterWorkshop()
    private var devices: [DeviceIdentity: ModbusDevice] = [:]
    private var listeners: [Int32: ModbusDevice] = [:]
    private var connections: [Int32: ModbusConnection] = [:]
    /// How many devices leave the network at night.
    private var sleepers = 0
    private var swept = monotonicSeconds()

    init(_ parts: Parts, _ mailbox: Mailbox<ServiceMessage<ModbusDevicePlan>>) {
        poller = parts.poller
        responder = ModbusResponder(parts.modbus)
        scratch = .allocate(capacity: ModbusConnection.inputLimitBytes)
        self.mailbox = mailbox
    }

    deinit { scratch.deallocate() }

    func run() {
        var isRunning = (try? poller.add(mailbox.bell)) != nil
        while isRunning {
            for event in poller.wait(seconds: patience()) {
                if event.descriptor == mailbox.bell {
                    isRunning = read(mailbox) && isRunning
                } else if let connection = connections[event.descriptor] {
                    serve(connection, event)
                } else if let device = listeners[event.descriptor] {
                    accept(for: device)
                }
            }
            sendWhatIsDue()
            sweep()
        }
        shut(mailbox)
        for identity in Array(devices.keys) { remove(identity) }
    }

    func add(_ plan: ModbusDevicePlan) -> DeviceProblem? {
        makeNonBlocking(plan.listener)
        do {
            try poller.add(plan.listener)
        } catch {
            close(plan.listener)
            return error
        }
        let device = ModbusDevice(plan, banks: workshop.banks(of: plan))
        devices[plan.identity] = device
        listeners[plan.listener] = device
        if plan.sleepsAtNight { sleepers += 1 }
        obeyFaults(plan.identity)
        return nil
    }

    func holds(_ identity: DeviceIdentity) -> Bool { devices[identity] != nil }

    func remove(_ identity: DeviceIdentity) {
        guard let device = devices.removeValue(forKey: identity) else { return }
        if device.plan.sleepsAtNight { sleepers -= 1 }
        listeners[device.plan.listener] = nil
        poller.remove(device.plan.listener)
        close(device.plan.listener)
        for connection in device.connections + device.ghosts { end(connection, inOrder: true) }
        // Connections at another's address that it answers.
        for connection in connections.values where connection.answerer === device { end(connection, inOrder: true) }
        for descriptor in device.frozen { reset(descriptor) }
    }

    func obeyFaults(_ identity: DeviceIdentity) {
        guard let device = devices[identity] else { return }
        device.obey()
        settle(device)
    }

    /// How long nothing needs to be looked at.
    private func patience() -> Double? {
        var seconds: Double? = connections.isEmpty && sleepers == 0 ? nil : Self.sweepSeconds
        if let due = waiting.first?.due { seconds = min(seconds ?? .infinity, max(0, due - monotonicSeconds())) }
        return seconds
    }

    /// Closes what has been silent, or in the middle of a request, for too long; sees who sleeps.
    private func sweep() {
        let now = monotonicSeconds()
        guard now - swept >= Self.sweepSeconds else { return }
        swept = now
        for connection in Array(connections.values)
        where connection.isOverdue(at: now, idleSeconds: connection.host.plan.configuration.vendor.idleSeconds) {
            end(connection, inOrder: false)
        }
        if sleepers > 0 { for device in devices.values where device.plan.sleepsAtNight { settle(device) } }
    }
}

/// Power and reach.
extension ModbusLoop {
    /// Brings a device's sockets to what is wanted.
    private func settle(_ device: ModbusDevice) {
        let (old, new) = (device.reach, device.wantedReach)
        guard new != old else { return }
        device.reach = new
        let listener = device.plan.listener
        if old == .refusing {
            SocketReach.listenAgain(listener)
            try? poller.add(listener)
        }
        // A device that is back has forgotten its connections: whoever goes on with one is told.
        for descriptor in device.frozen {
            SocketReach.open.filter(descriptor)
            reset(descriptor)
        }
        device.frozen = []
        new.filter(listener)
        switch new {
        case .open: break
        case .refusing:
            for connection in device.connections + device.ghosts { end(connection, inOrder: true) }
            poller.remove(listener)
            SocketReach.stopListening(listener)
        case .silent:
            for connection in device.connections + device.ghosts { freeze(connection) }
        case .only: for connection in device.connections + device.ghosts { new.filter(connection.descriptor) }
        }
    }

    /// Nothing passes over the connection any more, and nobody is told.
    private func freeze(_ connection: ModbusConnection) {
        guard !connection.isEnded else { return }
        SocketReach.silent.filter(connection.descriptor)
        forget(connection)
        connection.host.frozen.append(connection.descriptor)
    }
}

/// Connections.
extension ModbusLoop {
    private func accept(for device: ModbusDevice) {
        for _ in 0..<Self.acceptsPerTurn {
            switch acceptor.accept(from: device.plan.listener) {
            case .nobody: return
            case .exhausted: device.plan.record.tally.count { $0.refusals += 1 }
            case .connection(let descriptor): admit(descriptor, to: device)
            }
        }
    }

    private func admit(_ descriptor: Int32, to device: ModbusDevice) {
        let now = monotonicSeconds()
        device.accepted += 1
        guard let answerer = answerer(at: device) else {
            // The device that has the address now knows no such service.
            return reset(descriptor)
        }
        var isGhost = false
        if device.connections.count >= device.connectionLimit || now < device.heldOffUntil {
            // Counted first: who sees the reset may look at the counters.
            if device.overLimit != .evict || device.connections.isEmpty {
                answerer.plan.record.tally.count { $0.refusals += 1 }
            }
            switch device.overLimit {
            case .close:
                close(descriptor)
                return
            case .silence where device.ghosts.count < 64: isGhost = true
            case .evict where !device.connections.isEmpty:
                if let oldest = device.connections.min(by: { $0.number < $1.number }) { end(oldest, inOrder: true) }
            default: return reset(descriptor)
            }
        }
        guard (try? poller.add(descriptor)) != nil else {
            answerer.plan.record.tally.count { $0.refusals += 1 }
            return reset(descriptor)
        }
        device.reach.filter(descriptor)
        let connection = ModbusConnection(
            descriptor, at: device, answeredBy: answerer, isGhost: isGhost, number: device.accepted, at: now)
        connections[descriptor] = connection
        guard !isGhost else { return device.ghosts.append(connection) }
        device.connections.append(connection)
        answerer.plan.record.tally.count {
            $0.connections += 1
            $0.open += 1
        }
    }

    /// Who answers the next connection at a device's address: every second time the one that has taken it.
    private func answerer(at device: ModbusDevice) -> ModbusDevice? {
        guard let name = device.fault.conflictsWith, device.accepted % 2 == 0 else { return device }
        return devices[DeviceIdentity(plant: device.plan.identity.plant, device: name)]
    }

    /// Out of the books; the descriptor stays open.
    private func forget(_ connection: ModbusConnection) {
        connection.isEnded = true
        connections[connection.descriptor] = nil
        poller.remove(connection.descriptor)
        let host = connection.host
        if connection.isGhost {
            host.ghosts.removeAll { $0 === connection }
        } else {
            host.connections.removeAll { $0 === connection }
            connection.answerer.plan.record.tally.count { $0.open -= 1 }
        }
    }

    /// - Parameter inOrder: the client closed, or we did on purpose; else the device wants a rest before the next one.
    func end(_ connection: ModbusConnection, inOrder: Bool) {
        guard !connection.isEnded else { return }
        forget(connection)
        reset(connection.descriptor)
        let rest = connection.host.plan.configuration.vendor.holdOffSeconds
        if !inOrder, rest > 0 { connection.host.heldOffUntil = monotonicSeconds() + rest }
    }
}
