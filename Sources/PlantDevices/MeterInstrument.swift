/// A grid meter (model 203): what the inverters feed in counts as exported, with a minus sign.
final class MeterInstrument: Instrument {
    private let readings: () -> [InverterReading]
    private let clock: PlantClock

    init(_ readings: @escaping () -> [InverterReading], clock: PlantClock) {
        self.readings = readings
        self.clock = clock
    }

    var now: UnixTime { clock.now }

    func describe(_ image: inout SunSpecImage) { image.set("203.Evt", raw: 0) }

    func measure(_ image: inout SunSpecImage) {
        let all = readings()
        let watts = -all.reduce(0) { $0 + $1.acWatts }
        let apparent = all.reduce(0) { $0 + $1.apparentVoltAmperes }
        let reactive = all.reduce(0) { $0 + $1.reactiveVoltAmperes }
        let volts = all.first?.phaseVolts ?? 230
        let power = InverterScales(ratedPowerWatts: max(1000, apparent)).power
        let amperes = apparent / (3 * volts)
        func phased(_ name: String, _ whole: Double, _ part: Double) -> [(String, Double)] {
            [(name, whole)] + ["A", "B", "C"].map { (name + "ph\($0)", part) }
        }
        image.set(203, phased("A", 3 * amperes, amperes), "A_SF", scale: -1)
        image.set(
            203,
            [("PhV", volts), ("PPV", volts * 3.0.squareRoot())] + ["A", "B", "C"].map { ("PhVph\($0)", volts) }
                + ["AB", "BC", "CA"].map { ("PhVph\($0)", volts * 3.0.squareRoot()) }, "V_SF", scale: -1)
        image.set(203, [("Hz", all.first?.frequencyHertz ?? 50)], "Hz_SF", scale: -2)
        image.set(203, phased("W", watts, watts / 3), "W_SF", scale: power)
        image.set(203, phased("VA", apparent, apparent / 3), "VA_SF", scale: power)
        image.set(203, phased("VAR", reactive, reactive / 3), "VAR_SF", scale: power)
        let factor = apparent > 0 ? 100 * watts / apparent : 100
        image.set(203, phased("PF", factor, factor), "PF_SF", scale: -1)
        let exported = all.reduce(0) { $0 + $1.totalWattHours }
        image.set(203, [("TotWhExp", exported), ("TotWhImp", 0)], "TotWh_SF", scale: 0)
        for phase in ["A", "B", "C"] { image.set("203.TotWhExpPh\(phase)", exported / 3, scale: 0) }
    }

    func refusal(of points: [(name: String, value: UInt16)]) -> UInt32? { ModbusException.illegalAddress }

    func take(_ points: [(name: String, value: UInt16)]) {}
}
