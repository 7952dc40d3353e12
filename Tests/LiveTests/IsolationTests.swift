import Foundation
import Testing

extension LiveTests {
    @Suite("Nobody reaches whom they should not", .serialized)
    struct IsolationTests {
        /// Puts the fleet into the state that its rules say, as people would.
        private func arrange(_ fleet: inout RandomFleet, _ lab: TestLab) async throws {
            func act(_ step: String) async throws {
                let done = try await lab.ask("do", step)
                try #require(done.status == 0, "\(step): \(done)")
            }
            if let (plant, state) = fleet.spoil() {
                if state == .noAgent {
                    try await act("agent: { unprovision: park-\(plant) }")
                } else {
                    try await act("agent: { stop: park-\(plant) }")
                    try await act("eventually: { agent: { plant: park-\(plant), state: offline } }\nwithin: 15s")
                }
            }
            for user in fleet.users.indices {
                for _ in 0..<2 {
                    guard let (plant, subnet) = fleet.pick(user) else { continue }
                    try await act("use-park: { as: user-\(user), subnet: \(subnet), plant: park-\(plant) }")
                }
            }
        }

        /// What the rules say that a probe finds.
        private func expected(_ fleet: RandomFleet, _ user: Int, _ place: Int) -> String {
            let address = RandomFleet.address(place)
            switch fleet.answer(user, place) {
            case .unknown: return "\(address) icmp 3/13 100.64.0.1"
            case .plant(let plant) where fleet.plants[plant].state != .online:
                return "\(address) icmp 3/0 100.64.0.1"
            case .plant(let plant):
                if let device = fleet.device(plant, place) { return "\(address) answered park-\(plant)/\(device)" }
                // Where the plant's agent itself is, a closed port answers; elsewhere nobody does.
                return place == fleet.plants[plant].agent ? "\(address) icmp 3/3 \(address)" : "\(address) silence"
            }
        }

        @Test("of a random fleet every person asks every address, and hears what the rules say", arguments: 0..<3)
        func pairs(round: Int) async throws {
            let seed = UInt64.random(in: 0 ... .max)
            var fleet = RandomFleet(seed: seed)
            try await Folder.temporary { folder in
                let file = try folder.write("fleet.yaml", fleet.fixture)
                try await TestLab.serving(file) { lab in
                    try await arrange(&fleet, lab)
                    var asked: [String: Int] = [:]
                    var reached = 0
                    for user in fleet.users.indices {
                        let places = Array(RandomFleet.universe)
                        let result = try await Program.run(
                            [Rig.path, "exec", "--lab", lab.name, "user-\(user)/laptop", "--", Rig.python]
                                + [Rig.client("probe.py")] + places.map(RandomFleet.address), seconds: 60)
                        let seen = result.output.split(separator: "\n").map(String.init)
                        try #require(seen.count == places.count, "\(result)")
                        for (place, seen) in zip(places, seen) {
                            let expected = expected(fleet, user, place)
                            #expect(seen == expected, "user-\(user), seed \(seed): \(fleet)")
                            guard expected.contains("answered"), let device = expected.split(separator: " ").last else {
                                continue
                            }
                            asked[String(device), default: 0] += 1
                            reached += 1
                        }
                    }
                    // The devices' own word: each was asked by whom the rules let, and by nobody else.
                    for plant in try await lab.status().plants {
                        for device in plant.devices {
                            let name = "\(plant.plant)/\(device.name)"
                            #expect(device.counters.requests == asked[name] ?? 0, "\(name), seed \(seed)")
                        }
                    }
                    print(
                        "live: \(fleet.users.count * RandomFleet.universe.count) pairs, \(reached) reachable, seed \(seed)"
                    )
                }
            }
        }

        /// What a hostile laptop or agent sends, five times each, and what the gateway counts it as.
        private static let trespasses: [(order: String, verdict: String)] = [
            ("laptop ANNA 4000 192.168.1.20 502", "spoofedSource"),
            ("laptop 192.168.1.20 502 ANNA 4000", "spoofedSource"),
            ("laptop BEN 4000 ANNA 4000", "userToUser"),
            ("laptop BEN 4000 100.64.200.1 4000", "userToUser"),
            ("laptop BEN 4000 100.64.0.1 53", "notAGatewayService"),
            ("laptop BEN 4000 192.168.77.1 80", "noPermission"),
            // The late answer of a loser, and a fine one for a flow that nobody opened.
            ("agent 192.168.1.20 502 ANNA 4000", "routedElsewhere"),
            ("agent 192.168.1.20 502 BEN 4001", "noFlow"),
            ("agent 10.99.0.1 502 BEN 4000", "sourceOutsidePlant"),
            ("agent BEN 4000 ANNA 4000", "sourceOutsidePlant"),
            ("agent 192.168.1.20 1 192.168.1.30 1", "plantToPlant"),
            ("agent 192.168.1.20 1 100.64.0.1 1", "plantToGateway"),
            ("agent 192.168.1.20 1 100.64.200.1 1", "unknownTunnelAddress"),
        ]

