import Addressing
import Testing

@testable import AccessModel

/// Since when a person has had a subnet: it decides who wins where nobody chose.
@Suite struct ClaimAgeTests {
    private static func prefix(_ third: UInt8) -> Prefix { Prefix(around: IPv4Address(10, 0, third, 0), length: 24) }

    private static func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    /// Three plants of one portfolio; anna is a member since 1.
    private static func intent(grants: [Grant]) -> Intent {
        var intent = Intent(
            people: ["anna": Person(name: "Anna")], organizations: ["own": Organization(name: "Own")],
            portfolios: ["all": Portfolio(name: "All", organization: "own")], grants: ["anna": grants])
        intent.organizations["own"]?.members["anna"] = Member(jobRole: .operator, since: moment(1))
        for (index, plant) in (["a", "b", "c"] as [PlantID]).enumerated() {
            intent.plants[plant] = Plant(
                name: plant.text, portfolio: "all", subnets: [Subnet(prefix: prefix(UInt8(index)))])
        }
        return intent
    }

    @Test("Of several grants that cover a plant the oldest counts, whichever stands first")
    func oldestPath() {
        for (wide, narrow) in [(20, 40), (40, 20)] as [(Int64, Int64)] {
            let intent = Self.intent(grants: [
                Grant(place: .portfolio("all"), since: Self.moment(wide)),
                Grant(place: .plant("b"), since: Self.moment(narrow)),
            ])
            let since = Dictionary(uniqueKeysWithValues: intent.claims(of: "anna").map { ($0.plant, $0.since) })
            #expect(since["a"] == Self.moment(wide) && since["b"] == Self.moment(20))
        }
    }

    @Test("What the person had before keeps its age, also beside plants that came or went")
    func keepsItsAge() {
        let before = Self.intent(grants: ["a", "b", "c"].map { Grant(place: .plant($0), since: Self.moment(10)) })
            .claims(of: "anna")
        let later = Self.intent(grants: ["b", "c"].map { Grant(place: .plant($0), since: Self.moment(90)) })
        #expect(later.claims(of: "anna").map(\.since) == [Self.moment(90), Self.moment(90)])
        #expect(later.claims(of: "anna", after: before).map(\.since) == [Self.moment(10), Self.moment(10)])
        let again = Self.intent(grants: ["a", "b", "c"].map { Grant(place: .plant($0), since: Self.moment(95)) })
        #expect(
            again.claims(of: "anna", after: Array(before.dropFirst())).map(\.since)
                == [Self.moment(95), Self.moment(10), Self.moment(10)])
    }

    @Test("The newest choice counts, in whatever order the choices are given")
    func newestChoice() {
        let claims = (["a", "b"] as [PlantID]).map {
            Claim(plant: $0, subnet: Self.prefix(1), portfolio: "all", organization: "own")
        }
        let picks = [
            Pick(plant: "a", subnet: Self.prefix(1), order: 7), Pick(plant: "b", subnet: Self.prefix(1), order: 3),
        ]
        for picks in [picks, picks.reversed()] {
            let resolution = RouteResolution(
                claims: claims, picks: picks, states: ["a": .online, "b": .online], policy: AccessPolicy())
            #expect(resolution.table.map(\.owner) == ["a"])
        }
    }
}
