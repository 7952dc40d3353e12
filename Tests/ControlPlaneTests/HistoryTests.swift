import AccessModel
import Addressing
import ControlProtocol
import TestRequirements
import Testing

@testable import ControlPlane

/// The laws of the house, over random histories of a whole control plane's state.
///
/// The state that recomputes only what a change touches is held after every step against one that recomputes everything.
@Suite struct HistoryTests {
    private static let people: [PersonID] = ["anna", "bert", "cleo"]
    private static let plants: [PlantID] = ["a", "b", "c", "d", "e"]

    private static var start: ControlState {
        var intent = Intent(
            people: Dictionary(uniqueKeysWithValues: people.map { ($0, Person(name: $0.text)) }),
            organizations: [
                "own": Organization(
                    name: "Own",
                    members: [
                        "anna": Member(standing: .admin, jobRole: .operator), "bert": Member(jobRole: .operator),
                        "cleo": Member(jobRole: .viewer),
                    ]),
                "other": Organization(name: "Other", members: ["cleo": Member(standing: .admin, jobRole: .operator)]),
            ],
            portfolios: [
                "north": Portfolio(name: "North", organization: "own"),
                "south": Portfolio(name: "South", organization: "own"),
                "far": Portfolio(name: "Far", organization: "other"),
            ])
        for (plant, portfolio) in zip(plants, ["north", "north", "south", "far", "far"] as [PortfolioID]) {
            intent.plants[plant] = Plant(name: plant.text, portfolio: portfolio)
            intent.agents[AgentID(plant.text)] = Agent(plant: plant)
        }
        intent.agents["a2"] = Agent(plant: "a")
        intent.cooperations["deal"] = Cooperation(
            owner: "other", partner: "own", shares: [.portfolio("far")], members: ["anna", "bert"], state: .accepted)
        return ControlState(intent: intent, counters: Counters(), histories: [:], agents: [], liveness: [:])
    }

