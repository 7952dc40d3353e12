/// What an inverter shows at a moment.
struct InverterReading: Hashable, Sendable {
    /// The operating states of SunSpec that ours can be in.
    enum State: UInt16, Hashable, Sendable {
        case sleeping = 2
        case starting = 3
        case tracking = 4
        case throttled = 5
        case standby = 8
    }

    var time: UnixTime
    var state: State
    var acWatts: Double
    var dcWatts: Double
    /// What it would produce without a limit.
    var availableWatts: Double
    var apparentVoltAmperes: Double
    var reactiveVoltAmperes: Double
    var powerFactor: Double
    var phaseVolts: Double
    var phaseAmperes: Double
    var frequencyHertz: Double
    var dcVolts: Double
    var cabinetCelsius: Double
    var totalWattHours: Double
    var dayWattHours: Double
    var yearWattHours: Double

    var isProducing: Bool { acWatts > 0 }

    /// The same device without the sun.
    var atNight: InverterReading {
        var reading = self
        reading.state = .sleeping
        (reading.acWatts, reading.dcWatts, reading.availableWatts) = (0, 0, 0)
        (reading.apparentVoltAmperes, reading.reactiveVoltAmperes, reading.phaseAmperes) = (0, 0, 0)
        reading.dcVolts = 16
        return reading
    }
}
