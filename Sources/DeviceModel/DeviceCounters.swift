/// What a device itself has seen.
package struct DeviceCounters: Hashable, Sendable, Codable {
    /// Connections accepted and served, ever.
    package var connections = 0
    /// Connections that are open now.
    package var open = 0
    /// Modbus requests, HTTP requests, SSH commands, SNMP questions.
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
package struct DeviceHealth: Hashable, Sendable, Codable {
    /// The listener is in the hands of its service and the service's thread answered this question.
    package var isServing: Bool
    package var counters: DeviceCounters
    /// What an inverter feeds in, a meter counts; nil for others.
    package var acWatts: Double?

    package init(isServing: Bool, counters: DeviceCounters, acWatts: Double? = nil) {
        self.isServing = isServing
        self.counters = counters
        self.acWatts = acWatts
    }
}

/// What happens to the clock that the devices of a lab live by.
package struct PlantClockChange: Hashable, Sendable, Codable {
    /// Seconds since 1970, UTC.
    package var setTo: Double?
    package var advanceSeconds: Double
    /// How many seconds pass for the devices in one of ours; 0 stops the sun.
    package var speed: Double?

    package init(setTo: Double? = nil, advanceSeconds: Double = 0, speed: Double? = nil) {
        self.setTo = setTo
        self.advanceSeconds = advanceSeconds
        self.speed = speed
    }
}
