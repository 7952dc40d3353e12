import DeviceModel
import Synchronization

/// The counters of one device, written by its service and read by anybody.
final class DeviceTally: Sendable {
    private let counters = Mutex(DeviceCounters())

    var current: DeviceCounters { counters.withLock { $0 } }

    func count(_ change: (inout DeviceCounters) -> Void) {
        counters.withLock { change(&$0) }
    }
}

/// What is wrong on purpose with one device: switched by anybody, obeyed by its service.
final class FaultSwitch: Sendable {
    private let fault = Mutex(DeviceFault())

    var current: DeviceFault { fault.withLock { $0 } }

    func set(_ new: DeviceFault) { fault.withLock { $0 = new } }
}
