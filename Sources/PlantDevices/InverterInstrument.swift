/// An inverter as a SunSpec device: what its models show and which points it takes.
final class InverterInstrument: Instrument {
    private let inverter: Inverter
    private let scales: InverterScales
    /// The inverter models of the chain: 101 to 103 with scale factors, 111 to 113 as floats.
    private let scaled: [Int]
    private let floating: [Int]

    init(_ inverter: Inverter, models: [Int]) {
        self.inverter = inverter
        scales = InverterScales(ratedPowerWatts: inverter.ratedPowerWatts)
        scaled = models.filter { (101...103).contains($0) }
        floating = models.filter { (111...113).contains($0) }
    }

    var now: UnixTime { inverter.now }

    func refusal(of points: [(name: String, value: UInt16)]) -> UInt32? {
        var controls = inverter.controls
        return change(&controls, points)
    }

    func take(_ points: [(name: String, value: UInt16)]) {
        let old = inverter.controls
        var controls = old
        guard change(&controls, points) == nil else { return }
        controls.arm(at: inverter.now, after: old)
        inverter.set(controls)
    }

    private func change(_ controls: inout InverterControls, _ points: [(name: String, value: UInt16)]) -> UInt32? {
        for (name, value) in points {
            guard InverterControls.writable.contains(name) else { return ModbusException.illegalAddress }
            guard controls.write(name, value, scales) else { return ModbusException.illegalValue }
        }
        return nil
    }

    func describe(_ image: inout SunSpecImage) {
        let rated = inverter.ratedPowerWatts
        image.set("120.DERTyp", raw: 4)
        image.set(120, [("WRtg", rated)], "WRtg_SF", scale: scales.power)
        image.set(120, [("VARtg", rated)], "VARtg_SF", scale: scales.power)
        let reactive = 0.6 * rated
        image.set(
            120, [("VArRtgQ1", reactive), ("VArRtgQ2", 0), ("VArRtgQ3", 0), ("VArRtgQ4", -reactive)], "VArRtg_SF",
            scale: scales.power)
        image.set(120, [("ARtg", rated / (3 * 230))], "ARtg_SF", scale: scales.current)
        image.set(
            120, [("PFRtgQ1", 0.8), ("PFRtgQ2", 0), ("PFRtgQ3", 0), ("PFRtgQ4", -0.8)], "PFRtg_SF",
            scale: scales.cosine)
        image.set("122.StSetLimMsk", raw: 0)
        image.set("122.TmSrc", text: "RTC")
        image.set("122.StorConn", raw: 0)
        image.set("160.Evt", raw: 0)
        image.set("160.N", raw: 2)
        for module in 1...2 {
            image.set("160.\(module).ID", raw: module)
            image.set("160.\(module).IDStr", text: "String \(module)")
            image.set("160.\(module).DCEvt", raw: 0)
        }
    }

    func measure(_ image: inout SunSpecImage) {
        let reading = inverter.reading()
        for model in scaled { measureScaled(&image, model, reading) }
        for model in floating { measureFloating(&image, model, reading) }
        measureStatus(&image, reading)
        measureModules(&image, reading)
        for (name, value) in inverter.controls.registers(scales) { image.set(name, raw: value) }
    }

