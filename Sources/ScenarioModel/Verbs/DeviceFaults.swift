import AccessModel
package import DeviceModel

extension Action.Fault {
    /// What is wrong with one device of a plant.
    package struct Device: Hashable, Sendable, Codable {
        package var reference: DeviceReference
        package var fault: DeviceFault

        package init(reference: DeviceReference, fault: DeviceFault) {
            self.reference = reference
            self.fault = fault
        }

        package var sentence: String {
            "\(reference.plant)/\(reference.device) \(fault.phrases.joined(separator: ", "))"
        }

        static let keys: [Key] = [
            .optional("plant", .plant, "of `device`: whose device, where several plants have one of that name"),
            .optional("exception", .int(1...255), "of a device: the Modbus exception that every request gets"),
            .optional("silent", .yes, "of a device: it accepts and reads and says nothing"),
            .optional(
                "power-off", .choice(DeviceFault.Off.self), "of a device: it is gone, and what callers see of that"),
            .optional("reboot", .duration, "of a device: it is gone for so long and then back as after a start"),
            .optional("night", .yes, "of a device: for it the sun is down"),
            .optional("values", .choice(DeviceFault.Values.self), "of a device: what is wrong with what it measures"),
            .optional("frames", .choice(DeviceFault.Frames.self), "of a device: what is wrong with its Modbus answers"),
            .optional("http-status", .int(400...599), "of a device: what every HTTP request gets"),
            .optional("slow-body", .duration, "of a device: how long the body of an HTTP answer takes"),
            .optional("refuses-login", .yes, "of a device: nobody can log in over SSH"),
            .optional("banner-delay", .duration, "of a device: how long it lets SSH wait for the first word"),
            .optional("connections", .int(0...1000), "of a device: how many connections it serves at most"),
            .optional(
                "over-limit", .choice(VendorProfile.OverLimit.self), "of a device: what happens to one connection more"),
            .optional("address-taken-by", .text, "of a device: another one of its plant that has the same address now"),
            .optional("wrong-gateway", .yes, "of a device: it finds no way to anybody outside its LAN"),
        ]

        static let examples = [
            "fault: { id: lazy, device: inverter-1, plant: park-a, delay: 400ms, jitter: 100ms }",
            "fault: { device: inverter-1, plant: park-a, exception: 6 }",
            "fault: { device: inverter-1, plant: park-a, silent: true, every: 40s, lasts: 20s }",
            "fault: { device: inverter-1, plant: park-a, power-off: silent }",
            "fault: { device: inverter-1, plant: park-a, reboot: 3s }",
            "fault: { device: inverter-1, plant: park-a, night: true, values: absurd, frames: split }",
            "fault: { device: inverter-1, plant: park-a, http-status: 503, slow-body: 2s }",
            "fault: { device: inverter-1, plant: park-a, refuses-login: true, banner-delay: 2s }",
            "fault: { device: inverter-1, plant: park-a, connections: 1, over-limit: silence }",
            "fault: { device: inverter-1, plant: park-a, address-taken-by: inverter-2 }",
            "fault: { device: inverter-1, plant: park-a, wrong-gateway: true }",
        ]
    }
}

extension StepReader {
    /// The device that is meant: by its name, and its plant where that is not enough.
    func deviceReference(_ cursor: Cursor, plant: PlantID?) -> DeviceReference? {
        guard let name = cursor.text("the name of a device"), let fixture else { return nil }
        let plants = fixture.plants.filter { plant == nil || $0.id == plant }
        let owners = plants.filter { plant in plant.devices.contains { $0.name == name } }
        guard let owner = owners.first else {
            let known = Set(plants.flatMap { $0.devices.map(\.name) })
            log.unknown(plant.map { "device of \($0)" } ?? "device", name, among: known.sorted(), at: cursor.location)
            return nil
        }
        guard owners.count == 1 else {
            let names = owners.map(\.id.text).joined(separator: ", ")
            cursor.error("'\(name)' stands in \(names): say which with 'plant:'")
            return nil
        }
        return DeviceReference(plant: owner.id, device: name)
    }

