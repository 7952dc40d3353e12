import AccessModel
import DeviceModel

extension Action.Fault {
    /// What nobody will notice of a device's fault, and why; nil: all of it acts.
    package func caution(in fixture: Fixture) -> String? {
        guard case .device(let device) = kind else { return nil }
        return device.caution(in: fixture)
    }
}

extension Action.Fault.Device {
    private typealias Kinds = Set<Fixture.DeviceType>

    private static let modbus: Kinds = [.inverter, .meter, .trackerController, .weatherStation, .registers]
    private static let connecting = modbus.union([.datalogger, .servicePC])

    func caution(in fixture: Fixture) -> String? {
        guard let plant = fixture.plant(reference.plant),
            let device = plant.devices.first(where: { $0.name == reference.device })
        else { return nil }
        let idle = words.filter { !$0.kinds.contains(device.type) }.map { "'\($0.key)'" }
        var cautions: [String] = []
        if !idle.isEmpty {
            cautions.append("\(idle.joined(separator: ", ")): says nothing to a device of type \(device.type.rawValue)")
        }
        if fault.hasWrongGateway, plant.agent.nat == .masquerade {
            cautions.append(
                "'wrong-gateway': the agent of \(plant.id) lends everybody an address in the LAN, so that no device needs "
                    + "a gateway; it shows where the agent has 'nat: routed'")
        }
        return cautions.isEmpty ? nil : cautions.joined(separator: "; ")
    }

    /// What the fault says, and what kinds of devices that means something to.
    private var words: [(key: String, kinds: Kinds)] {
        let all: [(said: Bool, key: String, kinds: Kinds)] = [
            (fault.delay != nil, "delay", Self.modbus.union([.datalogger])),
            (fault.exception != nil, "exception", Self.modbus), (fault.frames != nil, "frames", Self.modbus),
            (fault.values != nil, "values", [.inverter]), (fault.isNight, "night", [.inverter, .datalogger]),
            (fault.httpStatus != nil, "http-status", [.datalogger]),
            (fault.slowBodySeconds != nil, "slow-body", [.datalogger]),
            (fault.refusesLogin, "refuses-login", [.servicePC]),
            (fault.bannerDelaySeconds != nil, "banner-delay", [.servicePC]),
            (fault.connectionLimit != nil, "connections", Self.connecting),
            (fault.overLimit != nil, "over-limit", Self.connecting),
            (fault.conflictsWith != nil, "address-taken-by", Self.connecting),
        ]
        return all.filter(\.said).map { ($0.key, $0.kinds) }
    }
}