        private static let fixture = """
            format: 1
            fixture: Two parks on one range, one of them in the wrong hands
            include: \(Rig.root.path)/Fixtures/sites/one-plant.yaml#kinds
            control-plane: { keepalive: 1s, agent-offline-after: 8s }
            organizations:
              nordwind:
                members: { olga: { standing: admin }, anna: { job-role: operator }, ben: { job-role: operator } }
                portfolios:
                  sued:
                    plants:
                      park-a: { subnets: { 192.168.1.0/24: { inverter: { at: .20, kind: string-inverter } } } }
                      park-b: { subnets: { 192.168.1.0/24: { inverter: { at: .20, kind: string-inverter } } } }
            grants:
              - { to: anna, plant: park-a, since: 2026-01-05 }
              - { to: anna, plant: park-b, since: 2026-02-01 }
              - { to: ben, plant: park-b, since: 2026-02-01 }
            laptops:
              anna: { laptop: { wan: 203.0.113.50 } }
              ben: { laptop: { wan: 203.0.113.60 } }
            """

        private func verdicts(_ lab: TestLab) async throws -> [String: Int] {
            struct Status: Decodable {
                struct Counter: Decodable {
                    var name: String
                    var value: Int
                }

                var counters: [Counter]
            }
            let result = try await lab.ask("status", "--json")
            let status = try JSONDecoder().decode(Status.self, from: Data(result.output.utf8))
            return Dictionary(
                status.counters.filter { $0.name.hasPrefix("verdict.") }.map {
                    (String($0.name.dropFirst(8)), $0.value)
                }
            ) { $1 }
        }

        private func tunnelAddress(_ lab: TestLab, _ laptop: String) async throws -> (profile: String, address: String)
        {
            let profile = try await lab.ask("conf", laptop).output
            let line = try #require(profile.split(separator: "\n").first { $0.hasPrefix("Address = ") }, "\(profile)")
            return (profile, String(line.dropFirst(10).prefix { $0 != "/" }))
        }

        @Test("a laptop and an agent that lie get nothing through, and each lie is counted as what it is")
        func trespasses() async throws {
            try await Folder.temporary { folder in
                let file = try folder.write("parks.yaml", Self.fixture)
                try await TestLab.serving(file, ["--external-agent", "park-b"]) { lab in
                    try #require(await lab.up.prints("keepalive on)", seconds: 10), "\(lab.up.printed)")
                    let token = try #require(
                        lab.up.printed.split(separator: "\n").first { $0.contains("enrolment token") }?
                            .split(separator: " ").last, "\(lab.up.printed)")
                    let anna = try await tunnelAddress(lab, "anna/laptop").address
                    let ben = try await tunnelAddress(lab, "ben/laptop")
                    #expect(try await lab.ask("do", "disconnect: { laptop: ben/laptop }").status == 0)
                    let profile = try folder.write("ben.conf", ben.profile)
                    let orders = Self.trespasses.map {
                        $0.order.replacing("ANNA", with: anna).replacing("BEN", with: ben.address)
                    }
                    func received() async throws -> String {
                        try await lab.exec("anna/laptop", "grep", "tun0", "/proc/net/dev").output
                    }
                    let (before, quiet) = (try await verdicts(lab), try await received())
                    let go = "\(folder.path)/go"
                    try #require(mkfifo(go, 0o600) == 0)
                    let liars = try Program(
                        [Rig.path, "exec", "--lab", lab.name, "internet", "--", Rig.python, Rig.client("hostile.py")]
                            + [profile, String(token), "203.0.113.10:8080", go] + orders)
                    try #require(await liars.prints("in\n", seconds: 40), "\(liars.printed)")
                    // Only then does ben's table lead to the agent that lies.
                    let leads = try await lab.ask(
                        "do", "eventually: { route: { for: ben, plant: park-b, status: active } }\nwithin: 10s")
                    try #require(leads.status == 0, "\(leads)")
                    // Open both ways, for then nobody waits for the other to open it.
                    let gate = try #require(FileHandle(forUpdatingAtPath: go))
                    try gate.write(contentsOf: [0x0A])
                    let hostile = try await liars.end()
                    try gate.close()
                    try #require(hostile.output == "in\nsent \(5 * orders.count)\n", "\(hostile)")

                    var wanted: [String: Int] = [:]
                    for (_, verdict) in Self.trespasses { wanted[verdict, default: 0] += 5 }
                    var counted: [String: Int] = [:]
                    let deadline = ContinuousClock.now + .seconds(10)
                    repeat {
                        counted = try await verdicts(lab).merging(before) { $0 - $1 }.filter { $0.value != 0 }
                    } while counted.values.reduce(0, +) < 5 * orders.count && ContinuousClock.now < deadline
                    #expect(counted == wanted)
                    #expect(try await received() == quiet, "something reached anna")
                    for plant in try await lab.status().plants where plant.plant == "park-a" {
                        #expect(plant.devices.allSatisfy { $0.counters.requests == 0 })
                    }
                }
            }
        }
    }
}
