import AccessModel
import Addressing

/// Fleets of any size, the same on every machine.
enum Fleets {
    /// People and plants of one organisation; each person holds a grant at each of so many plants.
    static func intent(people: Int, plants: Int, plantsOfOne: Int, subnets: Int) -> Intent {
        var intent = Intent(
            organizations: ["owner": Organization(name: "Owner")],
            portfolios: ["all": Portfolio(name: "All", organization: "owner")])
        for number in 0..<plants {
            let id = PlantID("plant-\(number)")
            intent.plants[id] = Plant(
                name: id.text, portfolio: "all", subnets: (0..<subnets).map { Subnet(prefix: prefix(number, $0)) })
            intent.agents[AgentID("agent-\(number)")] = Agent(plant: id, publicKey: key(number, kind: 1))
        }
        for number in 0..<people {
            let id = PersonID("person-\(number)")
            intent.people[id] = Person(name: id.text)
            intent.organizations["owner"]?.members[id] = Member(jobRole: .operator)
            let first = plantsOfOne == plants ? 0 : number * 7
            intent.grants[id] = (0..<plantsOfOne)
                .map { Grant(place: .plant(PlantID("plant-\((first + $0) % plants)"))) }
                .sorted { $0.place < $1.place }
            intent.certificates[id] = VPNCertificate(
                publicKey: key(number, kind: 2), tunnelAddress: IPv4Address(number: 0x6440_0002 + UInt32(number)),
                issued: .beginning)
        }
        return intent
    }

    /// Every third subnet is one that all plants have: so there are conflicts.
    private static func prefix(_ plant: Int, _ subnet: Int) -> Prefix {
        if subnet % 3 == 2 { return Prefix(around: IPv4Address(192, 168, 1, 0), length: 24) }
        let number = plant * 2 + subnet
        return Prefix(around: IPv4Address(10, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF), 0), length: 24)
    }

    static func key(_ number: Int, kind: UInt8) -> PublicKey {
        var bytes = [UInt8](repeating: kind, count: 32)
        for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        guard let key = PublicKey(bytes: bytes) else { preconditionFailure("32 bytes are a key") }
        return key
    }
}
