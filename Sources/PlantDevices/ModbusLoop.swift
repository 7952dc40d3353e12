import CLinux
import Glibc

/// The event loop of the Modbus server; confined to its thread.
final class ModbusLoop: MessageReceiver {
    /// What can fail is made before the thread starts; nobody else touches it afterwards.
    struct Parts: @unchecked Sendable {
        fileprivate let poller: Poller
        fileprivate let modbus: ModbusProtocol

        init() throws(DeviceFault) {
            poller = try Poller()
            modbus = try ModbusProtocol()
        }
    }

    private final class Device {
        let plan: ModbusDevicePlan
        let registers: InverterRegisters
        var connections: Set<Int32> = []

        init(_ plan: ModbusDevicePlan, layout: SunSpecLayout) {
            self.plan = plan
            registers = InverterRegisters(
                plan.configuration, identity: plan.identity, inverter: plan.inverter, layout: layout)
        }
    }

    private struct LayoutKey: Hashable {
        let models: [Int]
        let commonLength: Int
    }

    private static let acceptsPerTurn = 64
    private static let sweepSeconds = 1.0

    private let poller: Poller
    private let responder: ModbusResponder
    private let mailbox: Mailbox<ServiceMessage<ModbusDevicePlan>>
    private let acceptor = Acceptor()
    private var layouts: [LayoutKey: SunSpecLayout] = [:]
    private var devices: [DeviceIdentity: Device] = [:]
    private var listeners: [Int32: Device] = [:]
    private var connections: [Int32: (connection: ModbusConnection, device: Device)] = [:]
    private var swept = monotonicSeconds()

    init(_ parts: Parts, _ mailbox: Mailbox<ServiceMessage<ModbusDevicePlan>>) {
        poller = parts.poller
        responder = ModbusResponder(parts.modbus)
        self.mailbox = mailbox
    }

    func run() {
        var isRunning = (try? poller.add(mailbox.bell)) != nil
        while isRunning {
            for event in poller.wait(seconds: connections.isEmpty ? nil : Self.sweepSeconds) {
                if event.descriptor == mailbox.bell {
                    isRunning = read(mailbox) && isRunning
                } else if let device = listeners[event.descriptor] {
                    accept(for: device)
                } else {
                    serve(event)
                }
            }
            sweep()
        }
        shut(mailbox)
        for identity in Array(devices.keys) { remove(identity) }
    }

    func add(_ plan: ModbusDevicePlan) -> DeviceFault? {
        makeNonBlocking(plan.listener)
        do {
            try poller.add(plan.listener)
        } catch {
            close(plan.listener)
            return error
        }
        let device = Device(plan, layout: layout(of: plan.configuration))
        devices[plan.identity] = device
        listeners[plan.listener] = device
        return nil
    }

    private func layout(of configuration: InverterConfiguration) -> SunSpecLayout {
        let key = LayoutKey(models: configuration.models, commonLength: configuration.commonLength)
        if let layout = layouts[key] { return layout }
        let models = configuration.models.compactMap { id in SunSpecModel.known.first { $0.id == id } }
        let layout = SunSpecLayout(models: models, commonLength: configuration.commonLength)
        layouts[key] = layout
        return layout
    }

    func holds(_ identity: DeviceIdentity) -> Bool { devices[identity] != nil }

    func remove(_ identity: DeviceIdentity) {
        guard let device = devices.removeValue(forKey: identity) else { return }
        listeners[device.plan.listener] = nil
        poller.remove(device.plan.listener)
        close(device.plan.listener)
        for descriptor in device.connections { end(descriptor) }
    }
}

/// Connections.
extension ModbusLoop {
    private func accept(for device: Device) {
        let limit = device.plan.configuration.connectionLimit
        for _ in 0..<Self.acceptsPerTurn {
            switch acceptor.accept(from: device.plan.listener) {
            case .nobody: return
            case .exhausted: device.plan.tally.count { $0.refusals += 1 }
            case .connection(let descriptor):
                guard device.connections.count < limit, (try? poller.add(descriptor)) != nil else {
                    // Counted first: who sees the reset may look at the counters.
                    device.plan.tally.count { $0.refusals += 1 }
                    reset(descriptor)
                    continue
                }
                device.connections.insert(descriptor)
                connections[descriptor] = (ModbusConnection(descriptor, at: monotonicSeconds()), device)
                device.plan.tally.count {
                    $0.connections += 1
                    $0.open += 1
                }
            }
        }
    }

    private func serve(_ event: clinux_event) {
        guard let (connection, device) = connections[event.descriptor] else { return }
        var isOpen = !event.isBroken
        if isOpen, event.isWritable { isOpen = connection.flush() }
        if isOpen, event.isReadable { isOpen = connection.receive() }
        if isOpen { isOpen = answer(connection, device) }
        guard isOpen else { return end(event.descriptor) }
        if connection.interestChanged() {
            poller.change(
                event.descriptor, readable: connection.wantsToRead, writable: connection.wantsToWrite)
        }
    }

    /// Answers what has arrived, as far as the client takes the answers.
    private func answer(_ connection: ModbusConnection, _ device: Device) -> Bool {
        while connection.hasRoom {
            switch connection.nextFrame() {
            case .none: return true
            case .broken:
                device.plan.tally.count { $0.refusals += 1 }
                return false
            case .frame(let frame):
                let outcome = responder.answer(frame, from: device.registers)
                device.plan.tally.count {
                    $0.requests += 1
                    if outcome.isRefused { $0.refusals += 1 }
                    if outcome.isWrite { $0.writes += 1 }
                }
                guard let answer = outcome.answer, connection.send(answer, at: monotonicSeconds()) else {
                    return false
                }
            }
        }
        return true
    }

    /// Closes what has been silent, or in the middle of a request, for too long.
    private func sweep() {
        let now = monotonicSeconds()
        guard now - swept >= Self.sweepSeconds else { return }
        swept = now
        for (descriptor, (connection, device)) in connections
        where connection.isOverdue(at: now, idleLimitSeconds: Double(device.plan.configuration.idleLimitSeconds)) {
            end(descriptor)
        }
    }

    private func end(_ descriptor: Int32) {
        guard let (_, device) = connections.removeValue(forKey: descriptor) else { return }
        device.connections.remove(descriptor)
        device.plan.tally.count { $0.open -= 1 }
        poller.remove(descriptor)
        reset(descriptor)
    }
}
