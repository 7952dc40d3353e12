import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

/// A random fleet, and who may reach what in it, address by address, written from the product's rules and from nothing else.
struct BruteFleet {
    struct Opening {
        var plant: Int
        var subnet: Prefix
        var since: Int64
    }

    struct Choice {
        var plant: Int
        var subnet: Prefix
        var order: UInt64
    }

    struct User {
        var openings: [Opening]
        var choices: [Choice]
    }

    /// 10.0.0.0/24, where everybody's subnets lie, and a little around it.
    static let universe = (0..<264).map { IPv4Address(number: IPv4Address(10, 0, 0, 0).number - 4 + UInt32($0)) }

    var subnets: [[Prefix]]
    var states: [PlantState]
    var users: [User]

    init(_ generator: inout SystemRandomNumberGenerator) {
        func prefix() -> Prefix {
            Prefix(
                around: IPv4Address(10, 0, 0, .random(in: 0...255, using: &generator)),
                length: .random(in: 24...31, using: &generator))
        }
        let plantCount = Int.random(in: 2...6, using: &generator)
        subnets = (0..<plantCount).map { _ in
            Set((0..<Int.random(in: 1...3, using: &generator)).map { _ in prefix() }).sorted()
        }
        // The field's usual overlap, in every second fleet.
        if Bool.random(using: &generator) {
            for plant in subnets.indices { subnets[plant] = [Prefix(around: IPv4Address(10, 0, 0, 0), length: 25)] }
        }
        states = (0..<plantCount).map { _ in
            [.online, .online, .online, .offline, .noAgent].randomElement(using: &generator) ?? .online
        }
        users = []
        for _ in 0..<Int.random(in: 2...4, using: &generator) {
            var user = User(openings: [], choices: [])
            for plant in subnets.indices {
                for subnet in subnets[plant] where Int.random(in: 0..<4, using: &generator) > 0 {
                    user.openings.append(
                        Opening(plant: plant, subnet: subnet, since: .random(in: 0...2, using: &generator)))
                }
            }
            for order in 0..<UInt64.random(in: 0...4, using: &generator) {
                guard let opening = user.openings.randomElement(using: &generator) else { continue }
                user.choices.append(Choice(plant: opening.plant, subnet: opening.subnet, order: order + 1))
            }
            users.append(user)
        }
    }

    // MARK: The rules

    enum Answer: Equatable {
        /// No permission covers it.
        case unknown
        case plant(Int)
    }

    /// Where an address leads for a user.
    func answer(_ user: Int, _ address: IPv4Address) -> Answer {
        let here = users[user].openings.filter { $0.subnet.contains(address) }
        let usable = here.filter { states[$0.plant] != .noAgent }
        guard !usable.isEmpty else { return Self.longestHeld(here).map { .plant($0) } ?? .unknown }
        if let only = usable.first, usable.allSatisfy({ $0.plant == only.plant }) { return .plant(only.plant) }
        for choice in users[user].choices.sorted(by: { $0.order > $1.order }) where choice.subnet.contains(address) {
            if usable.contains(where: { $0.plant == choice.plant && $0.subnet == choice.subnet }) {
                return .plant(choice.plant)
            }
        }
        return Self.longestHeld(usable).map { .plant($0) } ?? .unknown
    }

    private static func longestHeld(_ openings: [Opening]) -> Int? {
        var best: Opening?
        for opening in openings {
            guard let known = best else {
                best = opening
                continue
            }
            if opening.since < known.since || (opening.since == known.since && opening.plant < known.plant) {
                best = opening
            }
        }
        return best?.plant
    }

    func owns(_ plant: Int, _ address: IPv4Address) -> Bool { subnets[plant].contains { $0.contains(address) } }

    // MARK: The same, as the control plane publishes it

    static func plant(_ number: Int) -> PlantID { PlantID("plant-\(number)") }
    static func address(ofUser number: Int) -> IPv4Address { IPv4Address(100, 64, 0, UInt8(10 + number)) }
    static func key(ofUser number: Int) -> PublicKey { Rig.key(UInt8(10 + number)) }
    static func key(ofPlant number: Int) -> PublicKey { Rig.key(UInt8(100 + number)) }

    var released: ReleasedView {
        let known = Dictionary(uniqueKeysWithValues: states.enumerated().map { (Self.plant($0), $1) })
        return ReleasedView(
            people: users.enumerated().map { number, user in
                let resolution = RouteResolution(
                    claims: user.openings.map {
                        Claim(
                            plant: Self.plant($0.plant), subnet: $0.subnet, portfolio: "all", organization: "one",
                            since: Timestamp(milliseconds: $0.since))
                    },
                    picks: user.choices.map { Pick(plant: Self.plant($0.plant), subnet: $0.subnet, order: $0.order) },
                    states: known, policy: AccessPolicy())
                return PersonEntry(
                    person: PersonID("user-\(number)"), publicKey: Self.key(ofUser: number),
                    tunnelAddress: Self.address(ofUser: number),
                    routes: resolution.table.map {
                        RouteEntry(range: $0.range, plant: $0.owner, isReachable: $0.state == .online)
                    })
            },
            agents: subnets.indices.filter { states[$0] != .noAgent }.map {
                AgentEntry(
                    agent: AgentID("agent-\($0)"), plant: Self.plant($0), publicKey: Self.key(ofPlant: $0),
                    subnets: subnets[$0])
            })
    }
}
