import AccessModel
import Addressing
import DeviceModel
import Testing

@testable import ScenarioModel

@Suite("Fixtures")
struct FixtureTests {
    @Test("one plant: what is said is taken, what is not said has a default")
    func onePlant() throws {
        let fixture = try loaderOfPackage.fixture("Fixtures/sites/one-plant.yaml")
        let plant = try #require(fixture.plant("sonnenfeld"))
        #expect(plant.agent == .init(wan: IPv4Address(198, 18, 0, 10), lan: IPv4Address(192, 168, 1, 2)))
        #expect(plant.place == GeographicPlace(latitude: 48.14, longitude: 11.58, timeZone: "Europe/Berlin"))
        let inverter = try #require(plant.devices.first)
        #expect(inverter.address == IPv4Address(192, 168, 1, 20))
        #expect(inverter.models == [1, 103, 120, 121, 122, 123, 160])
        #expect(inverter.ratedWatts == 10_000)
        #expect(plant.devices[1].isWebTarget)
        #expect(plant.devices[1].flavour == .froniusSymo)
        #expect(
            plant.devices[2].users == [.init(name: "service", password: "plant-sonnenfeld", hasDerivedKey: true)])
        #expect(fixture.controlPlane == ControlPlaneOptions())
        #expect(fixture.laptops.map(\.id.description) == ["anna/laptop", "anna/phone"])
        #expect(fixture.laptops[1].homeLAN == Prefix("192.168.178.0/24"))
    }

    @Test("two parks: kinds come from the other file, agents get addresses of their own")
    func twoParks() throws {
        let fixture = try loaderOfPackage.fixture("Fixtures/sites/two-parks-same-range.yaml")
        #expect(fixture.plants.map(\.id) == ["park-a", "park-b"])
        #expect(fixture.plants.map(\.devices.first?.models.count) == [7, 7])
        #expect(fixture.plants.map(\.agent.wan.description) == ["198.18.1.0", "198.18.1.1"])
        #expect(fixture.plants.map(\.agent.lan?.description) == ["192.168.1.2", "192.168.1.2"])
        #expect(
            fixture.devices(at: IPv4Address(192, 168, 1, 20)).map(\.description)
                == ["park-a/inverter-1", "park-b/inverter-1"])
        #expect(fixture.owner(of: "park-b")?.id == "suedlicht")
    }

    @Test("a plant with two agents: each has addresses and an id of its own, and the control plane knows both")
    func twoAgents() throws {
        let fixture = try loaderOfPackage.fixture("Fixtures/sites/two-agents.yaml")
        let plant = try #require(fixture.plant("park-a"))
        #expect(plant.agents.map(\.id) == ["park-a", "park-a-2"])
        #expect(plant.agents.map(\.agent.wan.description) == ["198.18.1.0", "198.18.1.1"])
        #expect(plant.agents.map(\.agent.lan?.description) == ["192.168.1.2", "192.168.1.3"])
        #expect(fixture.plant("park-b")?.agents.map(\.id) == ["park-b"])
        #expect(fixture.intent.agents.keys.sorted() == ["park-a", "park-a-2", "park-b"])
        #expect(fixture.intent.agents["park-a-2"]?.plant == "park-a")
    }

    @Test("a fixture becomes the intent that the control plane starts with")
    func intent() throws {
        let intent = try loaderOfPackage.fixture("Fixtures/sites/two-parks-same-range.yaml").intent
        #expect(intent.grants["anna"]?.map(\.place) == [.plant("park-a"), .plant("park-b")])
        #expect(intent.grants["anna"]?.first?.since == Timestamp("2026-01-05"))
        #expect(intent.organizations["nordwind"]?.members["anna"]?.jobRole == .operator)
        #expect(intent.organizations["nordwind"]?.members["olga"]?.standing == .admin)
        let cooperation = try #require(intent.cooperations["nordwind-suedlicht"])
        #expect(cooperation.shares.contains(.plant("park-b")))
        #expect(cooperation.members.contains("anna"))
        #expect(cooperation.state == .accepted)
        #expect(intent.agents["park-a"]?.plant == "park-a")
        #expect(intent.agents["park-a"]?.isProvisioned == true)
        #expect(
            intent.plants["park-b"]?.device(at: IPv4Address(10, 4, 0, 30))?.services
                == [Service(name: "http", port: 80)])
        #expect(intent.certificates.isEmpty)
    }

    @Test("a hundred plants of five devices, with overlapping and with derived subnets")
    func hundred() throws {
        let devices = """
                    inverter-{i}: { at: .20, type: inverter }
                    inverter-b: { at: .21, type: inverter }
                    inverter-c: { at: .22, type: inverter }
                    logger: { at: .30, type: datalogger }
                    pc: { at: .40, type: service-pc, users: { service: { password: "${plant}-{i}" } } }
            """
        let text = """
            format: 1
            fixture: many
            organizations:
              nordwind:
                members: { anna: { job-role: operator } }
                portfolios:
                  all:
                    plants:
                      first: { subnets: { 10.0.9.0/24: {} } }
                      field-{i}:
                        count: 100
                        agent: { nat: routed }
                        subnets:
                          derived:
            \(devices.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n"))
                          192.168.1.0/24: {}
            grants: [{ to: anna, portfolio: all }]
            laptops: { anna: { laptop: {}, phone: {} } }
            """
        let fixture = try loader(["f.yaml": text]).fixture("f.yaml")
        #expect(fixture.plants.count == 101)
        #expect(fixture.plants.last?.id == "field-100")
        #expect(fixture.plants.last?.subnets.map(\.prefix.description) == ["10.0.101.0/24", "192.168.1.0/24"])
        #expect(fixture.plants.last?.devices.first?.name == "inverter-100")
        #expect(fixture.plants.last?.devices.last?.users.first?.password == "field-100-100")
        #expect(fixture.plants.last?.agent.nat == .routed)
        #expect(Set(fixture.plants.map(\.agent.wan)).count == 101)
        #expect(fixture.plants.last?.agent.lan == IPv4Address(10, 0, 101, 2))
        #expect(fixture.laptops.map(\.wan.description) == ["198.51.100.1", "198.51.100.2"])
        #expect(fixture.plants(in: .portfolio("all")).count == 101)
        let again = try loader(["f.yaml": text]).fixture("f.yaml")
        #expect(again == fixture)
    }

    @Test(
        "a wrong fixture is told at its place, in the fixture's file",
        arguments: [
            ("kind: string-invertor }", "kind: string-inverter }", "unknown kind 'string-invertor' -> string-inverter"),
            (
                "at: .300, kind: string-inverter", "at: .20, kind: string-inverter",
                "'.300' is not an address such as .20 or 192.168.1.20"
            ),
            (
                "at: .255, kind: string-inverter", "at: .20, kind: string-inverter",
                "192.168.1.255 is no host of 192.168.1.0/24"
            ),
            (
                "at: .30, kind: string-inverter", "at: .20, kind: string-inverter",
                "192.168.1.30 is the address of 'inverter-1' already"
            ),
            (
                "at: .2, kind: string-inverter", "at: .20, kind: string-inverter",
                "the agent's LAN address 192.168.1.2 is also that of 'inverter-1'"
            ),
            ("standing: boss", "standing: admin", "'boss' is not a standing: member, admin"),
            (
                "wan: 203.0.113.50, home", "wan: 203.0.113.51, home",
                "203.0.113.50 is taken already"
            ),
            (
                "wan: 192.0.2.1,", "wan: 198.18.0.10,",
                "192.0.2.1 is not an address of the internet: 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24"
            ),
            ("rated: 10 }", "rated: 10kW }", "expected a power in W, kW or MW, found '10'"),
            (
                "8.8.8.0/24:", "192.168.1.0/24:",
                "a plant's subnet lies in 10/8, 172.16/12 or 192.168/16 and has room for devices"
            ),
            (
                "nat: routed }\n            second-agent: {}", "nat: masquerade }",
                "of two agents each masquerades: answers would not find back to the second one"
            ),
            (
                "nat: masquerade }\n            second-agent: { lan: 192.168.1.2 }", "nat: masquerade }",
                "the plant's first agent has the LAN address of the second one too"
            ),
            (
                "nat: masquerade }\n            second-agent: { lan: 192.168.1.20 }", "nat: masquerade }",
                "the agent's LAN address 192.168.1.20 is also that of 'inverter-1'"
            ),
            ("ana:\n    laptop:", "anna:\n    laptop:", "unknown person 'ana' -> anna"),
            ("sync-interval: 10\n", "sync-interval: 10s\n", "'10' has no unit: write 10s or 10ms"),
        ])
    func wrong(new: String, old: String, message: String) throws {
        let right = try #require(readPackageFile("Fixtures/sites/one-plant.yaml"))
        let text = right.replacing(old, with: new)
        #expect(text != right)
        let error = try #require(throws: InvalidScenario.self) { try loader(["f.yaml": text]).fixture("f.yaml") }
        let told = error.diagnostics.map { "\($0.message)\($0.suggestion.map { " -> \($0)" } ?? "")" }
        #expect(told.contains(message), "\(error.rendered)")
        #expect(error.diagnostics.allSatisfy { $0.location.file == "f.yaml" })
    }

    @Test("a mistake in the fixture is told once, and no name in the steps is complained about because of it")
    func followUps() throws {
        let right = try #require(readPackageFile("Fixtures/sites/one-plant.yaml"))
        let text = right.replacing("standing: admin", with: "standing: boss")
        let scenario = """
            format: 1
            scenario: s
            id: s
            fixture: f.yaml
            steps:
              - grant: { to: anna, plant: sonnenfeld }
              - expect: { reach: { from: anna/laptop, to: logger, via: http } }
            """
        let error = try #require(throws: InvalidScenario.self) {
            try loader(["f.yaml": text, "s.yaml": scenario]).plan("s.yaml")
        }
        #expect(error.diagnostics.map(\.location.file) == ["f.yaml"])
    }
}
