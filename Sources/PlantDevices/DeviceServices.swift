/// The three services of a fleet.
struct DeviceServices: Sendable {
    private let modbus: ModbusServer

    init(clock: PlantClock) throws(DeviceFault) {
        modbus = try ModbusServer(clock: clock, inverters: InverterRegistry())
    }

    func service(for configuration: DeviceConfiguration) -> any DeviceService {
        switch configuration {
        case .inverter: modbus
        case .datalogger: modbus
        case .servicePC: modbus
        }
    }

    func stop() async {
        await modbus.stop()
    }
}
