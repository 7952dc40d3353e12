/// The controls as the registers of models 121 and 123 have them.
extension InverterControls {
    /// The points that can be written; the optional others do not exist in this device and say so.
    static let writable: Set<String> = [
        "121.WMax", "121.VRef", "121.VRefOfs", "123.Conn", "123.Conn_RvrtTms", "123.WMaxLimPct",
        "123.WMaxLimPct_RvrtTms", "123.WMaxLim_Ena", "123.WMaxLimPct_RmpTms", "123.WMaxLimPct_WinTms",
        "123.Conn_WinTms", "123.OutPFSet", "123.OutPFSet_Ena", "123.VArPct_Ena",
    ]

    func registers(_ scales: InverterScales) -> [(String, Int)] {
        [
            ("121.WMax", Int((maximumWatts / powerOfTen(scales.power)).rounded())), ("121.WMax_SF", scales.power),
            ("121.VRef", Int((referenceVolts * 10).rounded())), ("121.VRef_SF", -1),
            ("121.VRefOfs", Int((referenceOffsetVolts * 10).rounded())), ("121.VRefOfs_SF", -1),
            ("123.Conn", isConnected ? 1 : 0), ("123.Conn_RvrtTms", connectRevertSeconds),
            ("123.WMaxLimPct", Int((limitPercent / powerOfTen(scales.percent)).rounded())),
            ("123.WMaxLimPct_SF", scales.percent), ("123.WMaxLimPct_RvrtTms", limitRevertSeconds),
            ("123.WMaxLimPct_RmpTms", limitRampSeconds), ("123.WMaxLimPct_WinTms", limitWindowSeconds),
            ("123.Conn_WinTms", connectWindowSeconds), ("123.WMaxLim_Ena", isLimited ? 1 : 0),
            ("123.OutPFSet", Int((fixedPowerFactor / powerOfTen(scales.cosine)).rounded())),
            ("123.OutPFSet_SF", scales.cosine), ("123.OutPFSet_Ena", isPowerFactorFixed ? 1 : 0),
            ("123.VArPct_Ena", 0), ("123.VArPct_SF", 0),
        ]
    }

    /// Takes one register; false when the device cannot do that.
    mutating func write(_ name: String, _ value: UInt16, _ scales: InverterScales) -> Bool {
        let signed = Double(Int16(bitPattern: value))
        switch name {
        case "121.WMax":
            // The rated power itself may have been rounded up to a whole step of the register.
            let step = powerOfTen(scales.power)
            return Self.set(&maximumWatts, Double(value) * step, within: 1...maximumSettableWatts + step)
        case "121.VRef": return Self.set(&referenceVolts, Double(value) / 10, within: 100...300)
        case "121.VRefOfs": return Self.set(&referenceOffsetVolts, signed / 10, within: -30...30)
        case "123.Conn": return Self.set(&isConnected, value)
        case "123.Conn_RvrtTms": return Self.set(&connectRevertSeconds, value)
        case "123.WMaxLimPct":
            return Self.set(&limitPercent, Double(value) * powerOfTen(scales.percent), within: 0...100)
        case "123.WMaxLimPct_RvrtTms": return Self.set(&limitRevertSeconds, value)
        case "123.WMaxLimPct_RmpTms": return Self.set(&limitRampSeconds, value)
        case "123.WMaxLimPct_WinTms": return Self.set(&limitWindowSeconds, value)
        case "123.Conn_WinTms": return Self.set(&connectWindowSeconds, value)
        case "123.WMaxLim_Ena": return Self.set(&isLimited, value)
        case "123.OutPFSet":
            guard abs(signed) >= 800 else { return false }
            return Self.set(&fixedPowerFactor, signed * powerOfTen(scales.cosine), within: -1...1)
        case "123.OutPFSet_Ena": return Self.set(&isPowerFactorFixed, value)
        case "123.VArPct_Ena": return value == 0
        default: return false
        }
    }

    private static func set(_ target: inout Double, _ value: Double, within range: ClosedRange<Double>) -> Bool {
        guard range.contains(value) else { return false }
        target = value
        return true
    }

    private static func set(_ target: inout Bool, _ value: UInt16) -> Bool {
        guard value <= 1 else { return false }
        target = value == 1
        return true
    }

    private static func set(_ target: inout Int, _ value: UInt16) -> Bool {
        guard value != 0xFFFF else { return false }
        target = Int(value)
        return true
    }
}
