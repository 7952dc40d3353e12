import DeviceModel
import Synchronization

/// The living inverters of a fleet, for those that show or count what they produce.
final class InverterRegistry: Sendable {
    private let inverters = Mutex<[DeviceIdentity: [Inverter]]>([:])

    /// The inverters behind one address, first unit first; none takes the device out.
    func set(_ units: [Inverter], for identity: DeviceIdentity) {
        inverters.withLock { $0[identity] = units.isEmpty ? nil : units }
    }

    /// A device by its name; the units after the first are called `inverter-1#2` and so on.
    func inverter(_ identity: DeviceIdentity) -> Inverter? {
        let parts = identity.device.split(separator: "#", maxSplits: 1)
        let number = parts.count > 1 ? Int(parts[1]) ?? 0 : 1
        let name = DeviceIdentity(plant: identity.plant, device: String(parts.first ?? ""))
        return inverters.withLock { inverters in
            let units = inverters[name] ?? []
            return units.indices.contains(number - 1) ? units[number - 1] : nil
        }
    }

    /// What a device feeds in, all its units together; nil when it is no inverter.
    func acWatts(of identity: DeviceIdentity) -> Double? {
        let units = inverters.withLock { $0[identity] }
        return units.map { $0.reduce(0) { $0 + $1.reading().acWatts } }
    }

    /// They were without power, and start anew.
    func restart(_ identity: DeviceIdentity) {
        for inverter in inverters.withLock({ $0[identity] ?? [] }) { inverter.restart() }
    }
}
