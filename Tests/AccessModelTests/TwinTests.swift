import AccessModel
import Addressing
import TestRequirements
import Testing

/// Random histories of one person in a small address space, held against the twin after every step.
@Suite struct TwinTests {
    private static let plants: [PlantID] = ["a", "b", "c", "d"]

    private static var start: Intent {
        var intent = Intent(
            people: ["anna": Person(name: "Anna")],
            organizations: [
                "own": Organization(
                    name: "Own", members: ["anna": Member(standing: .admin, jobRole: .operator)]),
                "other": Organization(name: "Other"),
            ],
            portfolios: [
                "north": Portfolio(name: "North", organization: "own"),
                "south": Portfolio(name: "South", organization: "own"),
                "far": Portfolio(name: "Far", organization: "other"),
            ])
        for (plant, portfolio) in zip(plants, ["north", "south", "far", "far"] as [PortfolioID]) {
            intent.plants[plant] = Plant(name: plant.text, portfolio: portfolio)
        }
        intent.cooperations["deal"] = Cooperation(
            owner: "other", partner: "own", shares: [.portfolio("far")], members: ["anna"], state: .accepted)
        intent.certificates["anna"] = VPNCertificate(
            publicKey: key(1), tunnelAddress: IPv4Address(100, 64, 0, 2), issued: .beginning)
        return intent
    }

    private static func randomPrefix(_ draw: inout Draw) -> Prefix {
        let address = IPv4Address(10, 0, 0, UInt8.random(in: 0..<64, using: &draw))
        return Prefix(around: address, length: Int.random(in: 26...31, using: &draw))
    }

    private static func randomCommand(_ intent: Intent, _ draw: inout Draw, at now: Timestamp) -> Command {
        let plant = plants.randomElement(using: &draw) ?? "a"
        let subnets = intent.plants[plant]?.subnets.map(\.prefix) ?? []
        let places: [Place] = [
            .plant(plant), .plant(plant), .portfolio("north"), .portfolio("far"), .organization("own"),
            .organization("other"),
        ]
        let place = places.randomElement(using: &draw) ?? .plant(plant)
        switch Int.random(in: 0..<13, using: &draw) {
        case 0, 1: return .addSubnet(plant, randomPrefix(&draw))
        case 2: return .removeSubnet(plant, subnets.randomElement(using: &draw) ?? randomPrefix(&draw))
        case 3:
            return .changeSubnet(
                plant, from: subnets.randomElement(using: &draw) ?? randomPrefix(&draw), to: randomPrefix(&draw))
        case 4, 5, 6: return .grant("anna", place, since: draw.chance(1, in: 2) ? nil : .beginning)
        case 7: return .withdraw("anna", place)
        case 8: return .movePlant(plant, to: draw.chance(1, in: 2) ? "north" : "south")
        case 9:
            return .setCooperationState("deal", draw.chance(1, in: 2) ? .paused : .accepted)
        case 10: return .setCooperationCap("deal", draw.chance(1, in: 3) ? .viewer : .operator)
        case 11:
            return .setMember(
                "own", "anna", standing: .admin, jobRole: draw.chance(1, in: 3) ? .viewer : .operator)
        default:
            let route = intent.claims(of: "anna").randomElement(using: &draw)
            return .pick("anna", RouteID(plant: plant, subnet: route?.subnet ?? randomPrefix(&draw)))
        }
    }

    @Test(
        "The model and the naive twin agree on every address and every row",
        .covers("R24", "R35", "R37", "R42", "R72", "R75", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"),
        arguments: 0..<60)
    func agree(seed: Int) throws {
        var draw = Draw(seed: UInt64(seed))
        var intent = Self.start
        intent.policy.defaultWinner = seed % 3 == 0 ? .none : .earliestGrant
        intent.policy.offlineAgent = seed % 5 == 0 ? .active : .unreachable
        var states: [PlantID: PlantState] = ["a": .online, "b": .online, "c": .online]
        var twin = NaiveTwin()
        var claims: [Claim] = []
        var table: [OwnedRange] = []
        var refused = 0
        for step in 0..<120 {
            let now = Timestamp(milliseconds: Int64(step) * 1000)
            if draw.chance(1, in: 6) {
                let options: [PlantState] = [.noAgent, .offline, .online, .online]
                states[Self.plants.randomElement(using: &draw) ?? "a"] = options.randomElement(using: &draw)
            } else {
                let command = Self.randomCommand(intent, &draw, at: now)
                let before = intent
                do {
                    try intent.apply(command, at: now)
                } catch {
                    refused += 1
                    #expect(intent == before, "a refused command changes nothing: \(command)")
                }
            }
            claims = intent.claims(of: "anna", after: claims)
            let route = RouteID(
                plant: Self.plants.randomElement(using: &draw) ?? "a",
                subnet: claims.randomElement(using: &draw)?.subnet ?? Self.randomPrefix(&draw))
            let isClaimed = claims.contains { RouteID(plant: $0.plant, subnet: $0.subnet) == route }
            #expect(intent.opens(route, to: "anna") == isClaimed, "seed \(seed) step \(step): \(route)")
            let resolution = RouteResolution(
                claims: claims, picks: intent.picks["anna"] ?? [], states: states, incumbents: table,
                policy: intent.policy)
            table = resolution.table
            let outcome = twin.step(intent, person: "anna", states: states)
            Self.compare(resolution, outcome, "seed \(seed) step \(step)")
        }
        #expect(refused < 100, "most commands should be good ones")
    }

    private static func compare(_ resolution: RouteResolution, _ outcome: NaiveTwin.Outcome, _ place: String) {
        var routed: [UInt32: PlantID?] = [:]
        for entry in resolution.table {
            for number in entry.range.lower.number...entry.range.upper.number {
                #expect(routed[number] == nil, "\(place): an address stands in the table twice")
                routed[number] = .some(entry.owner)
            }
        }
        #expect(routed == outcome.owner, "\(place): table")
        for (left, right) in zip(resolution.table, resolution.table.dropFirst()) {
            let touch = left.range.upper.number + 1 == right.range.lower.number
            #expect(left.range.upper < right.range.lower)
            #expect(!touch || left.owner != right.owner || left.state != right.state, "\(place): not merged")
        }
        #expect(resolution.rows.count == outcome.status.count, "\(place): rows")
        for row in resolution.rows {
            let subject = NaiveTwin.Subject(plant: row.plant, subnet: row.subnet)
            #expect(row.status == outcome.status[subject], "\(place): \(row.id)")
            #expect(row.reason == outcome.reason[subject], "\(place): \(row.id)")
            let rivals = outcome.rivals[subject] ?? []
            #expect((row.conflict?.rivalCount ?? 0) == rivals.count, "\(place): \(row.id)")
            #expect(
                Set((row.conflict?.rivals ?? []).map { NaiveTwin.Subject(plant: $0.plant, subnet: $0.subnet) })
                    == rivals)
            let shadowed = (row.conflict?.shadowed ?? [])
                .flatMap { Array($0.range.lower.number...$0.range.upper.number) }
            #expect(Set(shadowed) == (outcome.shadowed[subject] ?? []), "\(place): \(row.id)")
            #expect(Set(shadowed).count == shadowed.count)
        }
        #expect(resolution.rows == resolution.rows.sorted(by: RouteRow.precedes))
    }
}
