import Synchronization

/// The living inverters of a fleet, for the data loggers that show them.
final class InverterRegistry: Sendable {
    private let inverters = Mutex<[DeviceIdentity: Inverter]>([:])

    func set(_ inverter: Inverter?, for identity: DeviceIdentity) {
        inverters.withLock { $0[identity] = inverter }
    }

    func inverter(_ identity: DeviceIdentity) -> Inverter? {
        inverters.withLock { $0[identity] }
    }
}
