import AccessModel
import Addressing

extension FixtureReader {
    mutating func plants(_ cursor: Cursor) -> [Fixture.Plant] {
        var plants: [Fixture.Plant] = []
        for (name, location, value) in cursor.entries("plants by name") ?? [] {
            guard case .mapping(let entries) = value.node.content,
                let count = entries.first(where: { $0.key == "count" })
            else {
                if name.contains("{i}") { log.error("'{i}' in a name wants 'count:'", at: location) }
                if let plant = self.plant(name, location, value) { plants.append(plant) }
                continue
            }
            guard let count = Cursor(count.value, log: log).int("a count", in: 1...10_000) else { continue }
            guard name.contains("{i}") else {
                log.error("'count:' wants '{i}' in the name, so that names differ", at: location)
                continue
            }
            let errorsBefore = log.errorCount
            for index in 1...count {
                let own = value.node.mapText { $0.replacing("{i}", with: String(index)) }
                if let plant = self.plant(
                    name.replacing("{i}", with: String(index)), location, Cursor(own, log: log))
                {
                    plants.append(plant)
                }
                // The others would repeat the first one's mistakes.
                if log.errorCount > errorsBefore { break }
            }
        }
        return plants
    }

    private mutating func plant(_ name: String, _ location: SourceLocation, _ cursor: Cursor) -> Fixture.Plant? {
        plantOrdinal += 1
        names.declare(.plant, name, at: location, log: log)
        let scope = Scope(values: ["plant": YAMLNode(content: .scalar(name), location: location)])
        guard var fields = Cursor(cursor.node, scope: scope, log: log).fields("a plant") else { return nil }
        fields.allow(["count"])
        let place = fields.optional("place").flatMap(self.place)
        let agent = fields.optional("agent")
        let secondAgent = fields.optional("second-agent")
        var site = Site()
        if let listed = fields.optional("subnets") { read(listed, into: &site, plant: name, scope: scope) }
        let listedCount = site.subnets.count
        if let unlisted = fields.optional("unlisted-subnets") { read(unlisted, into: &site, plant: name, scope: scope) }
        for index in listedCount..<site.subnets.count { site.subnets[index].isListed = false }
        var plant = Fixture.Plant(
            id: PlantID(name), place: place,
            agent: self.agent(agent, .first, subnets: site.subnets, location: location), subnets: site.subnets)
        if let secondAgent {
            plant.secondAgent = self.agent(secondAgent, .second, subnets: site.subnets, location: location)
            check(plant, at: secondAgent.location)
        }
        if let listed = fields.optional("listed")?.bool() { plant.isListed = listed }
        if let weather = fields.optional("weather") { plant.weather = self.weather(weather) }
        fields.finish("a plant")
        return plant
    }

    private func place(_ cursor: Cursor) -> GeographicPlace? {
        guard var fields = cursor.fields("a place") else { return nil }
        let latitude = fields.required("latitude")?.number("a latitude", in: -90...90)
        let longitude = fields.required("longitude")?.number("a longitude", in: -180...180)
        let timeZone = fields.optional("time-zone")?.text("a time zone such as Europe/Berlin")
        fields.finish("a place")
        guard let latitude, let longitude else { return nil }
        return GeographicPlace(latitude: latitude, longitude: longitude, timeZone: timeZone ?? "UTC")
    }

    /// Answers find the agent that asked by its own address in the LAN.
    private func check(_ plant: Fixture.Plant, at location: SourceLocation) {
        guard let second = plant.secondAgent else { return }
        if plant.agent.nat == .routed || second.nat == .routed {
            log.error("of two agents each masquerades: answers would not find back to the second one", at: location)
        }
        if second.lan == nil {
            log.error("a second agent wants a subnet to stand in", at: location)
        } else if second.lan == plant.agent.lan {
            log.error("the plant's first agent has the LAN address of the second one too", at: location)
        }
    }

    private mutating func agent(
        _ cursor: Cursor?, _ place: Fixture.AgentPlace, subnets: [Fixture.Subnet], location: SourceLocation
    ) -> Fixture.Agent {
        // Address 0.0.0.0 is filled in once every address that is said is known.
        var agent = Fixture.Agent(wan: .init(number: 0), lan: nil)
        var lanLocation = location
        if let cursor, var fields = cursor.fields("an agent") {
            if let wan = fields.optional("wan"), let address = wan.address() {
                wanAddresses.take(address, at: wan.location, log: log)
                agent.wan = address
            }
            if let lan = fields.optional("lan") {
                lanLocation = lan.location
                agent.lan = lan.address()
                if let address = agent.lan, !subnets.contains(where: { $0.prefix.contains(address) }) {
                    lan.error("\(address) lies in no subnet of this plant")
                }
            }
            if let nat = fields.optional("nat")?.choice("a kind of NAT", Fixture.NAT.self) { agent.nat = nat }
            fields.finish("an agent")
        }
        if agent.lan == nil, let first = subnets.first {
            let address = IPv4Address(number: first.prefix.address.number &+ (place == .first ? 2 : 3))
            if first.prefix.contains(address) { agent.lan = address }
        }
        let twin = subnets.flatMap(\.devices).first { $0.address == agent.lan }
        if let twin, let lan = agent.lan {
            log.error("the agent's LAN address \(lan) is also that of '\(twin.name)'", at: lanLocation)
        }
        return agent
    }

    /// A plant's network as far as it is read.
    private struct Site {
        var subnets: [Fixture.Subnet] = []
        var deviceNames: Set<String> = []
        var addresses: [IPv4Address: String] = [:]
    }

    private mutating func read(_ cursor: Cursor, into site: inout Site, plant: String, scope: Scope) {
        for (key, location, value) in cursor.entries("subnets by prefix") ?? [] {
            guard let prefix = self.prefix(key, at: location) else { continue }
            if site.subnets.contains(where: { $0.prefix == prefix }) {
                log.error("\(plant) has \(prefix) already", at: location)
            }
            var subnet = Fixture.Subnet(prefix: prefix)
            for (name, location, value) in value.entries("devices by name") ?? [] {
                FixtureNames.check(name, at: location, log: log)
                if !site.deviceNames.insert(name).inserted {
                    log.error("\(plant) has a device '\(name)' already", at: location)
                }
                guard let device = self.device(name, location, value, in: prefix, scope: scope) else { continue }
                if let other = site.addresses.updateValue(name, forKey: device.address) {
                    log.error("\(device.address) is the address of '\(other)' already", at: location)
                }
                subnet.devices.append(device)
            }
            site.subnets.append(subnet)
        }
    }

    /// A subnet's key: a prefix, or `derived` for one that no other plant has.
    private func prefix(_ key: String, at location: SourceLocation) -> Prefix? {
        if key == "derived" {
            let (high, low) = (plantOrdinal >> 8 & 255, plantOrdinal & 255)
            return Prefix(around: IPv4Address(10, UInt8(high), UInt8(low), 0), length: 24)
        }
        guard let prefix = Cursor.prefix(key, "a subnet", at: location, log: log) else { return nil }
        let isPrivate = Self.privateRanges.contains { $0.contains(prefix) }
        guard isPrivate, prefix.length <= 30 else {
            log.error("a plant's subnet lies in 10/8, 172.16/12 or 192.168/16 and has room for devices", at: location)
            return nil
        }
        return prefix
    }

    private static let privateRanges = [
        Prefix(around: IPv4Address(10, 0, 0, 0), length: 8),
        Prefix(around: IPv4Address(172, 16, 0, 0), length: 12),
        Prefix(around: IPv4Address(192, 168, 0, 0), length: 16),
    ]
}
