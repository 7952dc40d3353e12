import DeviceModel
import Glibc

/// All Modbus devices of a fleet, on one thread.
final class ModbusServer: DeviceService {
    private let clock: PlantClock
    private let inverters: InverterRegistry
    private let service: ThreadService<ModbusDevicePlan>

    init(clock: PlantClock, inverters: InverterRegistry) throws(DeviceProblem) {
        self.clock = clock
        self.inverters = inverters
        let parts = try ModbusLoop.Parts()
        service = try ThreadService { ModbusLoop(parts, $0).run() }
    }

    func add(
        _ configuration: DeviceConfiguration, for record: DeviceRecord, listener: Int32
    ) async throws(DeviceProblem) {
        let plan: ModbusDevicePlan
        do {
            plan = try self.plan(configuration, record, listener)
        } catch {
            close(listener)
            throw error
        }
        try await service.add(plan)
        inverters.set(plan.inverters, for: record.identity)
    }

    func remove(_ identity: DeviceIdentity) async {
        inverters.set([], for: identity)
        await service.remove(identity)
    }

    func isServing(_ identity: DeviceIdentity) async -> Bool { await service.isServing(identity) }

    func obeyFaults(_ identity: DeviceIdentity) async { await service.obeyFaults(identity) }

    func stop() async { service.stop() }

    private func plan(
        _ configuration: DeviceConfiguration, _ record: DeviceRecord, _ listener: Int32
    ) throws(DeviceProblem) -> ModbusDevicePlan {
        guard case .modbus(let modbus) = configuration else {
            throw DeviceProblem(.configuration, "\(record.identity) is no Modbus device")
        }
        try modbus.check()
        try record.identity.check()
        guard isListening(listener) else {
            throw DeviceProblem(.system, "\(record.identity): not a listening socket")
        }
        var units: [Inverter] = []
        if case .inverter(let watts, let count) = modbus.kind {
            for _ in 0..<count {
                units.append(
                    Inverter(ratedPowerWatts: watts, site: modbus.site, clock: clock, faults: record.faults))
            }
        }
        return ModbusDevicePlan(
            record: record, configuration: modbus, listener: listener, clock: clock, inverters: units,
            registry: inverters)
    }
}

extension ModbusConfiguration {
    func check() throws(DeviceProblem) {
        // A fleet is checked ten thousand times: words are made only of what is wrong.
        func demand(_ holds: Bool, _ message: @autoclosure () -> String) throws(DeviceProblem) {
            guard holds else { throw DeviceProblem(.configuration, message()) }
        }
        if case .dump(let runs) = kind { return try demand(!runs.isEmpty, "a register dump holds registers") }
        try demand(models.first == 1, "the chain of models starts with the common model, 1")
        try demand(Set(models).count == models.count, "a model is in the chain twice")
        for model in models {
            try demand(Self.knownModels.contains(model), "model \(model) is not one of \(Self.knownModels)")
        }
        if case .inverter(let watts, let units) = kind {
            try demand((1...10_000_000).contains(watts), "a rated power is between 1 W and 10 MW")
            try demand((1...32).contains(units), "there are 1 to 32 inverters behind an address")
        }
        try demand(!vendor.unitIDs.isEmpty, "a device has a unit id")
        try demand([65, 66].contains(vendor.commonLength), "the common model has 65 or 66 registers")
        try demand(vendor.connectionLimit > 0 && vendor.idleSeconds > 0, "limits are greater than zero")
    }
}

extension DeviceIdentity {
    /// Both names must fit where devices show them: 64 characters of ASCII, no white space.
    func check() throws(DeviceProblem) {
        for name in [plant, device] {
            let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard isPlain, (1...2 * IdentityBlock.nameRegisters).contains(name.utf8.count) else {
                throw DeviceProblem(.configuration, "'\(name)' is no name of 1 to 64 ASCII characters without space")
            }
        }
    }
}
