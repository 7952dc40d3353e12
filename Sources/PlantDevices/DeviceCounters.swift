import Synchronization

/// What a device itself has seen.
package struct DeviceCounters: Hashable, Sendable {
    /// Connections accepted and served, ever.
    package var connections = 0
    /// Connections that are open now.
    package var open = 0
    /// Modbus requests, HTTP requests, SSH commands.
    package var requests = 0
    /// Modbus writes that took effect.
    package var writes = 0
    /// What was turned away: connections over the limit, Modbus exceptions, HTTP errors, failed logins.
    package var refusals = 0

    package init() {}
}

/// A device's health, told by the thread that serves it and never asked through its service socket.
///
/// A probe would take the only slot of an inverter that has one.
package struct DeviceHealth: Hashable, Sendable {
    /// The listener is in the hands of its service and the service's thread answered this question.
    package var isServing: Bool
    package var counters: DeviceCounters
}

/// The counters of one device, written by its service and read by anybody.
final class DeviceTally: Sendable {
    private let counters = Mutex(DeviceCounters())

    var current: DeviceCounters { counters.withLock { $0 } }

    func count(_ change: (inout DeviceCounters) -> Void) {
        counters.withLock { change(&$0) }
    }
}
