import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

/// Plays random revisions and packets to the core, and asks a model that knows nothing but the view and who asked whom.
@Suite("Who may reach what, against a brute-force model")
struct ReachabilityTests {
    struct Ask: Hashable {
        var person: PersonID
        var plant: PlantID
        var device: Endpoint
        var port: UInt16
    }

    static let plants: [PlantID] = ["p0", "p1", "p2", "p3"]
    static let people: [PersonID] = ["anna", "ben", "cleo"]
    static let subnets = ["10.0.0.0/28", "10.0.0.16/28", "10.0.0.0/27", "10.0.1.0/28"].compactMap { Prefix($0) }

    /// A view in which every range is one address wide or more, and each leads anywhere.
    static func view(_ dice: inout Dice, keys: inout [PersonID: UInt8], nextKey: inout UInt8) -> ReleasedView {
        var view = ReleasedView()
        for (index, person) in people.enumerated() where dice.below(8) > 0 {
            if keys[person] == nil || dice.below(10) == 0 {
                keys[person] = nextKey
                nextKey += 1
            }
            var routes: [RouteEntry] = []
            var next: UInt32 = 0x0A00_0000
            while next < 0x0A00_0110 {
                let upper = next + dice.below(40)
                let plant = dice.below(8)
                if plant < 7 {
                    routes.append(
                        RouteEntry(
                            range: AddressRange(IPv4Address(number: next), IPv4Address(number: upper)),
                            plant: plant < 4 ? plants[Int(plant)] : (plant < 6 ? plants[0] : nil),
                            isReachable: dice.below(6) > 0))
                }
                next = upper + 1
            }
            view.people.append(
                PersonEntry(
                    person: person, publicKey: Rig.key(keys[person] ?? 0),
                    tunnelAddress: IPv4Address(100, 64, 1, UInt8(index)), routes: routes))
        }
        for (index, plant) in plants.enumerated() where dice.below(10) > 0 {
            view.agents.append(
                AgentEntry(
                    agent: AgentID("agent-\(index)"), plant: plant, publicKey: Rig.key(UInt8(200 + index)),
                    subnets: subnets.filter { _ in dice.below(3) > 0 }))
        }
        return view
    }

    @Test(
        "A packet reaches a plant exactly when the applied view says so, a reply exactly when it was asked for",
        arguments: 0..<30)
    func random(seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        var rig = Rig()
        var keys: [PersonID: UInt8] = [:]
        var nextKey: UInt8 = 20
        var asked: [Ask] = []
        var forwarded = (up: 0, down: 0, late: 0)
        for round in 0..<25 {
            rig.view = Self.view(&dice, keys: &keys, nextKey: &nextKey)
            let before = rig.core.view
            #expect(rig.publish().outcome == .applied)
            for agent in rig.view.agents { rig.core.setLive(true, agent: slot(agent.publicKey, rig), at: rig.now) }
            // What was asked stands only while the same key asks the same agent by the same route.
            asked = asked.filter { ask in
                let old = before.people.first { $0.person == ask.person }
                let new = rig.view.people.first { $0.person == ask.person }
                let (oldAgent, agent) = (agent(of: ask.plant, before), agent(of: ask.plant, rig.view))
                return old?.publicKey == new?.publicKey && agent != nil && oldAgent?.publicKey == agent?.publicKey
                    && leads(ask.device.address, of: ask.person, in: rig.view) == ask.plant
            }
            for _ in 0..<150 {
                let person = Self.people[Int(dice.below(3))]
                let device = Endpoint(IPv4Address(number: 0x0A00_0000 + dice.below(0x118)), UInt16(1 + dice.below(2)))
                let port = UInt16(1 + dice.below(3))
                if dice.below(2) == 0 {
                    guard let entry = rig.view.people.first(where: { $0.person == person }) else { continue }
                    let isSpoofed = dice.below(10) == 0
                    let source = isSpoofed ? IPv4Address(100, 64, 1, 200) : entry.tunnelAddress
                    let plant = leads(device.address, of: person, in: rig.view)
                    let agent = plant.flatMap { self.agent(of: $0, rig.view) }
                    let outcome = rig.send(
                        Packets.udp(Endpoint(source, port), device), slot: slot(entry.publicKey, rig))
                    let expected = isSpoofed ? nil : agent.map { slot($0.publicKey, rig) }
                    #expect(outcome.destination == expected, "seed \(seed), round \(round): \(person) to \(device)")
                    if let plant, expected != nil {
                        let ask = Ask(person: person, plant: plant, device: device, port: port)
                        if !asked.contains(ask) { asked.append(ask) }
                        forwarded.up += 1
                    }
                } else {
                    let known = asked.isEmpty || dice.below(3) == 0 ? nil : asked[Int(dice.below(UInt32(asked.count)))]
                    let agents = rig.view.agents
                    guard !agents.isEmpty else { continue }
                    let any = agents[Int(dice.below(UInt32(agents.count)))]
                    let agent = known.flatMap { dice.below(4) > 0 ? self.agent(of: $0.plant, rig.view) : nil } ?? any
                    let reply = known ?? Ask(person: person, plant: agent.plant, device: device, port: port)
                    let address = IPv4Address(100, 64, 1, UInt8(Self.people.firstIndex(of: reply.person) ?? 9))
                    let outcome = rig.send(
                        Packets.udp(reply.device, Endpoint(address, reply.port)), slot: slot(agent.publicKey, rig))
                    var ask = reply
                    ask.plant = agent.plant
                    let isAllowed =
                        asked.contains(ask) && agent.subnets.contains { $0.contains(ask.device.address) }
                    let user = rig.view.people.first { $0.person == reply.person }
                    let expected = isAllowed ? user.map { slot($0.publicKey, rig) } : nil
                    #expect(
                        outcome.destination == expected, "seed \(seed), round \(round): \(agent.agent) answers \(reply)"
                    )
                    if expected != nil {
                        forwarded.down += 1
                    } else if outcome.verdict == .routedElsewhere {
                        forwarded.late += 1
                    }
                }
            }
        }
        #expect(forwarded.up > 100 && forwarded.down > 50 && forwarded.late > 20)
    }

    func slot(_ key: PublicKey, _ rig: Rig) -> PeerSlot { rig.slots[key] ?? PeerSlot(index: -1) }

    func agent(of plant: PlantID, _ view: ReleasedView) -> AgentEntry? { view.agents.first { $0.plant == plant } }

    /// The plant an address leads to for a person, when it leads anywhere.
    func leads(_ address: IPv4Address, of person: PersonID, in view: ReleasedView) -> PlantID? {
        let routes = view.people.first { $0.person == person }?.routes ?? []
        return routes.first { $0.range.contains(address) && $0.isReachable }?.plant
    }
}
