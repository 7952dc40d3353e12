/// The services of a fleet, one for each kind of device.
struct DeviceServices: Sendable {
    private let modbus: ModbusServer
    private let dataloggers: DataloggerServer
    private let servicePCs: ServiceServer

    init(clock: PlantClock) throws(DeviceFault) {
        let inverters = InverterRegistry()
        modbus = try ModbusServer(clock: clock, inverters: inverters)
        servicePCs = try ServiceServer(clock: clock)
        dataloggers = DataloggerServer(clock: clock, inverters: inverters)
    }

    func service(for configuration: DeviceConfiguration) -> any DeviceService {
        switch configuration {
        case .inverter: modbus
        case .datalogger: dataloggers
        case .servicePC: servicePCs
        }
    }

    func stop() async {
        await modbus.stop()
        await servicePCs.stop()
        await dataloggers.stop()
    }
}
