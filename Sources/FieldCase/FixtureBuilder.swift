import AccessModel
import Addressing
import ControlProtocol
import ScenarioModel

/// Makes the fleet that a document describes, as far as a fixture can say it.
struct FixtureBuilder {
    var document: StateDocument
    let title: String
    private(set) var warnings: [String] = []
    /// What a fixture cannot say, as steps of the scenario do it afterwards: in a fixture everybody is a member of one organization.
    private(set) var late = Late()
    private var people: Set<PersonID> = []
    private var plantIDs: Set<PlantID> = []

    init(_ document: StateDocument, title: String) {
        self.document = document
        self.title = title
    }

    mutating func build() throws(FieldCase.Refusal) -> Fixture {
        guard !document.organizations.isEmpty else {
            throw FieldCase.Refusal(description: "the document names no organization")
        }
        dropWhatNoFixtureHolds()
        addDevices()
        var fixture = Fixture(title: title)
        fixture.controlPlane.defaultWinner = document.defaultWinner
        fixture.controlPlane.offlineAgent = document.offlineAgent
        if document.organizations.contains(where: {
            $0.portfolios.contains { $0.plants.contains { $0.agent == .offline } }
        }) {
            // What takes 75 s in the field need not take so long to be shown.
            fixture.controlPlane.keepalive = .seconds(1)
            fixture.controlPlane.agentOfflineAfter = .seconds(3)
        }
        fixture.organizations = document.organizations.map { organization($0) }
        fixture.cooperations = document.cooperations.flatMap { cooperations($0) }
        fixture.grants = grants
        let further = Set(late.memberships.map { [$0.member.person.text, $0.organization.text] })
        late.grants = fixture.grants.filter { grant in
            owner(of: grant.place).map { further.contains([grant.person.text, $0.text]) } ?? false
        }
        fixture.grants.removeAll(where: late.grants.contains)
        let users = document.organizations.flatMap(\.members).filter(\.hasCertificate).map(\.person)
        fixture.laptops = Set(users).sorted().filter(people.contains).map {
            Fixture.Laptop(id: LaptopID(person: $0, name: "laptop"), wan: IPv4Address(number: 0))
        }
        document.picks.removeAll { !people.contains($0.person) || !plantIDs.contains($0.plant) }
        document.owners.removeAll { !people.contains($0.person) || !plantIDs.contains($0.plant) }
        return fixture
    }

    private mutating func eachPlant(_ change: (inout StateDocument.Plant, inout [String]) -> Void) {
        for o in document.organizations.indices {
            for p in document.organizations[o].portfolios.indices {
                for i in document.organizations[o].portfolios[p].plants.indices {
                    change(&document.organizations[o].portfolios[p].plants[i], &warnings)
                }
            }
        }
    }

    /// Ranges that no plant may have or that hold nobody, and devices that nobody could ask.
    private mutating func dropWhatNoFixtureHolds() {
        eachPlant { plant, warnings in
            plant.subnets.removeAll { subnet in
                let isTooSmall = subnet.prefix.length > 30
                let why =
                    SubnetRule.refusal(of: subnet.prefix, pool: AccessPolicy.standardPool)
                    ?? (isTooSmall ? "\(subnet.prefix) has no room for devices" : nil)
                guard let why else { return false }
                warnings.append("\(plant.id): \(why); left out")
                return true
            }
            var names: Set<String> = []
            for index in plant.subnets.indices {
                let prefix = plant.subnets[index].prefix
                plant.subnets[index].devices.removeAll { device in
                    let isHost =
                        prefix.contains(device.address) && device.address != prefix.range.lower
                        && device.address != prefix.range.upper
                    guard isHost, names.insert(device.name).inserted else {
                        let why = isHost ? "another device has that name" : "it is no host of \(prefix)"
                        warnings.append("\(plant.id)/\(device.name) at \(device.address): \(why); left out")
                        return true
                    }
                    return false
                }
            }
        }
    }

    // MARK: Devices

    /// Every subnet gets somebody who answers, and wherever two plants overlap both have somebody at the same address.
    private mutating func addDevices() {
        let all = document.organizations.flatMap(\.portfolios).flatMap(\.plants)
        let prefixes = all.flatMap { plant in plant.subnets.map { (plant: plant.id, prefix: $0.prefix) } }
        eachPlant { plant, _ in
            for index in plant.subnets.indices {
                let subnet = plant.subnets[index].prefix
                let contested = prefixes.filter { $0.plant != plant.id && subnet.overlaps($0.prefix) }.map {
                    subnet.contains($0.prefix) ? $0.prefix : subnet
                }
                let wanted = Set(contested + (plant.subnets[index].devices.isEmpty ? [subnet] : [])).sorted()
                for prefix in wanted.prefix(16) {
                    let address = FieldCase.probe(in: prefix)
                    guard !plant.subnets.contains(where: { $0.devices.contains { $0.address == address } }) else {
                        continue
                    }
                    let count = plant.subnets.reduce(0) { $0 + $1.devices.count }
                    plant.subnets[index].devices.append(
                        .init(name: "stand-in-\(count + 1)", address: address, type: "inverter"))
                }
            }
        }
    }

    // MARK: Parts