    private static func key(_ number: inout Int) -> PublicKey {
        number += 1
        var bytes = [UInt8](repeating: 9, count: 32)
        for index in 0..<4 { bytes[8 + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        return PublicKey(bytes: bytes) ?? Fleet.key(1)
    }

    private static func randomPrefix(_ draw: inout Draw) -> Prefix {
        Prefix(
            around: IPv4Address(10, 0, 0, UInt8.random(in: 0..<64, using: &draw)),
            length: Int.random(in: 26...30, using: &draw))
    }

    private static func randomCommand(_ state: ControlState, _ draw: inout Draw, _ keys: inout Int) -> Command {
        let plant = plants.randomElement(using: &draw) ?? "a"
        let person = people.randomElement(using: &draw) ?? "anna"
        let subnets = state.intent.plants[plant]?.subnets.map(\.prefix) ?? []
        let subnet = subnets.randomElement(using: &draw) ?? randomPrefix(&draw)
        let places: [Place] = [
            .plant(plant), .plant(plant), .portfolio("north"), .portfolio("far"), .organization("own"),
            .organization("other"),
        ]
        let place = places.randomElement(using: &draw) ?? .plant(plant)
        switch Int.random(in: 0..<22, using: &draw) {
        case 0, 1, 2: return .addSubnet(plant, randomPrefix(&draw))
        case 3: return .removeSubnet(plant, subnet)
        case 4: return .changeSubnet(plant, from: subnet, to: randomPrefix(&draw))
        case 5, 6, 7: return .grant(person, place, since: draw.chance(1, in: 2) ? nil : .beginning)
        case 8: return .withdraw(person, place)
        case 9: return .movePlant(plant, to: draw.chance(1, in: 2) ? "north" : "south")
        case 10: return .setCooperationState("deal", draw.chance(1, in: 2) ? .paused : .accepted)
        case 11: return .setCooperationCap("deal", draw.chance(1, in: 3) ? .viewer : .operator)
        case 12: return .setCooperationMembers("deal", draw.chance(1, in: 2) ? ["anna"] : ["anna", "bert"])
        case 13:
            return .setMember(
                "own", person, standing: person == "anna" ? .admin : .member,
                jobRole: draw.chance(1, in: 3) ? .viewer : .operator)
        case 14: return draw.chance(1, in: 2) ? .deactivatePerson(person) : .reactivatePerson(person)
        case 15, 16: return .issueCertificate(person, key(&keys))
        case 17: return .rotateCertificate(person, key(&keys))
        case 18: return draw.chance(1, in: 2) ? .revokeCertificate(person) : .removeMember("own", person)
        case 19 where draw.chance(1, in: 6): return .deletePlant(plant)
        default:
            let route = state.intent.claims(of: person).randomElement(using: &draw)
            return .pick(person, RouteID(plant: route?.plant ?? plant, subnet: route?.subnet ?? subnet))
        }
    }

    /// One step of somebody or something; refused commands are steps as well.
    private static func step(
        _ state: inout ControlState, _ draw: inout Draw, _ keys: inout Int, at now: Timestamp
    ) throws -> PersonID? {
        switch Int.random(in: 0..<10, using: &draw) {
        case 0, 1:
            try state.releaseAll(at: now)
        case 2:
            let person = people.randomElement(using: &draw) ?? "anna"
            try state.release(person, takingNewKey: draw.chance(1, in: 2), at: now)
            return person
        case 3:
            let agent = state.intent.agents.keys.sorted().randomElement(using: &draw) ?? "a"
            guard let plant = state.intent.agents[agent]?.plant else { return nil }
            switch Int.random(in: 0..<4, using: &draw) {
            case 0:
                try state.apply(.enrolAgent(agent, key(&keys)), by: "x", at: now)
                state.forgetLiveness(of: agent)
                try state.releaseAgents(of: [plant], at: now)
            case 1:
                try state.apply(.unprovisionAgent(agent), by: "x", at: now)
                state.forgetLiveness(of: agent)
                try state.releaseAgents(of: [plant], at: now)
            case 2: try state.apply(.provisionAgent(agent, plant), by: "x", at: now)
            default: try state.note([agent: draw.chance(1, in: 3) ? .offline : .online], at: now)
            }
        default:
            try state.apply(randomCommand(state, &draw, &keys), by: "x", at: now)
        }
        return nil
    }

    @Test(
        "What is recomputed in parts is what is recomputed whole; hashes, index and states keep step; each law holds",
        .covers("R5", "R6", "R22", "R24", "R36", "R42", "R48", "R72", "R76", "R77"), arguments: 0..<20)
    func histories(seed: Int) throws {
        // 20 x 50 histories of 25 steps.
        for history in 0..<50 {
            var draw = Draw(seed: UInt64(seed * 1000 + history + 1))
            var state = Self.start
            state.intent.policy.defaultWinner = history % 4 == 0 ? .none : .earliestGrant
            try state.releaseAll(at: .beginning)
            var gateway = state.view
            var held = state.counters.revision
            var keys = 0
            for number in 0..<25 {
                let now = Timestamp(milliseconds: Int64(number + 1) * 1000)
                let before = state
                state.journal = Journal()
                let own: PersonID?
                do { own = try Self.step(&state, &draw, &keys, at: now) } catch is CommandError { own = nil }
                let place: Comment = "seed \(seed), history \(history), step \(number)"
                // A refused command has written nothing down.
                if state.counters.sequence == before.counters.sequence, own == nil, state.counters == before.counters {
                    #expect(state.intent == before.intent, place)
                }
                Self.expectLaws(state, place)
                // What one person pushes changes nobody else.
                if let own {
                    for person in Self.people where person != own {
                        #expect(state.view.person(person) == before.view.person(person), place)
                    }
                }
                // The gateway, told in deltas or sometimes by a snapshot, holds the same.
                if draw.chance(1, in: 3) || number == 24 {
                    for revision in state.revisions(since: held) { Self.apply(revision, &gateway, &held) }
                    #expect(gateway == state.view && held == state.counters.revision, place)
                    let isKnown = state.acknowledge(held, hash: gateway.contentHash)
                    #expect(isKnown, place)
                }
                if draw.chance(1, in: 5) { try Self.expectTickEqualsRecomputation(of: state, at: now, place) }
            }
        }
    }

    private static func apply(_ revision: Revision, _ view: inout ReleasedView, _ held: inout UInt64) {
        switch revision.content {
        case .snapshot(let snapshot): view = snapshot
        case .delta(let delta): view.apply(delta)
        }
        held = revision.number
        #expect(view.contentHash == revision.hash)
    }

    private static func expectLaws(_ state: ControlState, _ place: Comment) {
        #expect(state.viewHash == state.view.contentHash, place)
        #expect(state.index == AccessIndex(of: state.intent), place)
        let states = PlantState.states(
            of: state.view.agents.map { ($0.agent, $0.plant) }, liveness: state.liveness)
        #expect(state.plantStates == states, place)
        for person in people {
            let released = state.released(person)
            guard let entry = released.entry else { continue }
            // One plant at most an address, and only a permitted one.
            for (left, right) in zip(entry.routes, entry.routes.dropFirst()) {
                #expect(left.range.upper < right.range.lower, place)
            }
            for route in entry.routes {
                guard let plant = route.plant else { continue }
                #expect(released.claims.contains { $0.plant == plant && $0.subnet.range.overlaps(route.range) }, place)
                #expect(!route.isReachable || states[plant] == .online, place)
            }
            for row in released.rows {
                let own = entry.routes.filter { $0.range.overlaps(row.subnet.range) }
                switch row.status {
                case .active:
                    #expect(own.allSatisfy { $0.plant == row.plant && $0.isReachable }, place)
                    #expect(own.reduce(0) { $0 + overlap($1.range, row.subnet.range) } == row.subnet.range.count, place)
                case .unreachable:
                    #expect(!own.contains { $0.plant == row.plant && $0.isReachable }, place)
                case .conflict:
                    for shadow in row.conflict?.shadowed ?? [] {
                        #expect(!own.contains { $0.plant == row.plant && $0.range.overlaps(shadow.range) }, place)
                    }
                }
            }
        }
    }

    private static func overlap(_ left: AddressRange, _ right: AddressRange) -> UInt64 {
        AddressRange(max(left.lower, right.lower), min(left.upper, right.upper)).count
    }

    /// A state read back from a database looks at everybody: it must come to the same.
    private static func expectTickEqualsRecomputation(
        of state: ControlState, at now: Timestamp, _ place: Comment
    ) throws {
        var whole = ControlState(
            intent: state.intent, counters: state.counters, histories: state.histories, agents: state.view.agents,
            liveness: state.liveness)
        var parts = state
        try whole.releaseAll(at: now)
        try parts.releaseAll(at: now)
        #expect(whole.view == parts.view, place)
        #expect(whole.intent == parts.intent, place)
        for person in people { #expect(whole.released(person) == parts.released(person), place) }
    }

    @Test(
        "In whatever order permissions came, the end is the same where no incumbent speaks",
        .covers("R24", "R26", "R72", "R73", "A2"), arguments: 0..<20)
    func order(seed: Int) throws {
        for history in 0..<100 {
            var draw = Draw(seed: UInt64(seed * 1000 + history + 500_000))
            // Changes of different things, each with its own moment in it or none that counts.
            var commands: [Command] = [.setCooperationCap("deal", draw.chance(1, in: 2) ? .operator : .viewer)]
            for plant in Self.plants {
                let prefixes = Set((0..<2).map { _ in Self.randomPrefix(&draw) }).sorted()
                commands += prefixes.map { .addSubnet(plant, $0) }
                if draw.chance(1, in: 2) {
                    commands.append(
                        .grant("anna", .plant(plant), since: .init(milliseconds: .random(in: 0..<9, using: &draw))))
                }
            }
            commands += [
                .grant("anna", draw.chance(1, in: 2) ? .portfolio("far") : .organization("other"), since: .beginning),
                .movePlant("a", to: draw.chance(1, in: 2) ? "north" : "south"),
                .setMember("own", "bert", standing: .member, jobRole: .viewer),
            ]
            var ends: [RouteResolution] = []
            var views: [ReleasedView] = []
            for _ in 0..<3 {
                commands.shuffle(using: &draw)
                var state = Self.start
                for command in commands { try state.apply(command, by: "x", at: .beginning) }
                ends.append(
                    RouteResolution(
                        claims: state.intent.claims(of: "anna"),
                        states: Dictionary(uniqueKeysWithValues: Self.plants.map { ($0, .online) }),
                        policy: state.intent.policy))
                try state.releaseAll(at: .beginning)
                views.append(state.view)
            }
            #expect(ends.allSatisfy { $0 == ends[0] }, "seed \(seed), history \(history)")
            #expect(views.allSatisfy { $0 == views[0] }, "seed \(seed), history \(history)")
        }
    }
}