    private func measureScaled(_ image: inout SunSpecImage, _ model: Int, _ now: InverterReading) {
        let phases = phases(of: model)
        let amperes = now.phaseAmperes * 3 / Double(phases)
        let names = ["AphA", "AphB", "AphC"].prefix(phases)
        image.set(model, [("A", 3 * now.phaseAmperes)] + names.map { ($0, amperes) }, "A_SF", scale: scales.current)
        var volts = ["PhVphA", "PhVphB", "PhVphC"].prefix(phases).map { ($0, now.phaseVolts) }
        if phases == 3 { volts += ["PPVphAB", "PPVphBC", "PPVphCA"].map { ($0, now.phaseVolts * 3.0.squareRoot()) } }
        image.set(model, volts, "V_SF", scale: -1)
        image.set(model, [("W", now.acWatts)], "W_SF", scale: scales.power)
        image.set(model, [("Hz", now.frequencyHertz)], "Hz_SF", scale: -2)
        image.set(model, [("VA", now.apparentVoltAmperes)], "VA_SF", scale: scales.power)
        image.set(model, [("VAr", now.reactiveVoltAmperes)], "VAr_SF", scale: scales.power)
        image.set(model, [("PF", 100 * now.powerFactor)], "PF_SF", scale: -1)
        image.set(model, [("WH", now.totalWattHours)], "WH_SF", scale: 0)
        image.set(model, [("DCA", now.dcWatts / now.dcVolts)], "DCA_SF", scale: scales.current)
        image.set(model, [("DCV", now.dcVolts)], "DCV_SF", scale: -1)
        image.set(model, [("DCW", now.dcWatts)], "DCW_SF", scale: scales.power)
        image.set(model, [("TmpCab", now.cabinetCelsius)], "Tmp_SF", scale: -1)
        image.set("\(model).St", raw: Int(now.state.rawValue))
        image.set("\(model).Evt1", raw: 0)
        image.set("\(model).Evt2", raw: 0)
    }

    private func measureFloating(_ image: inout SunSpecImage, _ model: Int, _ now: InverterReading) {
        let phases = phases(of: model)
        let amperes = now.phaseAmperes * 3 / Double(phases)
        var values: [(String, Double)] = [
            ("A", 3 * now.phaseAmperes), ("W", now.acWatts), ("Hz", now.frequencyHertz),
            ("VA", now.apparentVoltAmperes), ("VAr", now.reactiveVoltAmperes), ("PF", 100 * now.powerFactor),
            ("WH", now.totalWattHours), ("DCA", now.dcWatts / now.dcVolts), ("DCV", now.dcVolts),
            ("DCW", now.dcWatts), ("TmpCab", now.cabinetCelsius),
        ]
        for phase in ["A", "B", "C"].prefix(phases) {
            values += [("Aph\(phase)", amperes), ("PhVph\(phase)", now.phaseVolts)]
        }
        if phases == 3 {
            values += ["AB", "BC", "CA"].map { ("PPVph\($0)", now.phaseVolts * 3.0.squareRoot()) }
        }
        for (name, value) in values { image.set("\(model).\(name)", value, scale: 0) }
        image.set("\(model).St", raw: Int(now.state.rawValue))
        image.set("\(model).Evt1", raw: 0)
        image.set("\(model).Evt2", raw: 0)
    }

    /// 101 and 111 have one phase, 102 and 112 two.
    private func phases(of model: Int) -> Int { model % 10 }

    private func measureStatus(_ image: inout SunSpecImage, _ now: InverterReading) {
        // Connected and available unless it was told to disconnect; operating while it feeds.
        let isConnected = now.state != .standby
        image.set("122.PVConn", raw: (isConnected ? 0b11 : 0b10) | (now.isProducing ? 0b100 : 0))
        image.set("122.ECPConn", raw: isConnected ? 1 : 0)
        image.set("122.ActWh", now.totalWattHours, scale: 0)
        image.set(122, [("WAval", now.availableWatts)], "WAval_SF", scale: scales.power)
        image.set("122.StActCtl", raw: now.state == .throttled ? 1 : 0)
        // SunSpec counts seconds since the year 2000.
        image.set("122.Tms", raw: Int(max(0, now.time - UnixTime(year: 2000, month: 1, day: 1))))
        image.set("122.RtSt", raw: 0)
    }

    private func measureModules(_ image: inout SunSpecImage, _ now: InverterReading) {
        image.set("160.DCA_SF", raw: scales.current)
        image.set("160.DCV_SF", raw: -1)
        image.set("160.DCW_SF", raw: scales.power)
        image.set("160.DCWH_SF", raw: 0)
        for module in 1...2 {
            let name = "160.\(module)"
            image.set("\(name).DCA", now.dcWatts / now.dcVolts / 2, scale: scales.current)
            image.set("\(name).DCV", now.dcVolts, scale: -1)
            image.set("\(name).DCW", now.dcWatts / 2, scale: scales.power)
            image.set("\(name).DCWH", now.totalWattHours / 2 / 0.96, scale: 0)
            image.set("\(name).DCSt", raw: Int(now.state.rawValue))
        }
    }
}
