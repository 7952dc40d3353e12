import AccessModel
import Addressing

extension FixtureReader {
    mutating func organizations(_ cursor: Cursor) -> [Fixture.Organization] {
        var organizations: [Fixture.Organization] = []
        for (name, location, value) in cursor.entries("organizations by name") ?? [] {
            names.declare(.organization, name, at: location, log: log)
            guard var fields = value.fields("an organization") else { continue }
            var organization = Fixture.Organization(id: OrganizationID(name))
            if let members = fields.optional("members") { organization.members = self.members(members) }
            for (name, location, value) in fields.optional("portfolios")?.entries("portfolios by name") ?? [] {
                names.declare(.portfolio, name, at: location, log: log)
                guard var fields = value.fields("a portfolio") else { continue }
                let plants = fields.optional("plants").map { self.plants($0) } ?? []
                fields.finish("a portfolio")
                organization.portfolios.append(Fixture.Portfolio(id: PortfolioID(name), plants: plants))
            }
            fields.finish("an organization")
            organizations.append(organization)
        }
        return organizations
    }

    private mutating func members(_ cursor: Cursor) -> [Fixture.Member] {
        var members: [Fixture.Member] = []
        for (name, location, value) in cursor.entries("members by name") ?? [] {
            names.declare(.person, name, at: location, log: log)
            guard var fields = value.fields("a member") else { continue }
            let standing = fields.optional("standing")?.choice("a standing", Standing.self)
            let jobRole = fields.optional("job-role")?.choice("a job role", JobRole.self)
            fields.finish("a member")
            members.append(
                Fixture.Member(person: PersonID(name), standing: standing ?? .member, jobRole: jobRole ?? .none))
        }
        return members
    }

    func cooperations(_ cursor: Cursor) -> [Fixture.Cooperation] {
        (cursor.entries("cooperations by name") ?? []).compactMap { name, _, value in
            guard var fields = value.fields("a cooperation") else { return nil }
            let owner = fields.required("owner").flatMap { names.name(.organization, $0) }
            let partner = fields.required("partner").flatMap { names.name(.organization, $0) }
            let plant = fields.required("shares").flatMap { names.name(.plant, $0) }
            let cap = fields.required("cap")?.choice("a job role", JobRole.self)
            let members = fields.required("members")?.items("members")?.compactMap { names.name(.person, $0) }
            let isAccepted = fields.optional("accepted")?.bool() ?? true
            fields.finish("a cooperation")
            guard let owner, let partner, let plant, let cap, let members else { return nil }
            return Fixture.Cooperation(
                id: CooperationID(name), owner: OrganizationID(owner), partner: OrganizationID(partner),
                plant: PlantID(plant), cap: cap, members: members.map { PersonID($0) }, isAccepted: isAccepted)
        }
    }

    func grants(_ cursor: Cursor) -> [Fixture.Grant] {
        (cursor.items("grants") ?? []).compactMap { item in
            guard var fields = item.fields("a grant") else { return nil }
            let person = fields.required("to").flatMap { names.name(.person, $0) }
            var place: Place?
            if let (key, value) = fields.exactlyOne(of: ["plant", "portfolio", "organization"]) {
                place = names.place(key, value)
            }
            let since = fields.optional("since").map { $0.day() }
            fields.finish("a grant")
            guard let person, let place else { return nil }
            return Fixture.Grant(
                person: PersonID(person), place: place, since: (since ?? nil) ?? .beginning)
        }
    }

    /// `agents: { park-a: external }`: whose place is left free.
    func readAgents(_ cursor: Cursor, _ fixture: inout Fixture) {
        for (name, location, value) in cursor.entries("agents by plant") ?? [] {
            guard names.knows(.plant, name) else {
                log.unknown("plant", name, among: names.all(.plant), at: location)
                continue
            }
            guard let word = value.text("'external'") else { continue }
            guard word == "external" else {
                value.error("'\(word)' is not known here: an agent is 'external', or is left out")
                continue
            }
            fixture.leaveFree(PlantID(name))
        }
    }