    private mutating func organization(_ organization: StateDocument.Organization) -> Fixture.Organization {
        var members: [Fixture.Member] = []
        for member in organization.members {
            guard people.insert(member.person).inserted else {
                late.memberships.append(.init(organization: organization.id, member: member))
                continue
            }
            members.append(
                Fixture.Member(person: member.person, standing: member.standing, jobRole: member.jobRole))
        }
        if !members.contains(where: { $0.standing == .admin }) {
            let admin = PersonID("admin-of-\(organization.id)")
            people.insert(admin)
            members.append(Fixture.Member(person: admin, standing: .admin))
        }
        return Fixture.Organization(
            id: organization.id, members: members,
            portfolios: organization.portfolios.map { portfolio in
                Fixture.Portfolio(id: portfolio.id, plants: portfolio.plants.map { plant($0) })
            })
    }

    private mutating func plant(_ plant: StateDocument.Plant) -> Fixture.Plant {
        plantIDs.insert(plant.id)
        return Fixture.Plant(
            id: plant.id, agent: Fixture.Agent(wan: IPv4Address(number: 0), lan: nil),
            subnets: plant.subnets.map { subnet in
                Fixture.Subnet(
                    prefix: subnet.prefix,
                    devices: subnet.devices.map { device in
                        Fixture.Device(
                            name: device.name, address: device.address,
                            type: Fixture.DeviceType(rawValue: device.type) ?? .inverter)
                    })
            })
    }

    private mutating func cooperations(_ cooperation: StateDocument.Cooperation) -> [Fixture.Cooperation] {
        guard cooperation.state != .ended else { return [] }
        let plants = cooperation.shares.flatMap { self.plants(in: $0) }
        if cooperation.state == .paused {
            warnings.append("\(cooperation.id) is paused; in the fixture it is proposed, which gives nothing either")
        }
        return plants.enumerated().map { index, plant in
            let id = plants.count > 1 ? CooperationID("\(cooperation.id)-\(index + 1)") : cooperation.id
            return Fixture.Cooperation(
                id: id, owner: cooperation.owner, partner: cooperation.partner, plant: plant, cap: cooperation.cap,
                members: cooperation.members.filter(people.contains), isAccepted: cooperation.state == .accepted)
        }
    }

    private func owner(of place: Place) -> OrganizationID? {
        document.organizations.first { organization in
            switch place {
            case .organization(let id): organization.id == id
            case .portfolio(let id): organization.portfolios.contains { $0.id == id }
            case .plant(let id): organization.portfolios.contains { $0.plants.contains { $0.id == id } }
            }
        }?.id
    }

    private func plants(in place: Place) -> [PlantID] {
        document.organizations.flatMap { organization in
            organization.portfolios.flatMap { portfolio in
                portfolio.plants.map(\.id).filter { plant in
                    switch place {
                    case .plant(let id): id == plant
                    case .portfolio(let id): id == portfolio.id
                    case .organization(let id): id == organization.id
                    }
                }
            }
        }
    }

    /// A fixture says days: where a day would lose which grant is older, each gets a day of its own.
    private var grants: [Fixture.Grant] {
        let known = document.grants.filter { grant in
            guard people.contains(grant.person) else { return false }
            return !plants(in: grant.place).isEmpty
        }
        let moments = Set(known.map(\.since)).sorted()
        let isLossless = Set(moments.map { $0.description.prefix(10) }).count == moments.count
        return known.map { grant in
            let rank = moments.firstIndex(of: grant.since) ?? 0
            let day = Timestamp("2026-01-01")?.advanced(bySeconds: Double(rank) * 86_400) ?? .beginning
            let own = Timestamp(String(grant.since.description.prefix(10))) ?? .beginning
            return Fixture.Grant(person: grant.person, place: grant.place, since: isLossless ? own : day)
        }
    }
}

/// Further memberships of people, and what was granted to them there.
struct Late: Sendable {
    struct Membership: Sendable {
        var organization: OrganizationID
        var member: StateDocument.Member
    }

    var memberships: [Membership] = []
    var grants: [Fixture.Grant] = []

    /// As commands of the product.
    var commands: [Command] {
        memberships.map {
            .setMember(
                $0.organization, $0.member.person, standing: $0.member.standing, jobRole: $0.member.jobRole)
        } + grants.map { .grant($0.person, $0.place, since: nil) }
    }

    /// As steps of a scenario, applied by a sync behind them.
    var steps: [String] {
        guard !memberships.isEmpty else { return [] }
        let joining = memberships.flatMap { further -> [String] in
            let (member, organization) = (further.member, further.organization)
            let join = "- member: { add: \(member.person), to: \(organization), job-role: \(member.jobRole.rawValue) }"
            guard member.standing != .member else { return [join] }
            return [
                join,
                "- role: { for: \(member.person), in: \(organization), standing: \(member.standing.rawValue) }",
            ]
        }
        let granting = grants.map { "- grant: { to: \($0.person), \(Self.text($0.place)) }" }
        return joining + granting + ["- sync: { now: true }"]
    }

    private static func text(_ place: Place) -> String {
        switch place {
        case .plant(let id): "plant: \(id)"
        case .portfolio(let id): "portfolio: \(id)"
        case .organization(let id): "organization: \(id)"
        }
    }
}

extension FieldCase {
    /// The address in a range at which somebody stands: `.20` where the range is large enough.
    static func probe(in prefix: Prefix) -> IPv4Address {
        let size = UInt64(prefix.range.upper.number) - UInt64(prefix.range.lower.number) + 1
        let offset: UInt64 = size > 21 ? 20 : size > 4 ? size - 2 : size - 1
        return IPv4Address(number: prefix.range.lower.number + UInt32(offset))
    }
}
