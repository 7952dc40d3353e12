import AccessModel
import Addressing

extension StepReader {
    func person(_ cursor: Cursor) -> PersonID? {
        guard let names else { return cursor.text("a person").map { PersonID($0) } }
        return names.name(.person, cursor).map { PersonID($0) }
    }

    func plant(_ cursor: Cursor) -> PlantID? {
        guard let names else { return cursor.text("a plant").map { PlantID($0) } }
        return names.name(.plant, cursor).map { PlantID($0) }
    }

    func organization(_ cursor: Cursor) -> OrganizationID? {
        guard let names else { return cursor.text("an organization").map { OrganizationID($0) } }
        return names.name(.organization, cursor).map { OrganizationID($0) }
    }

    func portfolio(_ cursor: Cursor) -> PortfolioID? {
        guard let names else { return cursor.text("a portfolio").map { PortfolioID($0) } }
        return names.name(.portfolio, cursor).map { PortfolioID($0) }
    }

    /// A laptop by person and name, `anna/laptop`.
    func laptop(_ cursor: Cursor) -> LaptopID? {
        guard let text = cursor.text("a laptop such as anna/laptop") else { return nil }
        guard let id = LaptopID(text) else {
            cursor.error("'\(text)' is not a laptop such as anna/laptop")
            return nil
        }
        return known(id, at: cursor) ? id : nil
    }

    /// Reports a laptop that the fixture does not have.
    func known(_ id: LaptopID, at cursor: Cursor) -> Bool {
        guard let fixture else { return true }
        if fixture.laptop(id) != nil { return true }
        log.unknown("laptop", id.description, among: fixture.laptops.map(\.id.description), at: cursor.location)
        return false
    }

    /// The name of a device that a plant of the fixture has, or any plant.
    func deviceName(_ cursor: Cursor, of plant: PlantID?) -> String? {
        let plants = fixture?.plants.filter { plant == nil || $0.id == plant }
        let word = plant.map { "device of \($0)" } ?? "device"
        return name(word, cursor, among: plants?.flatMap { $0.devices.map(\.name) })
    }

    /// A service by the name that the audit gives it.
    func serviceName(_ cursor: Cursor) -> String? {
        name("service", cursor, among: fixture?.plants.flatMap { $0.devices.map(\.serviceName) })
    }

    /// - Parameter known: `nil` when nothing is known yet, and every name is taken.
    private func name(_ word: String, _ cursor: Cursor, among known: [String]?) -> String? {
        guard let text = cursor.text("the name of a \(word)") else { return nil }
        guard let known, !known.contains(text) else { return text }
        log.unknown(word, text, among: Array(Set(known)).sorted(), at: cursor.location)
        return nil
    }

    /// A subnet that a plant of the fixture has.
    func subnet(_ cursor: Cursor, of plant: PlantID?) -> Prefix? {
        guard let prefix = cursor.prefix() else { return nil }
        guard let plant, let subnets = fixture?.plant(plant)?.subnets else { return prefix }
        guard subnets.contains(where: { $0.prefix == prefix }) || proposed.subnets[plant]?.contains(prefix) == true
        else {
            let known = subnets.map(\.prefix.description)
            cursor.error(
                "\(plant) has no subnet \(prefix) (it has: \(known.joined(separator: ", ")))",
                suggestion: Spelling.nearest(to: prefix.description, among: known))
            return nil
        }
        return prefix
    }

    /// Where `to:` leads: a device by name, or an address with or without a port.
    func target(_ to: Cursor, plant: PlantID?, via: ProbeProtocol) -> Target? {
        guard let text = to.text("a device, or an address such as 192.168.1.20:502") else { return nil }
        let host = text.prefix { $0 != ":" }
        guard let address = IPv4Address(host) else { return device(text, to, plant: plant, via: via) }
        var port = via.port
        if host.count < text.count {
            guard let endpoint = Endpoint(text), endpoint.port > 0 else {
                to.error("'\(text)' is not an address and port such as 192.168.1.20:502")
                return nil
            }
            guard via != .icmp else {
                to.error("icmp knows no ports", suggestion: String(host))
                return nil
            }
            port = endpoint.port
        }
        guard let port else {
            to.error("'via: \(via.rawValue)' wants a port: \(address):502")
            return nil
        }
        guard let fixture else { return nil }
        var candidates = fixture.devices(at: address)
        if let plant { candidates.removeAll { $0.plant != plant } }
        var target = Target(address: address, port: port, device: nil, candidates: candidates)
        if let device = candidates.first.flatMap(fixture.device) {
            target.unit = device.unit
            target.isEncrypted = device.isEncrypted && port == device.port
        }
        return target
    }

    /// Where a connection that stays leads; TLS is for single questions.
    func keptTarget(_ to: Cursor, plant: PlantID?, via: ProbeProtocol) -> Target? {
        guard let target = target(to, plant: plant, via: via) else { return nil }
        guard via == .http, target.isEncrypted else { return target }
        to.error("what is kept open speaks no TLS: ask once with 'reach', or keep a connection with 'via: tcp'")
        return nil
    }

    private func device(_ name: String, _ to: Cursor, plant: PlantID?, via: ProbeProtocol) -> Target? {
        guard let fixture else { return nil }
        let plants = fixture.plants.filter { plant == nil || $0.id == plant }
        let found = plants.flatMap { plant in
            plant.devices.filter { $0.name == name }.map { (plant: plant.id, device: $0) }
        }
        guard let first = found.first else {
            let known = plants.flatMap { $0.devices.map(\.name) }
            log.unknown(
                plant.map { "device of \($0)" } ?? "device", name, among: Array(Set(known)).sorted(), at: to.location)
            return nil
        }
        guard found.allSatisfy({ $0.device.address == first.device.address && $0.device.type == first.device.type })
        else {
            let names = found.map(\.plant.text).joined(separator: ", ")
            to.error("'\(name)' stands in \(names): say which with 'plant:'")
            return nil
        }
        let references = found.map { DeviceReference(plant: $0.plant, device: name) }.sorted()
        let isOwn = via == first.device.service
        var target = Target(
            address: first.device.address, port: isOwn ? first.device.port : via.port ?? first.device.port,
            device: references.count == 1 ? references.first : nil, candidates: references)
        if via == .icmp { target.port = 0 }
        target.unit = first.device.unit
        target.isEncrypted = first.device.isEncrypted && isOwn
        return target
    }
}