    mutating func laptops(_ cursor: Cursor) -> [Fixture.Laptop] {
        var laptops: [Fixture.Laptop] = []
        for (person, location, value) in cursor.entries("laptops by person") ?? [] {
            let isKnown = names.knows(.person, person)
            if !isKnown { log.unknown("person", person, among: names.all(.person), at: location) }
            for (name, location, value) in value.entries("laptops by name") ?? [] {
                FixtureNames.check(name, at: location, log: log)
                guard var fields = value.fields("a laptop") else { continue }
                var laptop = Fixture.Laptop(
                    id: LaptopID(person: PersonID(person), name: name), wan: IPv4Address(number: 0))
                if let wan = fields.optional("wan"), let address = wan.address() {
                    wanAddresses.take(address, at: wan.location, log: log)
                    laptop.wan = address
                }
                laptop.homeLAN = fields.optional("home-lan")?.prefix("a home LAN")
                fields.finish("a laptop")
                laptops.append(laptop)
            }
        }
        return laptops
    }

    /// Gives an address to everything that has none, in the order of the file.
    mutating func fillAddresses(_ fixture: inout Fixture) {
        let none = IPv4Address(number: 0)
        for o in fixture.organizations.indices {
            for p in fixture.organizations[o].portfolios.indices {
                for i in fixture.organizations[o].portfolios[p].plants.indices {
                    fillAddresses(&fixture.organizations[o].portfolios[p].plants[i])
                }
            }
        }
        for index in fixture.laptops.indices where fixture.laptops[index].wan == none {
            fixture.laptops[index].wan = wanAddresses.nextLaptop()
        }
    }

    private mutating func fillAddresses(_ plant: inout Fixture.Plant) {
        let none = IPv4Address(number: 0)
        if plant.agent.wan == none { plant.agent.wan = wanAddresses.nextAgent() }
        if plant.secondAgent?.wan == none { plant.secondAgent?.wan = wanAddresses.nextAgent() }
    }
}

/// Who has which address in the internet.
struct WANAddresses {
    private var taken: Set<IPv4Address> = [Self.gateway, Self.controlPlane]
    private var lastAgent = IPv4Address(198, 18, 0, 255)
    private var lastLaptop = IPv4Address(198, 51, 100, 0)

    static let gateway = IPv4Address(203, 0, 113, 1)
    static let controlPlane = IPv4Address(203, 0, 113, 10)
    /// Every range whose addresses are local to the internet's namespace.
    static let ranges = [
        Prefix(around: IPv4Address(198, 18, 0, 0), length: 15),
        Prefix(around: IPv4Address(198, 51, 100, 0), length: 24),
        Prefix(around: IPv4Address(203, 0, 113, 0), length: 24),
    ]

    mutating func take(_ address: IPv4Address, at location: SourceLocation, log: DiagnosticLog) {
        guard Self.ranges.contains(where: { $0.contains(address) }) else {
            let ranges = Self.ranges.map(\.description).joined(separator: ", ")
            log.error("\(address) is not an address of the internet: \(ranges)", at: location)
            return
        }
        if !taken.insert(address).inserted {
            log.error("\(address) is taken already", at: location)
        }
    }

    /// From 198.18.1.0 up.
    mutating func nextAgent() -> IPv4Address { Self.next(after: &lastAgent, &taken) }

    /// From 198.51.100.1 up; more than that range holds go on at 198.19.128.0.
    mutating func nextLaptop() -> IPv4Address {
        if lastLaptop == Self.ranges[1].range.upper { lastLaptop = IPv4Address(198, 19, 127, 255) }
        return Self.next(after: &lastLaptop, &taken)
    }

    private static func next(after last: inout IPv4Address, _ taken: inout Set<IPv4Address>) -> IPv4Address {
        repeat { last.number += 1 } while !taken.insert(last).inserted
        return last
    }
}
