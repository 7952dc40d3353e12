import AccessModel
import Addressing
import ControlProtocol
import Testing
import Timebase

@testable import TunnelRouting

/// No packet reaches whom it should not, shown for every pair of a random fleet, and each that does not has its own counter.
@Suite("Isolation of random fleets")
struct IsolationTests {
    /// A gateway that holds a fleet, and what the rules say its counters must be.
    struct Trial {
        let fleet: BruteFleet
        var core: GatewayCore
        var slots: [PublicKey: PeerSlot] = [:]
        var expected: [Verdict: UInt64] = [:]
        let now = Moment(nanoseconds: 5_000_000_000_000)

        init(_ fleet: BruteFleet) {
            self.fleet = fleet
            // So that refusals are counted and not held back, and no flow is missing for want of room.
            var configuration = GatewayConfiguration()
            configuration.refusal = .drop
            core = GatewayCore(configuration: configuration)
            let view = fleet.released
            let applied = core.apply(
                Revision(number: 1, generation: 1, hash: view.contentHash, content: .snapshot(view)), at: now)
            for peer in applied.addedPeers { slots[peer.publicKey] = peer.slot }
            for plant in fleet.states.indices where fleet.states[plant] == .online {
                if let slot = agent(plant) { core.setLive(true, agent: slot, at: now) }
            }
        }

        func person(_ user: Int) -> PeerSlot {
            guard let slot = slots[BruteFleet.key(ofUser: user)] else { preconditionFailure("no user \(user)") }
            return slot
        }

        func agent(_ plant: Int) -> PeerSlot? { slots[BruteFleet.key(ofPlant: plant)] }

        /// Sends a packet and holds the gateway's word against the rules'.
        mutating func send(
            _ packet: [UInt8], from peer: PeerSlot, expect verdict: Verdict, to destination: PeerSlot? = nil,
            _ what: @autoclosure () -> String
        ) {
            var bytes = packet
            let fate = bytes.withUnsafeMutableBytes { core.receive($0, from: peer, source: Rig.wan, at: now) }
            #expect(fate.verdict == verdict && fate.destination == destination, "\(what())")
            expected[verdict, default: 0] += 1
        }

        func endCounts() {
            for verdict in Verdict.allCases {
                #expect(core.count(of: verdict) == expected[verdict] ?? 0, "\(verdict.name)")
            }
        }
    }

    static let port: UInt16 = 40_000

    static func up(_ user: Int, _ address: IPv4Address) -> [UInt8] {
        Packets.udp(Endpoint(BruteFleet.address(ofUser: user), port), Endpoint(address, 502))
    }

    static func down(_ address: IPv4Address, _ user: Int, to port: UInt16 = port) -> [UInt8] {
        Packets.udp(Endpoint(address, 502), Endpoint(BruteFleet.address(ofUser: user), port))
    }

    @Test("Every address for every user, and every plant's answer to it", arguments: 0..<24)
    func pairs(round: Int) {
        var generator = SystemRandomNumberGenerator()
        var trial = Trial(BruteFleet(&generator))
        for user in trial.fleet.users.indices {
            for address in BruteFleet.universe { probe(&trial, user, address) }
        }
        trial.endCounts()
    }

    private func probe(_ trial: inout Trial, _ user: Int, _ address: IPv4Address) {
        let fleet = trial.fleet
        let answer = fleet.answer(user, address)
        let what = "user \(user), \(address), \(answer) of \(fleet)"
        var winner: Int?
        switch answer {
        case .unknown:
            trial.send(Self.up(user, address), from: trial.person(user), expect: .noPermission, what)
        case .plant(let plant) where fleet.states[plant] == .online:
            winner = plant
            trial.send(
                Self.up(user, address), from: trial.person(user), expect: .forwarded, to: trial.agent(plant), what)
        case .plant:
            trial.send(Self.up(user, address), from: trial.person(user), expect: .plantUnreachable, what)
        }
        for plant in fleet.subnets.indices {
            guard let agent = trial.agent(plant) else { continue }
            let isOwner: Bool = if case .plant(plant) = answer { true } else { false }
            let verdict: Verdict =
                if !fleet.owns(plant, address) {
                    .sourceOutsidePlant
                } else if plant == winner {
                    .forwarded
                } else if isOwner, fleet.states[plant] == .online {
                    .noFlow
                } else {
                    .routedElsewhere
                }
            trial.send(
                Self.down(address, user), from: agent, expect: verdict,
                to: verdict == .forwarded ? trial.person(user) : nil, "answer of plant \(plant) to \(what)")
        }
    }

    @Test("Spoofed sources, people among each other, plants among each other, plants unasked", arguments: 0..<12)
    func trespasses(round: Int) {
        var generator = SystemRandomNumberGenerator()
        var trial = Trial(BruteFleet(&generator))
        let fleet = trial.fleet
        for user in fleet.users.indices {
            for other in fleet.users.indices {
                let target = BruteFleet.universe.randomElement(using: &generator) ?? Rig.inverter
                if other != user {
                    trial.send(
                        Self.up(other, target), from: trial.person(user), expect: .spoofedSource, "\(user) as \(other)")
                }
                trial.send(
                    Self.up(user, BruteFleet.address(ofUser: other)), from: trial.person(user), expect: .userToUser,
                    "\(user) to \(other)")
            }
            trial.send(
                Packets.udp(Endpoint(Rig.inverter, 1), Endpoint(BruteFleet.address(ofUser: user), 1)),
                from: trial.person(user), expect: .spoofedSource, "\(user) as a device")
        }
        for plant in fleet.subnets.indices {
            guard let agent = trial.agent(plant) else { continue }
            for subnet in fleet.subnets[plant] {
                for other in fleet.subnets.indices {
                    let target = fleet.subnets[other][0].address
                    trial.send(
                        Packets.udp(Endpoint(subnet.address, 1), Endpoint(target, 1)), from: agent,
                        expect: .plantToPlant, "\(plant) to \(other)")
                }
                trial.send(
                    Packets.udp(Endpoint(subnet.address, 1), Endpoint(Rig.gateway, 1)), from: agent,
                    expect: .plantToGateway, "\(plant) to the gateway")
                trial.send(
                    Packets.udp(Endpoint(subnet.address, 1), Endpoint(IPv4Address(100, 64, 200, 1), 1)), from: agent,
                    expect: .unknownTunnelAddress, "\(plant) to nobody")
                for user in fleet.users.indices {
                    let leads = fleet.answer(user, subnet.address) == .plant(plant) && fleet.states[plant] == .online
                    trial.send(
                        Self.down(subnet.address, user, to: 7), from: agent, expect: leads ? .noFlow : .routedElsewhere,
                        "\(plant) unasked to \(user)")
                }
            }
            for user in fleet.users.indices {
                trial.send(
                    Packets.udp(
                        Endpoint(BruteFleet.address(ofUser: user), 1), Endpoint(BruteFleet.address(ofUser: user), 2)),
                    from: agent, expect: .sourceOutsidePlant, "\(plant) as user \(user)")
            }
        }
        trial.endCounts()
    }
}
