import AccessModel
import Addressing
import TestRequirements
import Testing

/// The decisions about conflicts, one by one.
@Suite struct ConflictTests {
    private func claim(_ plant: PlantID, _ subnet: String, since day: Int64 = 0) -> Claim {
        Claim(
            plant: plant, subnet: prefix(subnet), portfolio: "folio", organization: "org",
            since: Timestamp(milliseconds: day * 86_400_000))
    }

    private func pick(_ plant: PlantID, _ subnet: String, _ order: UInt64) -> Pick {
        Pick(plant: plant, subnet: prefix(subnet), order: order)
    }

    private let online: [PlantID: PlantState] = ["a": .online, "b": .online, "c": .online]

    private func rows(
        _ claims: [Claim], picks: [Pick] = [], states: [PlantID: PlantState]? = nil, after before: [OwnedRange] = [],
        policy: AccessPolicy = AccessPolicy()
    ) -> [PlantID: RouteRow] {
        let resolution = RouteResolution(
            claims: claims, picks: picks, states: states ?? online, incumbents: before, policy: policy)
        return Dictionary(resolution.rows.map { ($0.plant, $0) }) { first, _ in first }
    }

    @Test("A1, A2: the longest held claim wins and is active with a mark; the others lose", .covers("A1", "A2"))
    func longestHeld() {
        let rows = rows([claim("a", "10.0.0.0/24", since: 2), claim("b", "10.0.0.0/24", since: 1)])
        #expect(rows["b"]?.status == .active)
        #expect(rows["b"]?.conflict?.role == .winner)
        #expect(rows["a"]?.status == .conflict)
        #expect(rows["a"]?.conflict?.shadowed == [prefix("10.0.0.0/24")])
    }

    @Test("A2: the lowest plant id wins between claims of the same age", .covers("A2"))
    func lowestID() {
        let rows = rows([claim("b", "10.0.0.0/24"), claim("a", "10.0.0.0/24")])
        #expect(rows["a"]?.status == .active)
    }

    @Test("A2: the incumbent keeps the range from an older claim that comes later", .covers("A2"))
    func incumbent() {
        let before = RouteResolution(claims: [claim("a", "10.0.0.0/24", since: 5)], states: online, policy: .init())
        let rows = rows(
            [claim("a", "10.0.0.0/24", since: 5), claim("b", "10.0.0.0/24", since: 1)], after: before.table)
        #expect(rows["a"]?.status == .active)
    }

    @Test(
        "A2: under the policy none nobody has the range until somebody chooses, and an only claimant has his",
        .covers("A2"))
    func nobody() {
        let policy = AccessPolicy(defaultWinner: .none)
        let claims = [claim("a", "10.0.0.0/24"), claim("b", "10.0.0.0/24"), claim("b", "10.1.0.0/24")]
        let resolution = RouteResolution(claims: claims, states: online, policy: policy)
        #expect(resolution.rows.map(\.status) == [.conflict, .conflict, .active])
        #expect(resolution.table.map(\.owner) == [nil, "b"])
        #expect(rows(claims, picks: [pick("b", "10.0.0.0/24", 1)], policy: policy)["b"]?.status == .active)
    }

    @Test("A3: a winner owns its whole subnet; the wider loser keeps the rest", .covers("A3"))
    func wider() {
        let rows = rows([claim("a", "192.168.0.0/16", since: 2), claim("b", "192.168.1.0/24", since: 1)])
        #expect(rows["a"]?.status == .conflict)
        #expect(rows["a"]?.conflict?.shadowed == [prefix("192.168.1.0/24")])
        #expect(rows["b"]?.status == .active)
        let other = self.rows([claim("a", "192.168.0.0/16", since: 1), claim("b", "192.168.1.0/24", since: 2)])
        #expect(other["a"]?.status == .active)
        #expect(other["b"]?.conflict?.shadowed == [prefix("192.168.1.0/24")])
    }

    @Test("A4: in a chain a pick shadows only where the two meet", .covers("A4"))
    func chain() {
        let claims = [claim("a", "10.0.0.0/16"), claim("b", "10.0.1.0/24"), claim("c", "10.0.2.0/24")]
        let rows = rows(claims, picks: [pick("b", "10.0.1.0/24", 1)])
        #expect(rows["a"]?.conflict?.shadowed == [prefix("10.0.1.0/24")])
        #expect(rows["b"]?.status == .active)
        #expect(rows["c"]?.status == .conflict)
        #expect(rows["b"]?.conflict?.rivals.map(\.plant) == ["a"])
        #expect(rows["a"]?.conflict?.rivals.map(\.plant) == ["b", "c"])
    }

    @Test("A5: overlapping subnets of one plant are no conflict", .covers("A5"))
    func samePlant() {
        let rows = rows([claim("a", "10.0.0.0/16"), claim("a", "10.0.1.0/24")])
        #expect(rows["a"]?.conflict == nil)
        #expect(rows["a"]?.status == .active)
    }

