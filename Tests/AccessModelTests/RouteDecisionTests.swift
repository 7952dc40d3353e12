import AccessModel
import Addressing
import Testing

@Suite("Why an address leads where it does")
struct RouteDecisionTests {
    private let range = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
    private let device = IPv4Address(192, 168, 1, 20)

    private func claim(_ plant: PlantID, _ day: Int64) -> Claim {
        Claim(
            plant: plant, subnet: range, portfolio: "p", organization: "o",
            since: Timestamp(milliseconds: day * 86_400_000))
    }

    private func decide(
        picks: [Pick] = [], states: [PlantID: PlantState] = ["park-a": .online, "park-b": .online],
        incumbents: [OwnedRange] = [], policy: AccessPolicy = AccessPolicy()
    ) -> RouteDecision {
        RouteResolution.decision(
            at: device, claims: [claim("park-a", 9), claim("park-b", 3)], picks: picks, states: states,
            incumbents: incumbents, policy: policy)
    }

    @Test("each rule is named when it decides")
    func reasons() {
        #expect(decide().owner == "park-b" && decide().reason == .heldLongest)
        let picked = decide(picks: [
            Pick(plant: "park-b", subnet: range, order: 1), Pick(plant: "park-a", subnet: range, order: 7),
        ])
        #expect(picked.owner == "park-a" && picked.reason == .picked && picked.pick == 7)
        let kept = decide(incumbents: [OwnedRange(range: range.range, owner: "park-a", state: .online)])
        #expect(kept.owner == "park-a" && kept.reason == .incumbent)
        let only = decide(states: ["park-a": .offline])
        #expect(only.owner == "park-a" && only.reason == .onlyClaimant)
        #expect(only.claimants.map(\.state) == [.offline, .noAgent])
        #expect(decide(states: [:]).reason == .noAgent)
        let nobody = decide(policy: AccessPolicy(defaultWinner: .none))
        #expect(nobody.owner == nil && nobody.reason == .nobodyChosen)
        let nowhere = RouteResolution.decision(
            at: IPv4Address(10, 0, 0, 1), claims: [claim("park-a", 1)], picks: [], states: [:], incumbents: [],
            policy: AccessPolicy())
        #expect(nowhere.owner == nil && nowhere.reason == .noClaimant && nowhere.claimants.isEmpty)
    }

    @Test("whatever is claimed and picked, the decision about an address is the table's", arguments: 0..<50)
    func twin(_ seed: UInt64) {
        var draw = Draw(seed: seed)
        let plants: [PlantID] = ["a", "b", "c", "d"]
        func prefix() -> Prefix {
            Prefix(
                around: IPv4Address(10, 0, 0, UInt8.random(in: 0..<64, using: &draw)),
                length: Int.random(in: 26...32, using: &draw))
        }
        var claims: [Claim] = []
        var picks: [Pick] = []
        for order in 0..<UInt64(12) {
            let plant = plants[Int.random(in: 0..<4, using: &draw)]
            let subnet = prefix()
            if claims.contains(where: { $0.plant == plant && $0.subnet == subnet }) { continue }
            claims.append(
                Claim(
                    plant: plant, subnet: subnet, portfolio: "p", organization: "o",
                    since: Timestamp(milliseconds: Int64.random(in: 0..<5, using: &draw))))
            if draw.chance(1, in: 3) { picks.append(Pick(plant: plant, subnet: subnet, order: order)) }
        }
        let all: [PlantState] = [.noAgent, .offline, .online, .online]
        let states = Dictionary(
            uniqueKeysWithValues: plants.map { ($0, all[Int.random(in: 0..<4, using: &draw)]) })
        let policy = AccessPolicy(defaultWinner: draw.chance(1, in: 4) ? .none : .earliestGrant)
        let before = RouteResolution(claims: claims, states: states, policy: policy).table
        let incumbents = draw.chance(1, in: 2) ? before : []
        let table = RouteResolution(
            claims: claims, picks: picks, states: states, incumbents: incumbents, policy: policy
        ).table
        for last in UInt8(0)..<64 {
            let address = IPv4Address(10, 0, 0, last)
            let decision = RouteResolution.decision(
                at: address, claims: claims, picks: picks, states: states, incumbents: incumbents, policy: policy)
            #expect(decision.owner == table.first { $0.range.contains(address) }?.owner, "\(address)")
        }
    }
}
