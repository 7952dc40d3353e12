import DeviceModel

/// A Modbus device as its server holds it; confined to the server's thread.
final class ModbusDevice {
    let plan: ModbusDevicePlan
    private let units: [UInt8: any RegisterBank]
    private let first: (any RegisterBank)?
    /// Open connections at its address, whoever answers them, without ghosts.
    var connections: [ModbusConnection] = []
    var ghosts: [ModbusConnection] = []
    /// Those that were cut off with the device's power.
    var frozen: [Int32] = []
    var fault = DeviceFault()
    var reach = SocketReach.open
    /// Nobody is served before this moment.
    var heldOffUntil = 0.0
    /// Accepted so far at this address.
    var accepted: UInt64 = 0

    init(_ plan: ModbusDevicePlan, banks: [any RegisterBank]) {
        self.plan = plan
        var units: [UInt8: any RegisterBank] = [:]
        for (unit, bank) in zip(plan.configuration.unitIDs, banks) { units[unit] = bank }
        // A device of one unit shows it under each of its ids.
        if banks.count == 1 { for unit in plan.configuration.unitIDs { units[unit] = banks[0] } }
        self.units = units
        first = banks.first
    }

    func bank(ofUnit unit: UInt8) -> (any RegisterBank)? {
        units[unit] ?? (plan.configuration.vendor.strangeUnit == .ignored ? first : nil)
    }

    /// What is wrong now, and whether the sun's absence has taken it off the network.
    func obey() {
        fault = plan.record.faults.current
        for bank in units.values { bank.invalidate() }
    }

    /// Who gets through to it now.
    var wantedReach: SocketReach {
        let reach = SocketReach(fault, lan: plan.record.lan)
        guard reach == .open, plan.sleepsAtNight, plan.isDark(fault) else { return reach }
        return plan.configuration.vendor.night == .refuses ? .refusing : .silent
    }

    var connectionLimit: Int { fault.connectionLimit ?? plan.configuration.vendor.connectionLimit }

    var overLimit: VendorProfile.OverLimit { fault.overLimit ?? plan.configuration.vendor.overLimit }
}

/// A Modbus device on its way to the thread that serves it.
struct ModbusDevicePlan: DevicePlan {
    let record: DeviceRecord
    let configuration: ModbusConfiguration
    let listener: Int32
    let clock: PlantClock
    /// The inverters behind its address, in the order of their units.
    let inverters: [Inverter]
    /// Those of the whole fleet, for a meter.
    let registry: InverterRegistry

    var identity: DeviceIdentity { record.identity }

    var sleepsAtNight: Bool { configuration.vendor.night != .serves }

    func isDark(_ fault: DeviceFault) -> Bool {
        let site = configuration.site
        return fault.isNight
            || SunModel.zenithCosine(latitude: site.latitude, longitude: site.longitude, at: clock.now) <= 0
    }
}
