import AccessModel
import Addressing
import DeviceModel

/// What a kind or a device says about itself; what it leaves out comes from the next wider place.
struct DeviceTraits {
    var type: Fixture.DeviceType?
    var vendor: VendorProfile?
    var models: [Int]?
    var ratedWatts: Int?
    var units: Int?
    var flavour: DataloggerConfiguration.Flavour?
    var isEncrypted: Bool?
    var dump: [RegisterRun]?
    var users: [Fixture.User]?
    var isWebTarget: Bool?
    var gateway: Fixture.DeviceGateway?

    func over(_ base: DeviceTraits) -> DeviceTraits {
        DeviceTraits(
            type: type ?? base.type, vendor: vendor ?? base.vendor, models: models ?? base.models,
            ratedWatts: ratedWatts ?? base.ratedWatts, units: units ?? base.units, flavour: flavour ?? base.flavour,
            isEncrypted: isEncrypted ?? base.isEncrypted, dump: dump ?? base.dump, users: users ?? base.users,
            isWebTarget: isWebTarget ?? base.isWebTarget, gateway: gateway ?? base.gateway)
    }
}

extension FixtureReader {
    mutating func readKinds(_ cursor: Cursor) {
        for (name, _, value) in cursor.entries("kinds by name") ?? [] {
            kindNames.append(name)
            guard var fields = value.fields("a kind") else { continue }
            kinds[name] = traits(&fields)
            fields.finish("a kind")
        }
    }

    mutating func device(
        _ name: String, _ location: SourceLocation, _ cursor: Cursor, in prefix: Prefix, scope: Scope
    ) -> Fixture.Device? {
        guard var fields = cursor.fields("a device") else { return nil }
        let at = fields.required("at")
        let address = at.flatMap { Self.address($0, in: prefix) }
        var base = DeviceTraits()
        var isKindKnown = true
        if let kind = fields.optional("kind") {
            isKindKnown = false
            if let name = kind.text("a kind") {
                if let traits = kinds[name] {
                    base = traits
                    isKindKnown = true
                } else if !kindNames.contains(name) {
                    log.unknown("kind", name, among: kindNames, at: kind.location)
                }
            }
        }
        let traits = self.traits(&fields).over(base)
        if traits.type == nil, isKindKnown, !fields.contains("type") {
            log.error("'\(name)' says neither 'type' nor a 'kind' that has one", at: location)
        }
        fields.finish("a device")
        guard let address, let type = traits.type else { return nil }
        check(traits, type, name, at: location)
        let vendor = traits.vendor ?? vendor("generic", at: cursor)
        return Fixture.Device(
            name: name, address: address, type: type, vendor: vendor,
            models: traits.models ?? [], ratedWatts: traits.ratedWatts ?? 10_000, units: traits.units ?? 1,
            flavour: traits.flavour ?? .froniusSymo, isEncrypted: traits.isEncrypted ?? false,
            dump: traits.dump ?? [], users: traits.users ?? [], isWebTarget: traits.isWebTarget ?? false,
            gateway: traits.gateway ?? .none)
    }

    /// What its type cannot have, and what it cannot be without.
    private func check(_ traits: DeviceTraits, _ type: Fixture.DeviceType, _ name: String, at location: SourceLocation)
    {
        if (type == .registers) != (traits.dump != nil) {
            log.error(
                type == .registers
                    ? "'\(name)' plays back registers: say which with 'dump: FILE.csv'"
                    : "'dump' is for devices of type 'registers'", at: location)
        }
        if traits.units ?? 1 > 1, type != .inverter, type != .trackerController {
            log.error("only inverters and tracker controllers have 'units'", at: location)
        }
        for model in traits.models ?? [] where !ModbusConfiguration.knownModels.contains(model) {
            log.error(
                "SunSpec model \(model) is not one of \(ModbusConfiguration.knownModels.map(String.init).joined(separator: ", "))",
                at: location)
        }
        if let models = traits.models, models.first != 1 || Set(models).count != models.count {
            log.error("a chain of models starts with the common model, 1, and has each once", at: location)
        }
    }

    private mutating func traits(_ fields: inout Fields) -> DeviceTraits {
        var traits = DeviceTraits()
        traits.type = fields.optional("type")?.choice("a type of device", Fixture.DeviceType.self)
        if let cursor = fields.optional("vendor"), let name = cursor.text("a vendor") {
            traits.vendor = vendor(name, at: cursor)
        }
        traits.models = fields.optional("models")?.items("SunSpec model numbers")?
            .compactMap { $0.int("a SunSpec model", in: 1...65_535) }
        traits.ratedWatts = fields.optional("rated")?.power()
        traits.units = fields.optional("units")?.int("a number of units", in: 1...32)
        traits.flavour = fields.optional("flavour")?.choice("a flavour", DataloggerConfiguration.Flavour.self)
        traits.isEncrypted = fields.optional("tls")?.bool()
        if let cursor = fields.optional("dump") { traits.dump = dump(cursor) }
        traits.isWebTarget = fields.optional("web-target")?.bool()
        traits.gateway = fields.optional("gateway")?.choice("a gateway", Fixture.DeviceGateway.self)
        traits.users = fields.optional("users")?.entries("users by name")?.compactMap { name, _, value in
            guard var user = value.fields("a user") else { return nil }
            let password = user.optional("password")?.text("a password")
            let key = user.optional("key")?.choice("a key", UserKey.self)
            user.finish("a user")
            return Fixture.User(name: name, password: password, hasDerivedKey: key == .derived)
        }
        return traits
    }

    private enum UserKey: String, CaseIterable { case derived }

    /// An address in full, or its last bytes: `.20` in 192.168.1.0/24 is 192.168.1.20.
    private static func address(_ cursor: Cursor, in prefix: Prefix) -> IPv4Address? {
        guard let text = cursor.text("an address such as .20") else { return nil }
        var full = text
        if text.hasPrefix(".") {
            let given = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false).count
            let kept = prefix.address.description.split(separator: ".").prefix(max(0, 4 - given))
            full = kept.joined(separator: ".") + text
        }
        guard let address = IPv4Address(full) else {
            cursor.error("'\(text)' is not an address such as .20 or 192.168.1.20")
            return nil
        }
        guard prefix.contains(address), address != prefix.range.lower, address != prefix.range.upper else {
            cursor.error("\(address) is no host of \(prefix)")
            return nil
        }
        return address
    }

    func weather(_ cursor: Cursor) -> Fixture.Weather {
        var weather = Fixture.Weather()
        guard var fields = cursor.fields("the weather") else { return weather }
        if let celsius = fields.optional("ambient")?.number("a temperature in degrees Celsius", in: -60...70) {
            weather.ambientCelsius = celsius
        }
        if let share = fields.optional("clouds")?.percentage("how much the clouds take") { weather.cloudiness = share }
        fields.finish("the weather")
        return weather
    }

    /// What time it is for the devices when a lab starts.
    func plantClock(_ cursor: Cursor) -> PlantClockChange? {
        guard var fields = cursor.fields("the plants' clock") else { return nil }
        var change = PlantClockChange()
        change.setTo = fields.optional("set")?.day().map { Double($0.milliseconds) / 1000 }
        change.speed = fields.optional("speed")?.number("how much faster the devices' time runs", in: 0...100_000)
        fields.finish("the plants' clock")
        return change
    }
}
