/// A small random fleet whose ranges overlap, as a fixture file, and who reaches what in it, address by address, written from the
/// product's rules and from nothing else.
struct RandomFleet: CustomStringConvertible {
    /// A range of the universe: where it begins and how many addresses it has, a power of two.
    struct Subnet: Hashable, CustomStringConvertible {
        var lower: Int
        var count: Int

        func contains(_ place: Int) -> Bool { (lower..<lower + count).contains(place) }

        /// Its first address is the network's, its last everybody's.
        var hosts: Range<Int> { lower + 1..<lower + count - 1 }

        var description: String { "\(RandomFleet.address(lower))/\(32 - count.trailingZeroBitCount)" }
    }

    enum State: Hashable { case online, offline, noAgent }

    struct Plant {
        var subnets: [Subnet]
        var state = State.online
        /// Of the agent, where no device is.
        var agent: Int
    }

    struct Opening {
        var plant: Int
        var subnet: Subnet
        var day: Int
    }

    struct User {
        var openings: [Opening] = []
        /// Oldest first.
        var picks: [(plant: Int, subnet: Subnet)] = []
    }

    enum Answer: Equatable {
        /// No permission covers it.
        case unknown
        case plant(Int)
    }

    /// 10.40.0.0/27, where everybody's ranges lie, and two addresses on either side of it.
    static let universe = -2..<34

    static func address(_ place: Int) -> String {
        let number = (10 << 24 | 40 << 16) + place
        return [24, 16, 8, 0].map { String(number >> $0 & 255) }.joined(separator: ".")
    }

    var plants: [Plant] = []
    var users: [User] = []
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(state: seed &* 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<3 {
            var subnets: Set<Subnet> = []
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let count = [4, 8, 16, 32].randomElement(using: &random) ?? 8
                subnets.insert(Subnet(lower: Int.random(in: 0..<32 / count, using: &random) * count, count: count))
            }
            let sorted = subnets.sorted { ($0.lower, $0.count) < ($1.lower, $1.count) }
            plants.append(Plant(subnets: sorted, agent: sorted[0].hosts.randomElement(using: &random) ?? 1))
        }
        // The field's usual case among the others: two plants with the same range.
        plants[2].subnets = plants[0].subnets
        plants[2].agent = plants[0].agent
        for _ in 0..<3 {
            var user = User()
            for (number, plant) in plants.enumerated() where Int.random(in: 0..<4, using: &random) > 0 {
                let day = Int.random(in: 5...7, using: &random)
                user.openings += plant.subnets.map { Opening(plant: number, subnet: $0, day: day) }
            }
            users.append(user)
        }
    }

    /// Switches an agent off, or takes it away, in two of three fleets.
    mutating func spoil() -> (plant: Int, state: State)? {
        guard let state = [State.offline, .noAgent, .online].randomElement(using: &random), state != .online else {
            return nil
        }
        let plant = Int.random(in: plants.indices, using: &random)
        plants[plant].state = state
        return (plant, state)
    }

    /// What a user who has a choice chooses.
    mutating func pick(_ user: Int) -> (plant: Int, subnet: Subnet)? {
        let choices = users[user].openings.filter { opening in
            plants[opening.plant].state != .noAgent
                && Self.universe.contains { place in
                    opening.subnet.contains(place) && answer(user, place) != .plant(opening.plant)
                        && usable(user, place).contains { $0.plant == opening.plant && $0.subnet == opening.subnet }
                }
        }
        guard let choice = choices.randomElement(using: &random) else { return nil }
        users[user].picks.append((choice.plant, choice.subnet))
        return (choice.plant, choice.subnet)
    }

    // MARK: The rules

    /// Where an address leads for a user.
    func answer(_ user: Int, _ place: Int) -> Answer {
        let usable = usable(user, place)
        if usable.isEmpty {
            let here = users[user].openings.filter { $0.subnet.contains(place) }
            return Self.longestHeld(here).map { .plant($0) } ?? .unknown
        }
        if Set(usable.map(\.plant)).count == 1 { return .plant(usable[0].plant) }
        for pick in users[user].picks.reversed() where pick.subnet.contains(place) {
            if usable.contains(where: { $0.plant == pick.plant && $0.subnet == pick.subnet }) {
                return .plant(pick.plant)
            }
        }
        return Self.longestHeld(usable).map { .plant($0) } ?? .unknown
    }

    private func usable(_ user: Int, _ place: Int) -> [Opening] {
        users[user].openings.filter { $0.subnet.contains(place) && plants[$0.plant].state != .noAgent }
    }

    private static func longestHeld(_ openings: [Opening]) -> Int? {
        openings.min { ($0.day, $0.plant) < ($1.day, $1.plant) }?.plant
    }

    /// The device that a plant has there.
    func device(_ plant: Int, _ place: Int) -> String? {
        let plant = plants[plant]
        guard place != plant.agent, plant.subnets.contains(where: { $0.hosts.contains(place) }) else { return nil }
        return "device-\(place)"
    }

    // MARK: As a fixture

    var fixture: String {
        var lines = [
            "format: 1", "fixture: A random fleet", "control-plane: { keepalive: 1s, agent-offline-after: 8s }",
            "organizations:", "  nordwind:", "    members:", "      olga: { standing: admin }",
        ]
        lines += users.indices.map { "      user-\($0): { job-role: operator }" }
        lines += ["    portfolios:", "      all:", "        plants:"]
        for (number, plant) in plants.enumerated() {
            lines += ["          park-\(number):", "            agent: { lan: \(Self.address(plant.agent)) }"]
            lines.append("            subnets:")
            var taken: Set<Int> = [plant.agent]
            for subnet in plant.subnets {
                let devices = subnet.hosts.filter { taken.insert($0).inserted }
                lines.append("              \(subnet):\(devices.isEmpty ? " {}" : "")")
                lines += devices.map { "                device-\($0): { at: \(Self.address($0)), type: datalogger }" }
            }
        }
        let grants = users.enumerated().flatMap { number, user in
            Set(user.openings.map { "{ to: user-\(number), plant: park-\($0.plant), since: 2026-01-0\($0.day) }" })
        }
        lines += grants.isEmpty ? [] : ["grants:"] + grants.sorted().map { "  - \($0)" }
        lines.append("laptops:")
        lines += users.indices.map { "  user-\($0): { laptop: { wan: 203.0.113.\(50 + $0) } }" }
        return lines.joined(separator: "\n")
    }

    var description: String {
        let people = users.map { user in
            "\(user.openings.map { "park-\($0.plant) \($0.subnet) day \($0.day)" }), picks \(user.picks)"
        }
        return "\(plants.map { "\($0.subnets) \($0.state)" }); \(people)"
    }
}

/// The same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