    @Test("A7: a newer pick of a wider range replaces those inside it, an inner one stands beside it", .covers("A7"))
    func picksStand() throws {
        var intent = Intent(
            people: ["p": Person(name: "p")],
            organizations: ["org": Organization(name: "o", members: ["p": Member(jobRole: .operator)])],
            portfolios: ["folio": Portfolio(name: "f", organization: "org")],
            plants: [
                "a": Plant(name: "a", portfolio: "folio", subnets: [Subnet(prefix: prefix("10.0.0.0/16"))]),
                "b": Plant(name: "b", portfolio: "folio", subnets: [Subnet(prefix: prefix("10.0.1.0/24"))]),
            ],
            grants: ["p": [Grant(place: .organization("org"))]])
        try intent.apply(.issueCertificate("p", key(1)), at: .beginning)
        let wide = RouteID(plant: "a", subnet: prefix("10.0.0.0/16"))
        let narrow = RouteID(plant: "b", subnet: prefix("10.0.1.0/24"))
        try intent.apply(.pick("p", wide), at: .beginning)
        try intent.apply(.pick("p", narrow), at: .beginning)
        #expect(intent.picks["p"]?.map(\.plant) == ["a", "b"])
        try intent.apply(.pick("p", wide), at: .beginning)
        #expect(intent.picks["p"]?.map(\.plant) == ["a"])
    }

    @Test("A7: when the winner leaves, the newest standing pick that covers an address has it", .covers("A7"))
    func nextPick() {
        let picks = [pick("a", "10.0.0.0/16", 1), pick("b", "10.0.1.0/24", 2)]
        let rows = rows(
            [claim("a", "10.0.0.0/16", since: 9), claim("c", "10.0.1.0/24", since: 1)], picks: picks)
        #expect(rows["a"]?.status == .active)
    }

    @Test("A8: an offline winner keeps the range, chosen or not; nothing fails over to another site", .covers("A8"))
    func sticky() {
        let claims = [claim("a", "10.0.0.0/24", since: 1), claim("b", "10.0.0.0/24", since: 2)]
        let states: [PlantID: PlantState] = ["a": .offline, "b": .online]
        for picks in [[], [pick("a", "10.0.0.0/24", 1)]] {
            let rows = rows(claims, picks: picks, states: states)
            #expect(rows["a"]?.status == .unreachable)
            #expect(rows["a"]?.reason == .agentOffline)
            #expect(rows["a"]?.conflict?.role == .winner)
            #expect(rows["b"]?.status == .conflict)
        }
    }

    @Test("A1: an offline loser is in conflict, and says that its agent is offline too", .covers("A1"))
    func offlineLoser() {
        let claims = [claim("a", "10.0.0.0/24", since: 2), claim("b", "10.0.0.0/24", since: 1)]
        let row = rows(claims, states: ["a": .offline, "b": .online])["a"]
        #expect(row?.status == .conflict)
        #expect(row?.reason == .agentOffline)
    }

    @Test(
        "A9: a rival without an agent counts for nothing until it comes up, and then finds the range taken",
        .covers("A9"))
    func unprovisioned() {
        let claims = [claim("a", "10.0.0.0/24", since: 1), claim("b", "10.0.0.0/24", since: 2)]
        let alone = RouteResolution(claims: claims, states: ["b": .online], policy: .init())
        #expect(alone.rows.map(\.status) == [.unreachable, .active])
        #expect(alone.rows.map(\.reason) == [.noAgent, nil])
        #expect(alone.rows.allSatisfy { $0.conflict == nil })
        let both = rows(claims, after: alone.table)
        #expect(both["b"]?.status == .active)
        #expect(both["a"]?.status == .conflict)
    }

    @Test("A11: in the guide's wording a provisioned plant is active even while its agent is offline", .covers("A11"))
    func guidesWording() {
        let row = rows(
            [claim("a", "10.0.0.0/24")], states: ["a": .offline], policy: AccessPolicy(offlineAgent: .active))["a"]
        #expect(row?.status == .active)
        #expect(row?.reason == .agentOffline)
    }

    @Test("R40: contested ranges stand first, each as one block, and every row once", .covers("R40"))
    func order() {
        let claims = [
            claim("a", "10.9.0.0/24"), claim("a", "10.5.0.0/24"), claim("b", "10.5.0.0/24"),
            claim("b", "10.2.0.0/24"), claim("c", "10.2.0.0/24"), claim("c", "10.1.0.0/24"),
        ]
        let rows = RouteResolution(claims: claims, states: online, policy: .init()).rows
        #expect(
            rows.map(\.id.description) == [
                "b~10.2.0.0-24", "c~10.2.0.0-24", "a~10.5.0.0-24", "b~10.5.0.0-24", "a~10.9.0.0-24",
                "c~10.1.0.0-24",
            ])
    }

    @Test("A thousand plants on one range name twenty rivals and count them all", .covers("R90"))
    func manyRivals() {
        let claims = (0..<1000).map { claim(PlantID("p\($0)"), "10.0.0.0/24") }
        let states = Dictionary(uniqueKeysWithValues: claims.map { ($0.plant, PlantState.online) })
        let rows = RouteResolution(claims: claims, states: states, policy: .init()).rows
        #expect(rows.allSatisfy { $0.conflict?.rivalCount == 999 && $0.conflict?.rivals.count == 20 })
        #expect(rows.filter { $0.status == .active }.count == 1)
    }
}
