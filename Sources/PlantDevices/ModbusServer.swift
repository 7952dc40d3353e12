import Glibc

/// All inverters of a fleet, on one thread.
final class ModbusServer: DeviceService {
    private let clock: PlantClock
    private let inverters: InverterRegistry
    private let service: ThreadService<ModbusDevicePlan>

    init(clock: PlantClock, inverters: InverterRegistry) throws(DeviceFault) {
        self.clock = clock
        self.inverters = inverters
        let parts = try ModbusLoop.Parts()
        service = try ThreadService { ModbusLoop(parts, $0).run() }
    }

    func add(
        _ configuration: DeviceConfiguration, as identity: DeviceIdentity, listener: Int32, tally: DeviceTally
    ) async throws(DeviceFault) {
        let plan: ModbusDevicePlan
        do {
            plan = try self.plan(configuration, identity, listener, tally)
        } catch {
            close(listener)
            throw error
        }
        try await service.add(plan)
        inverters.set(plan.inverter, for: identity)
    }

    func remove(_ identity: DeviceIdentity) async {
        inverters.set(nil, for: identity)
        await service.remove(identity)
    }

    func isServing(_ identity: DeviceIdentity) async -> Bool { await service.isServing(identity) }

    func stop() async { service.stop() }

    private func plan(
        _ configuration: DeviceConfiguration, _ identity: DeviceIdentity, _ listener: Int32, _ tally: DeviceTally
    ) throws(DeviceFault) -> ModbusDevicePlan {
        guard case .inverter(let inverter) = configuration else {
            throw DeviceFault(.configuration, "\(identity) is no Modbus device")
        }
        try inverter.check()
        try identity.check()
        guard isListening(listener) else { throw DeviceFault(.system, "\(identity): not a listening socket") }
        return ModbusDevicePlan(
            identity: identity, configuration: inverter, listener: listener, tally: tally,
            inverter: Inverter(ratedPowerWatts: inverter.ratedPowerWatts, site: inverter.site, clock: clock))
    }
}

struct ModbusDevicePlan: DevicePlan {
    let identity: DeviceIdentity
    let configuration: InverterConfiguration
    let listener: Int32
    let tally: DeviceTally
    let inverter: Inverter
}

extension InverterConfiguration {
    func check() throws(DeviceFault) {
        func demand(_ holds: Bool, _ message: String) throws(DeviceFault) {
            guard holds else { throw DeviceFault(.configuration, message) }
        }
        try demand(models.first == 1, "the chain of models starts with the common model, 1")
        try demand(Set(models).count == models.count, "a model is in the chain twice")
        for model in models {
            try demand(Self.knownModels.contains(model), "model \(model) is not one of \(Self.knownModels)")
        }
        try demand((1...10_000_000).contains(ratedPowerWatts), "a rated power is between 1 W and 10 MW")
        try demand(!unitIDs.isEmpty, "an inverter has a unit id")
        try demand(commonLength == 65 || commonLength == 66, "the common model has 65 or 66 registers")
        try demand(connectionLimit > 0 && idleLimitSeconds > 0, "limits are greater than zero")
    }
}

extension DeviceIdentity {
    /// Both names must fit where devices show them: 64 characters of ASCII, no white space.
    func check() throws(DeviceFault) {
        for name in [plant, device] {
            let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard isPlain, (1...2 * InverterRegisters.identityNameRegisters).contains(name.utf8.count) else {
                throw DeviceFault(.configuration, "'\(name)' is no name of 1 to 64 ASCII characters without space")
            }
        }
    }
}
