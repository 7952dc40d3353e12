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
    /// How long the power takes to come to a new limit.
    var limitRampSeconds = 0
    /// A command takes effect at some moment within this time; every device has its own.
    var limitWindowSeconds = 0
    var connectWindowSeconds = 0
    var isLimited = false
    var fixedPowerFactor = 1.0
    var isPowerFactorFixed = false

    /// When a command lapses of itself; nil is never.
    private var connectLapses: UnixTime?
    private var limitLapses: UnixTime?
    /// On its way from one limit to the next.
    private var ramp: Ramp?
    /// When a disconnection takes effect.
    private var disconnects: UnixTime?
    /// When the way back to the grid began; what comes then takes its time.
    private var reconnected: UnixTime?

    private struct Ramp: Hashable, Sendable {
        var fromWatts: Double
        var toWatts: Double
        var begins: UnixTime
        var seconds: Double

        func watts(at time: UnixTime) -> Double {
            guard time >= begins else { return fromWatts }
            guard seconds > 0, time < begins + seconds else { return toWatts }
            return fromWatts + (toWatts - fromWatts) * (time - begins) / seconds
        }
    }

    /// What the device is built for.
    let maximumSettableWatts: Double

    init(ratedPowerWatts: Double) {
        maximumWatts = ratedPowerWatts
        maximumSettableWatts = ratedPowerWatts
    }

    var powerFactor: Double { isPowerFactorFixed ? fixedPowerFactor : 1 }

    /// How long the grid is watched before feeding begins, and how fast the power then comes back (VDE-AR-N 4105).
    static let observationSeconds = 60.0
    static let reconnectShareASecond = 0.1 / 60

    /// The AC power that the inverter may not exceed.
    func limitWatts(at time: UnixTime) -> Double {
        guard isFeeding(at: time) else { return 0 }
        let wanted = isLimited && !lapsed(limitLapses, at: time) ? ramp?.watts(at: time) ?? setWatts : maximumWatts
        guard let start = restart(at: time) else { return wanted }
        let feeding = time - start - Self.observationSeconds
        return max(0, min(wanted, feeding * Self.reconnectShareASecond * maximumSettableWatts))
    }

    /// Told to disconnect, and it has.
    func isDisconnected(at time: UnixTime) -> Bool { !isFeeding(at: time) }

    /// Watching the grid before it feeds again.
    func isObserving(at time: UnixTime) -> Bool {
        isFeeding(at: time) && (restart(at: time).map { time - $0 < Self.observationSeconds } ?? false)
    }

    /// Starts windows, ramps and dead-man timers; to be called with every write that took effect.
    ///
    /// - Parameter old: what held before the write.
    mutating func arm(at now: UnixTime, after old: InverterControls) {
        limitLapses = isLimited && limitRevertSeconds > 0 ? now + Double(limitRevertSeconds) : nil
        connectLapses = !isConnected && connectRevertSeconds > 0 ? now + Double(connectRevertSeconds) : nil
        if setWatts != old.setWatts || isLimited != old.isLimited {
            let before = old.isLimited ? old.ramp?.watts(at: now) ?? old.setWatts : maximumWatts
            let begins = now + Double(limitWindowSeconds) * DeviceChance.number(UInt64(max(0, now.seconds)))
            ramp =
                isLimited
                ? Ramp(fromWatts: before, toWatts: setWatts, begins: begins, seconds: Double(limitRampSeconds)) : nil
        }
        if old.isConnected, !isConnected {
            disconnects = now + Double(connectWindowSeconds) * DeviceChance.number(UInt64(max(0, now.seconds)))
        } else if !old.isConnected, isConnected {
            disconnects = nil
            reconnected = now
        }
    }

    mutating func expire(at now: UnixTime) {
        if let lapse = connectLapses, lapsed(lapse, at: now) {
            isConnected = true
            connectLapses = nil
            disconnects = nil
            reconnected = lapse
        }
        if lapsed(limitLapses, at: now) {
            isLimited = false
            limitLapses = nil
            ramp = nil
        }
    }

    /// As after a loss of power: nothing is remembered, and the grid is watched first.
    mutating func restart(at now: UnixTime) {
        self = InverterControls(ratedPowerWatts: maximumSettableWatts)
        reconnected = now
    }

    private var setWatts: Double { maximumWatts * limitPercent / 100 }

    private func isFeeding(at time: UnixTime) -> Bool {
        isConnected || lapsed(connectLapses, at: time) || (disconnects.map { time < $0 } ?? false)
    }

    /// Since when it has been on its way back, by command or because a command lapsed.
    private func restart(at time: UnixTime) -> UnixTime? {
        if let lapse = connectLapses, lapsed(lapse, at: time) { return lapse }
        return reconnected
    }

    private func lapsed(_ deadline: UnixTime?, at time: UnixTime) -> Bool {
        deadline.map { $0 <= time } ?? false
    }
}
