/// An inverter as Modbus registers: the SunSpec chain and the block that says who it is.
///
/// Confined to the thread of the Modbus server.
final class InverterRegisters {
    /// Where the identity block lies: "MIRX", the plant's name and the device's.
    static let identityBase = 49_000
    static let identityNameRegisters = 32

    /// Measured values are renewed when they are older than this; a client that reads model by model sees them move.
    private static let freshSeconds = 0.2

    let unitIDs: [UInt8]
    private(set) var identityBlock: [UInt16]
    private var image: SunSpecImage
    private let inverter: Inverter
    private let scales: InverterScales
    private var renewed: UnixTime?

    init(_ configuration: InverterConfiguration, identity: DeviceIdentity, inverter: Inverter, layout: SunSpecLayout) {
        unitIDs = configuration.unitIDs
        self.inverter = inverter
        scales = InverterScales(ratedPowerWatts: inverter.ratedPowerWatts)
        image = SunSpecImage(layout)
        identityBlock =
            registerText("MIRX", count: 2) + registerText(identity.plant, count: Self.identityNameRegisters)
            + registerText(identity.device, count: Self.identityNameRegisters)
        describe(configuration, identity)
        describeControls(inverter.controls)
    }

    /// Lets libmodbus see (and write) the registers as they are now.
    func withChain<R>(_ body: (inout [UInt16]) -> R) -> R {
        renew()
        return body(&image.registers)
    }

    func withIdentityBlock<R>(_ body: (inout [UInt16]) -> R) -> R { body(&identityBlock) }

    /// Whether those registers may be written so: nil is yes, otherwise the Modbus exception to answer with.
    func refusal(ofWriting values: [UInt16], at address: Int) -> UInt32? {
        var controls = inverter.controls
        return change(&controls, values, at: address)
    }

    /// Makes a write that is not refused take effect.
    func write(_ values: [UInt16], at address: Int) {
        var controls = inverter.controls
        guard change(&controls, values, at: address) == nil else { return }
        controls.arm(at: inverter.now)
        inverter.set(controls)
        renewed = nil
    }

    private func change(_ controls: inout InverterControls, _ values: [UInt16], at address: Int) -> UInt32? {
        for (index, value) in values.enumerated() {
            let register = address - SunSpecLayout.base + index
            guard let name = image.layout.name(at: register), InverterControls.writable.contains(name) else {
                return ModbusException.illegalAddress
            }
            guard controls.write(name, value, scales) else { return ModbusException.illegalValue }
        }
        return nil
    }

    private func renew() {
        let now = inverter.now
        if let renewed, abs(now - renewed) < Self.freshSeconds { return }
        describeMeasurements(inverter.reading())
        describeControls(inverter.controls)
        renewed = now
    }

    private func describe(_ configuration: InverterConfiguration, _ identity: DeviceIdentity) {
        let rated = inverter.ratedPowerWatts
        image.set("1.Mn", text: "Mirox Rig")
        image.set("1.Md", text: "PV-\(configuration.ratedPowerWatts)")
        image.set("1.Vr", text: "1.0")
        image.set("1.SN", text: identity.description)
        image.set("1.DA", raw: Int(configuration.unitIDs.first ?? 1))
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

    private func describeMeasurements(_ now: InverterReading) {
        let amperes = now.phaseAmperes
        let volts = now.phaseVolts
        let lineVolts = volts * 3.0.squareRoot()
        image.set(
            103, [("A", 3 * amperes), ("AphA", amperes), ("AphB", amperes), ("AphC", amperes)], "A_SF",
            scale: scales.current)
        image.set(
            103,
            [
                ("PPVphAB", lineVolts), ("PPVphBC", lineVolts), ("PPVphCA", lineVolts), ("PhVphA", volts),
                ("PhVphB", volts), ("PhVphC", volts),
            ], "V_SF", scale: -1)
        image.set(103, [("W", now.acWatts)], "W_SF", scale: scales.power)
        image.set(103, [("Hz", now.frequencyHertz)], "Hz_SF", scale: -2)
        image.set(103, [("VA", now.apparentVoltAmperes)], "VA_SF", scale: scales.power)
        image.set(103, [("VAr", now.reactiveVoltAmperes)], "VAr_SF", scale: scales.power)
        image.set(103, [("PF", 100 * now.powerFactor)], "PF_SF", scale: -1)
        image.set(103, [("WH", now.totalWattHours)], "WH_SF", scale: 0)
        image.set(103, [("DCA", now.dcWatts / now.dcVolts)], "DCA_SF", scale: scales.current)
        image.set(103, [("DCV", now.dcVolts)], "DCV_SF", scale: -1)
        image.set(103, [("DCW", now.dcWatts)], "DCW_SF", scale: scales.power)
        image.set(103, [("TmpCab", now.cabinetCelsius)], "Tmp_SF", scale: -1)
        image.set("103.St", raw: Int(now.state.rawValue))
        image.set("103.Evt1", raw: 0)
        image.set("103.Evt2", raw: 0)
        describeStatus(now)
        describeModules(now)
    }

    private func describeStatus(_ now: InverterReading) {
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

    private func describeModules(_ now: InverterReading) {
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

    private func describeControls(_ controls: InverterControls) {
        for (name, value) in controls.registers(scales) { image.set(name, raw: value) }
    }
}

/// The scale factors of an inverter, chosen so that its values fit into 16 bits.
struct InverterScales: Hashable, Sendable {
    let power: Int
    let current: Int
    let cosine = -3
    let percent = -1

    init(ratedPowerWatts: Double) {
        var power = 0
        while 1.3 * ratedPowerWatts / powerOfTen(power) > 32_000 { power += 1 }
        self.power = power
        // The DC current is the largest: at some 600 V.
        var current = -2
        while 1.3 * ratedPowerWatts / 230 / powerOfTen(current) > 65_000 { current += 1 }
        self.current = current
    }
}
