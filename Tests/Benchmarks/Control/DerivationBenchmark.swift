import AccessModel
import Addressing
import ControlPlane

/// The derivation alone: one person, everybody, and one change in a large fleet.
enum DerivationBenchmark {
    static func run() throws {
        onePerson()
        try everybody()
        try oneChange()
    }

    private static func onePerson() {
        let one = Fleets.intent(people: 1, plants: 1000, plantsOfOne: 1000, subnets: 3)
        let oneStates = one.plants.mapValues { _ in PlantState.online }
        let oneIndex = AccessIndex(of: one)
        let oneTime = measure("one person, 1,000 plants x 3 subnets", runs: 21, goalMilliseconds: 5) {
            let claims = one.claims(of: "person-0", by: oneIndex)
            _ = RouteResolution(claims: claims, states: oneStates, policy: one.policy)
        }
        let oneClaims = one.claims(of: "person-0", by: oneIndex)
        let oneNaive = measure("  naive, tables only", runs: 3) {
            _ = NaiveDerivation.table(oneClaims, states: oneStates)
        }
        Report.ratio(oneNaive, oneTime, "one person")
    }

    private static func everybody() throws {
        let square = Fleets.intent(people: 1000, plants: 1000, plantsOfOne: 1000, subnets: 1)
        var all = try DerivationProbe(intent: square)
        _ = try measure("everybody anew, 1,000 people x 1,000 plants, equal rights", runs: 3, goalMilliseconds: 2000) {
            try all.recomputeAll()
        }
        // Nobody has quite what another has: nothing can be shared.
        var mixed = square
        for number in 0..<1000 {
            mixed.grants[PersonID("person-\(number)")]?.removeAll { $0.place == .plant(PlantID("plant-\(number)")) }
        }
        var apart = try DerivationProbe(intent: mixed)
        let apartTime = try measure("everybody anew, 1,000 x 999, all different", runs: 3, goalMilliseconds: 2000) {
            try apart.recomputeAll()
        }
        var few = mixed
        for number in 10..<1000 { few.people[PersonID("person-\(number)")] = nil }
        let fewStates = few.plants.mapValues { _ in PlantState.online }
        let fewNaive = measure("  naive, 10 of the 1,000 people", runs: 1) {
            _ = NaiveDerivation.everybody(few, states: fewStates)
        }
        Report.ratio(fewNaive * 100, apartTime, "everybody anew, from 10 of the people")
    }

    private static func oneChange() throws {
        let large = Fleets.intent(people: 10_000, plants: 10_000, plantsOfOne: 20, subnets: 3)
        var probe = try DerivationProbe(intent: large)
        print("10,000 people x 10,000 plants, 20 plants each: \(probe.routes) routes")
        var told = 0
        var turn = 0
        let pickTime = try measure("  a winner switched", runs: 101, goalMilliseconds: 1) {
            turn += 1
            let plant = PlantID("plant-\(35 + turn % 2)")
            let range = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
            told += try probe.change(.pick("person-5", RouteID(plant: plant, subnet: range)), release: "person-5")
        }
        print("  people told of at the gateway: \(told) in 101 switches")
        _ = try measure("  a grant withdrawn or given, and the tick", runs: 51, goalMilliseconds: 1) {
            turn += 1
            let place = Place.plant("plant-36")
            try probe.change(turn % 2 == 0 ? .withdraw("person-5", place) : .grant("person-5", place, since: nil))
        }
        let hashTime = measure("  the whole view's hash, as it was before entries were added up", runs: 5) {
            _ = probe.hashEverything()
        }
        Report.ratio(hashTime, pickTime, "hashing everything for one switch")
    }
}