    func deviceFault(_ value: Cursor, _ fields: inout Fields) -> Action.Fault.Device? {
        let errorsBefore = log.errorCount
        let plant = fields.optional("plant").map { self.plant($0) }
        let reference = deviceReference(value, plant: plant ?? nil)
        var fault = DeviceFault()
        fault.delay = delay(&fields)
        fault.exception = fields.optional("exception")?.int("a Modbus exception", in: 1...255).map { UInt8($0) }
        fault.isSilent = fields.optional("silent")?.isTrue() ?? false
        fault.off = fields.optional("power-off")?.choice("what callers see", DeviceFault.Off.self)
        fault.rebootSeconds = fields.optional("reboot")?.duration()?.secondsValue
        fault.isNight = fields.optional("night")?.isTrue() ?? false
        fault.values = fields.optional("values")?.choice("what is wrong", DeviceFault.Values.self)
        fault.frames = fields.optional("frames")?.choice("what is wrong", DeviceFault.Frames.self)
        fault.httpStatus = fields.optional("http-status")?.int("a status of HTTP", in: 400...599)
        fault.slowBodySeconds = fields.optional("slow-body")?.duration()?.secondsValue
        fault.refusesLogin = fields.optional("refuses-login")?.isTrue() ?? false
        fault.bannerDelaySeconds = fields.optional("banner-delay")?.duration()?.secondsValue
        fault.connectionLimit = fields.optional("connections")?.int("a number of connections", in: 0...1000)
        fault.overLimit = fields.optional("over-limit")?.choice("what happens", VendorProfile.OverLimit.self)
        if let cursor = fields.optional("address-taken-by") {
            fault.conflictsWith = deviceReference(cursor, plant: reference?.plant)?.device
            if fault.conflictsWith == reference?.device, fault.conflictsWith != nil {
                cursor.error("a device is in no conflict with itself")
            }
        }
        fault.hasWrongGateway = fields.optional("wrong-gateway")?.isTrue() ?? false
        if fault.isNothing, log.errorCount == errorsBefore {
            log.error("the fault does nothing: say what is wrong, such as 'silent: true'", at: fields.location)
        }
        guard let reference, log.errorCount == errorsBefore else { return nil }
        let device = Action.Fault.Device(reference: reference, fault: fault)
        if let fixture, let caution = device.caution(in: fixture) { log.warning(caution, at: fields.location) }
        return device
    }

    private func delay(_ fields: inout Fields) -> Pause? {
        let mean = fields.optional("delay").map { $0.duration()?.secondsValue }
        let jitter = fields.optional("jitter").map { $0.duration()?.secondsValue }
        guard mean != nil || jitter != nil else { return nil }
        let (center, spread) = ((mean ?? nil) ?? 0, (jitter ?? nil) ?? 0)
        return Pause(center - spread, center + spread)
    }
}

extension DeviceFault {
    /// What is wrong, as the ends of sentences that begin with the device's name.
    package var phrases: [String] {
        var phrases: [String] = []
        func seconds(_ value: Double) -> String { Duration.milliseconds((value * 1000).rounded()).text }
        if let delay {
            let span = delay.least == delay.most ? "" : "\(seconds(delay.least)) to "
            phrases.append("answers \(span)\(seconds(delay.most)) late")
        }
        if let exception { phrases.append("answers everything with exception \(exception)") }
        if isSilent { phrases.append("says nothing") }
        if let off { phrases.append("is switched off (\(off.rawValue))") }
        if let rebootSeconds { phrases.append("reboots for \(seconds(rebootSeconds))") }
        if isNight { phrases.append("is in the dark") }
        if let values { phrases.append("shows \(values.rawValue) values") }
        if let frames { phrases.append("sends \(frames.rawValue) frames") }
        if let httpStatus { phrases.append("answers HTTP with \(httpStatus)") }
        if let slowBodySeconds { phrases.append("takes \(seconds(slowBodySeconds)) for a page") }
        if refusesLogin { phrases.append("lets nobody log in") }
        if let bannerDelaySeconds { phrases.append("greets \(seconds(bannerDelaySeconds)) late") }
        if let connectionLimit { phrases.append("serves \(connectionLimit) connections at most") }
        if let overLimit { phrases.append("treats one connection more with '\(overLimit.rawValue)'") }
        if let conflictsWith { phrases.append("shares its address with \(conflictsWith)") }
        if hasWrongGateway { phrases.append("has a wrong gateway") }
        return phrases
    }
}
