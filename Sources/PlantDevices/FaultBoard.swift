import DeviceModel

/// What is wrong with one device, by the names that the faults go by, in the order in which they came.
struct FaultBoard {
    private var faults: [(id: String, fault: DeviceFault)] = []
    /// Those that were a reboot, which is over.
    private var rebooted: Set<String> = []

    /// All of them as one.
    var whole: DeviceFault {
        var whole = faults.reduce(DeviceFault()) { whole, entry in
            var fault = entry.fault
            if rebooted.contains(entry.id) { fault.rebootSeconds = nil }
            return whole.merged(with: fault)
        }
        if whole.rebootSeconds != nil { whole.off = whole.off ?? .silent }
        return whole
    }

    mutating func set(_ fault: DeviceFault, id: String) {
        remove(id)
        faults.append((id, fault))
    }

    mutating func remove(_ id: String) {
        faults.removeAll { $0.id == id }
        rebooted.remove(id)
    }

    func contains(_ id: String) -> Bool { faults.contains { $0.id == id } }

    /// The device is back; what else is wrong with it stays.
    mutating func endReboot(_ id: String) { rebooted.insert(id) }
}
