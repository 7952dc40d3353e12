import AccessModel
import Addressing
import ControlPlane

/// The derivation alone: one person, everybody, and one change in a large fleet; each beside the naive way.
enum DerivationBenchmark {
    static func run() throws {
        onePerson()
        try everybody()
        try largeFleet()
    }

    private static func onePerson() {
        let name = "one person, 1,000 plants x 3 subnets"
        let intent = Fleets.intent(people: 1, plants: 1000, plantsOfOne: 1000, subnets: 3)
        let states = intent.plants.mapValues { _ in PlantState.online }
        let index = AccessIndex(of: intent)
        let time = measure(name, runs: 21, goalMilliseconds: 5) {
            let claims = intent.claims(of: "person-0", by: index)
            _ = RouteResolution(claims: claims, states: states, policy: intent.policy)
        }
        let naive = measure("  naive, tables only", runs: 3) {
            _ = NaiveDerivation.everybody(intent, states: states)
        }
        Report.ratio(name, time, goal: 5, naive: naive)
    }

    private static func everybody() throws {
        let square = Fleets.intent(people: 1000, plants: 1000, plantsOfOne: 1000, subnets: 1)
        let states = square.plants.mapValues { _ in PlantState.online }
        var all = try DerivationProbe(intent: square)
        let equal = "everybody anew, 1,000 people x 1,000 plants, equal rights"
        let equalTime = try measure(equal, runs: 3, goalMilliseconds: 2000) { try all.recomputeAll() }
        Report.ratio(equal, equalTime, goal: 2000, naive: naive(square, states, people: 5))
        // Nobody has quite what another has: nothing can be shared.
        var mixed = square
        for number in 0..<1000 {
            mixed.grants[PersonID("person-\(number)")]?.removeAll { $0.place == .plant(PlantID("plant-\(number)")) }
        }
        var apart = try DerivationProbe(intent: mixed)
        let different = "everybody anew, 1,000 x 999, all different"
        let time = try measure(different, runs: 3, goalMilliseconds: 2000) { try apart.recomputeAll() }
        Report.ratio(different, time, goal: 2000, naive: naive(mixed, states, people: 5))
    }

    /// The naive way for a few of the people, and from that for all: it looks at each of them alone.
    private static func naive(_ intent: Intent, _ states: [PlantID: PlantState], people: Int) -> Double {
        var few = intent
        let all = intent.people.keys.sorted()
        for person in all.dropFirst(people) { few.people[person] = nil }
        let time = measure("  naive, \(people) of the \(all.count) people", runs: 1) {
            _ = NaiveDerivation.everybody(few, states: states)
        }
        return time * Double(all.count) / Double(people)
    }

    private static func largeFleet() throws {
        let large = Fleets.intent(people: 10_000, plants: 10_000, plantsOfOne: 20, subnets: 3)
        var probe = try DerivationProbe(intent: large)
        say("10,000 people x 10,000 plants, 20 plants each: \(probe.routes) routes")
        let naive = naive(large, large.plants.mapValues { _ in PlantState.online }, people: 20)
        let anew = "everybody anew, 10,000 people x 10,000 plants"
        let anewTime = try measure(anew, runs: 3) { try probe.recomputeAll() }
        Report.ratio(anew, anewTime, goal: nil, naive: naive)
        var told = 0
        var turn = 0
        let switched = "10,000 x 10,000: a winner switched"
        let pickTime = try measure(switched, runs: 101, goalMilliseconds: 1) {
            turn += 1
            let plant = PlantID("plant-\(35 + turn % 2)")
            let range = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
            told += try probe.change(.pick("person-5", RouteID(plant: plant, subnet: range)), release: "person-5")
        }
        say("  people told of at the gateway: \(told) in 101 switches")
        Report.ratio(switched, pickTime, goal: 1, naive: naive)
        let granted = "10,000 x 10,000: a grant withdrawn or given, and the tick"
        let grantTime = try measure(granted, runs: 51, goalMilliseconds: 1) {
            turn += 1
            let place = Place.plant("plant-36")
            try probe.change(turn % 2 == 0 ? .withdraw("person-5", place) : .grant("person-5", place, since: nil))
        }
        Report.ratio(granted, grantTime, goal: 1, naive: naive)
        let hashTime = measure("  the whole view's hash, as a gateway that starts takes it", runs: 5) {
            _ = probe.hashEverything()
        }
        Report.ratio("  hashing what a switch changed, against everything", pickTime, goal: nil, naive: hashTime)
    }
}
