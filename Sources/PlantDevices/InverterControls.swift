/// What an inverter has been told, in the units of its registers (SunSpec models 121 and 123).
struct InverterControls: Hashable, Sendable {
    /// The power that percentages are of, in W.
    var maximumWatts: Double
    var referenceVolts = 230.0
    var referenceOffsetVolts = 0.0

    var isConnected = true
    var connectRevertSeconds = 0
    var limitPercent = 100.0
    var limitRevertSeconds = 0
    var isLimited = false
    var fixedPowerFactor = 1.0
    var isPowerFactorFixed = false

    /// When a command lapses of itself; nil is never.
    private var connectLapses: UnixTime?
    private var limitLapses: UnixTime?

    /// What the device is built for.
    let maximumSettableWatts: Double

    init(ratedPowerWatts: Double) {
        maximumWatts = ratedPowerWatts
        maximumSettableWatts = ratedPowerWatts
    }

    var powerFactor: Double { isPowerFactorFixed ? fixedPowerFactor : 1 }

    /// The AC power that the inverter may not exceed.
    func limitWatts(at time: UnixTime) -> Double {
        let isConnected = isConnected || lapsed(connectLapses, at: time)
        guard isConnected else { return 0 }
        return isLimited && !lapsed(limitLapses, at: time) ? maximumWatts * limitPercent / 100 : maximumWatts
    }

    /// Starts the dead-man timers; to be called with every write that took effect.
    mutating func arm(at now: UnixTime) {
        connectLapses = !isConnected && connectRevertSeconds > 0 ? now + Double(connectRevertSeconds) : nil
        limitLapses = isLimited && limitRevertSeconds > 0 ? now + Double(limitRevertSeconds) : nil
    }

    mutating func expire(at now: UnixTime) {
        if lapsed(connectLapses, at: now) {
            isConnected = true
            connectLapses = nil
        }
        if lapsed(limitLapses, at: now) {
            isLimited = false
            limitLapses = nil
        }
    }

    private func lapsed(_ deadline: UnixTime?, at time: UnixTime) -> Bool {
        deadline.map { $0 <= time } ?? false
    }
}
