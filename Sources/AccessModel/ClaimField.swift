import Addressing

/// A person's claims laid out over the address space: one stretch for each subnet that is claimed, ascending, wider ones
/// first.
///
/// Prefixes nest or are disjoint, so the stretches around an address are a stack, and those inside one follow it. All
/// that is asked again and again is numbers: text is compared once, when the claims are put in order.
struct ClaimField {
    /// One subnet and everybody who claims it.
    struct Stretch {
        let subnet: Prefix
        /// Claims, as a range of `order`.
        let claimants: Range<Int>
        /// Those whose plant has an agent, as a range of `live`.
        let contenders: Range<Int>
        /// The stretch around it.
        let around: Int?
        /// The first stretch behind it that does not lie in it.
        var end: Int
        /// The claim held longest, of all and of the contenders.
        let longest: Int
        let longestContender: Int?
        /// The newest choice among the contenders.
        var pick: (claim: Int, order: UInt64)?
    }

    /// Ascending by plant and subnet: the place of a claim here is its number everywhere else.
    let claims: [Claim]
    /// The state of each claim's plant.
    let states: [PlantState]
    /// The claims of each claim's plant: a plant's claims stand together.
    let siblings: [Range<Int>]
    /// Claims by subnet, then by number.
    let order: [Int]
    /// Of those the contenders.
    let live: [Int]
    private(set) var stretches: [Stretch]

    init(claims: [Claim], states: [PlantID: PlantState], picks: [Pick] = []) {
        self.claims = Self.ascending(claims)
        (siblings, self.states) = Self.plants(of: self.claims, states: states)
        order = Self.bySubnet(self.claims)
        let claimed = Self.stretches(of: self.claims, in: order, states: self.states)
        (stretches, live) = (claimed.stretches, claimed.live)
        for pick in picks { note(pick) }
    }

    /// The place of the plant's first claim: two claims are of one plant when it is the same.
    func plant(of claim: Int) -> Int { siblings[claim].lowerBound }

    /// The contender of the stretch that is of the plant.
    func contender(of plant: Int, in stretch: Stretch) -> Int? {
        let found = live.partitioningIndex(in: stretch.contenders) { self.plant(of: $0) >= plant }
        guard found < stretch.contenders.upperBound, self.plant(of: live[found]) == plant else { return nil }
        return live[found]
    }

    /// The first claim of the plant, if there is one.
    func plant(named id: PlantID) -> Int? {
        let found = claims.partitioningIndex { !($0.plant < id) }
        return found < claims.count && claims[found].plant == id ? found : nil
    }

    private mutating func note(_ pick: Pick) {
        let found = stretches.partitioningIndex { $0.subnet >= pick.subnet }
        guard found < stretches.count, stretches[found].subnet == pick.subnet,
            let plant = plant(named: pick.plant), let claim = contender(of: plant, in: stretches[found])
        else { return }
        if let other = stretches[found].pick, other.order > pick.order { return }
        stretches[found].pick = (claim, pick.order)
    }

    private static func ascending(_ claims: [Claim]) -> [Claim] {
        func precedes(_ left: Claim, _ right: Claim) -> Bool {
            left.plant == right.plant ? left.subnet < right.subnet : left.plant < right.plant
        }
        let isAscending = zip(claims, claims.dropFirst()).allSatisfy { !precedes($1, $0) }
        return isAscending ? claims : claims.sorted(by: precedes)
    }

    private static func plants(
        of claims: [Claim], states: [PlantID: PlantState]
    ) -> (siblings: [Range<Int>], states: [PlantState]) {
        var siblings: [Range<Int>] = []
        var stateOfEach: [PlantState] = []
        siblings.reserveCapacity(claims.count)
        stateOfEach.reserveCapacity(claims.count)
        var first = 0
        while first < claims.count {
            let plant = claims[first].plant
            var end = first + 1
            while end < claims.count, claims[end].plant == plant { end += 1 }
            siblings.append(contentsOf: repeatElement(first..<end, count: end - first))
            stateOfEach.append(contentsOf: repeatElement(states[plant] ?? .noAgent, count: end - first))
            first = end
        }
        return (siblings, stateOfEach)
    }

    private static func bySubnet(_ claims: [Claim]) -> [Int] {
        precondition(claims.count < 1 << 24, "claims are numbered in 24 bits")
        return claims.indices.map { claims[$0].subnet.rank << 24 | UInt64($0) }.sorted().map { Int($0 & 0xFF_FFFF) }
    }

    private static func stretches(
        of claims: [Claim], in order: [Int], states: [PlantState]
    ) -> (stretches: [Stretch], live: [Int]) {
        var stretches: [Stretch] = []
        var live: [Int] = []
        var open: [Int] = []
        stretches.reserveCapacity(order.count)
        live.reserveCapacity(order.count)
        var first = 0
        while first < order.count {
            let subnet = claims[order[first]].subnet
            var end = first + 1
            while end < order.count, claims[order[end]].subnet == subnet { end += 1 }
            while let last = open.last, !stretches[last].subnet.contains(subnet) {
                stretches[last].end = stretches.count
                open.removeLast()
            }
            let contenders = order[first..<end].filter { states[$0] != .noAgent }
            stretches.append(
                Stretch(
                    subnet: subnet, claimants: first..<end, contenders: live.count..<live.count + contenders.count,
                    around: open.last, end: 0, longest: longestHeld(order[first..<end], in: claims) ?? order[first],
                    longestContender: longestHeld(contenders[...], in: claims)))
            open.append(stretches.count - 1)
            live += contenders
            first = end
        }
        for last in open { stretches[last].end = stretches.count }
        return (stretches, live)
    }

    /// The claims of a stretch ascend by plant, so the first of the oldest is of the lowest plant.
    private static func longestHeld(_ numbers: ArraySlice<Int>, in claims: [Claim]) -> Int? {
        numbers.min { claims[$0].since < claims[$1].since }
    }
}

extension Prefix {
    /// A number that orders prefixes as `<` does; below 2^38.
    var rank: UInt64 { UInt64(address.number) << 6 | UInt64(length) }
}
