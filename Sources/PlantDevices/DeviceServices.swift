import DeviceModel

/// The services of a fleet, one for each kind of device.
struct DeviceServices: Sendable {
    let inverters: InverterRegistry
    private let modbus: ModbusServer
    private let dataloggers: DataloggerServer
    private let servicePCs: ServiceServer
    private let switches: SwitchServer

    init(clock: PlantClock) throws(DeviceProblem) {
        inverters = InverterRegistry()
        modbus = try ModbusServer(clock: clock, inverters: inverters)
        servicePCs = try ServiceServer(clock: clock)
        switches = try SwitchServer(clock: clock)
        dataloggers = DataloggerServer(clock: clock, inverters: inverters)
    }

    func service(for configuration: DeviceConfiguration) -> any DeviceService {
        switch configuration {
        case .modbus: modbus
        case .datalogger: dataloggers
        case .servicePC: servicePCs
        case .networkSwitch: switches
        }
    }

    func stop() async {
        await modbus.stop()
        await servicePCs.stop()
        await switches.stop()
        await dataloggers.stop()
    }
}
