import AccessModel
import Addressing
import ControlProtocol
import ScenarioModel
import Testing

@testable import FieldCase

@Suite("A control plane's state, rebuilt")
struct FieldCaseTests {
    private let range = Prefix(around: IPv4Address(192, 168, 1, 0), length: 24)
    private let wide = Prefix(around: IPv4Address(192, 168, 0, 0), length: 16)

    private func moment(_ text: String) -> Timestamp { Timestamp(text) ?? .beginning }

    /// Two parks that overlap, and Anna, who chose the one with the newer grant.
    private var document: StateDocument {
        StateDocument(
            exported: .beginning, defaultWinner: .earliestGrant, offlineAgent: .unreachable,
            organizations: [
                .init(
                    id: "Nordwind Energie GmbH",
                    members: [
                        .init(person: "Anna Muster <anna@example.org>", standing: .member, jobRole: .operator),
                        .init(person: "Olga", standing: .admin, jobRole: .none, hasCertificate: false),
                    ],
                    portfolios: [
                        .init(
                            id: "Süd",
                            plants: [
                                .init(id: "Sonnenfeld 1", subnets: [.init(prefix: range)], agent: .online),
                                .init(
                                    id: "Weinberg",
                                    subnets: [
                                        .init(
                                            prefix: wide,
                                            devices: [
                                                .init(
                                                    name: "WR Müller", address: IPv4Address(192, 168, 7, 9),
                                                    type: "inverter")
                                            ])
                                    ], agent: .online),
                                .init(
                                    id: "Altbau",
                                    subnets: [.init(prefix: Prefix(around: IPv4Address(10, 9, 0, 0), length: 24))],
                                    agent: .noAgent),
                            ])
                    ])
            ],
            grants: [
                .init(
                    person: "Anna Muster <anna@example.org>", place: .plant("Sonnenfeld 1"),
                    since: moment("2025-03-01T10:00:00Z")),
                .init(
                    person: "Anna Muster <anna@example.org>", place: .plant("Weinberg"),
                    since: moment("2025-03-01T11:00:00Z")),
                .init(
                    person: "Anna Muster <anna@example.org>", place: .plant("Altbau"),
                    since: moment("2025-04-01T11:00:00Z")),
            ],
            picks: [.init(person: "Anna Muster <anna@example.org>", plant: "Weinberg", subnet: wide)])
    }

    private func loader(_ field: FieldCase) -> Loader {
        let (fixture, scenario) = (field.fixtureText, field.scenarioText(fixturePath: "case.yaml"))
        return Loader { path in
            switch path {
            case "case.yaml": fixture
            case "case.scenario.yaml": scenario
            default: nil
            }
        }
    }

    private func plan(_ field: FieldCase) throws -> Plan {
        do throws(InvalidScenario) {
            return try loader(field).plan("case.scenario.yaml")
        } catch {
            throw Wrong(text: error.rendered + "\n" + field.fixtureText + field.scenarioText(fixturePath: "case.yaml"))
        }
    }

    private struct Wrong: Error, CustomStringConvertible {
        var text: String
        var description: String { text }
    }

    @Test("names are gone, private ranges stay, and what comes out is a fixture and a scenario without mistake")
    func pseudonyms() throws {
        let field = try FieldCase(document, title: "Wrong park, \"again\"", id: "case")
        let plan = try plan(field)
        let text = field.fixtureText + field.scenarioText(fixturePath: "case.yaml")
        for name in ["Anna", "example.org", "Nordwind", "Sonnenfeld", "Weinberg", "Müller", "Süd", "Altbau", "Olga"] {
            #expect(!text.contains(name), "\(name) is still there")
        }
        #expect(text.contains("192.168.1.0/24") && text.contains("192.168.0.0/16"))
        #expect(
            field.fixture.grants.map(\.since.description) == [
                "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z",
            ])
        #expect(plan.instances.first?.title == "Wrong park, \"again\"")
    }

    @Test("the picked park answers where both stand, and the one without an agent is shown as it was")
    func scenario() throws {
        let field = try FieldCase(document, title: "t", id: "case")
        let text = field.scenarioText(fixturePath: "case.yaml")
        #expect(text.contains("- use-park: { as: person-1, subnet: 192.168.0.0/16, plant: park-2 }"))
        #expect(text.contains("- agent: { unprovision: park-3 }"))
        #expect(text.contains("to: \"192.168.1.20:502\", via: modbus, answered-by: park-2, only: true"))
        #expect(
            text.contains("[park-1, 192.168.1.0/24, conflict]") && text.contains("[park-3, 10.9.0.0/24, unreachable]"))
        // Both have somebody at the contested address.
        let address = IPv4Address(192, 168, 1, 20)
        #expect(field.fixture.devices(at: address).map(\.plant.text) == ["park-1", "park-2"])
    }

    @Test("an owner that no rule explains is chosen in the scenario, so that the rebuilt fleet has it too")
    func incumbents() throws {
        var document = document
        document.picks = []
        document.owners = [.init(person: "Anna Muster <anna@example.org>", plant: "Weinberg", subnet: wide)]
        let field = try FieldCase(document, title: "t", id: "case")
        _ = try plan(field)
        #expect(
            field.scenarioText(fixturePath: "x").contains(
                "use-park: { as: person-1, subnet: 192.168.0.0/16, plant: park-2 }"))
        document.owners = [.init(person: "Anna Muster <anna@example.org>", plant: "Sonnenfeld 1", subnet: range)]
        let plain = try FieldCase(document, title: "t", id: "case")
        #expect(!plain.scenarioText(fixturePath: "x").contains("use-park"))
        #expect(plain.scenarioText(fixturePath: "x").contains("answered-by: park-1, only: true"))
    }

    @Test("with its names kept, what a fixture makes and what is made of it are the same")
    func roundTrip() throws {
        var plainDocument = document
        plainDocument.organizations[0].id = "nordwind"
        plainDocument.organizations[0].members[0].person = "anna"
        plainDocument.organizations[0].portfolios[0].id = "on"
        for (index, name) in ["a", "b.2", "1.5"].enumerated() {
            plainDocument.organizations[0].portfolios[0].plants[index].id = PlantID(name)
            plainDocument.grants[index].person = "anna"
            plainDocument.grants[index].place = .plant(PlantID(name))
        }
        plainDocument.organizations[0].portfolios[0].plants[1].subnets[0].devices[0].name = "wr"
        plainDocument.picks = []
        let field = try FieldCase(plainDocument, title: "t: \"x\" #1", id: "case", keepsNames: true)
        let plan = try plan(field)
        var again = plan.instances[0].fixture
        for o in again.organizations.indices {
            for p in again.organizations[o].portfolios.indices {
                for i in again.organizations[o].portfolios[p].plants.indices {
                    for s in again.organizations[o].portfolios[p].plants[i].subnets.indices {
                        for d in again.organizations[o].portfolios[p].plants[i].subnets[s].devices.indices {
                            again.organizations[o].portfolios[p].plants[i].subnets[s].devices[d].models = []
                        }
                    }
                    again.organizations[o].portfolios[p].plants[i].agent = .init(wan: IPv4Address(number: 0), lan: nil)
                }
            }
        }
        for index in again.laptops.indices { again.laptops[index].wan = IPv4Address(number: 0) }
        #expect(again == field.fixture)
    }

    @Test("a further membership is given by a step, with what was granted there, and counts in what is expected")
    func memberships() throws {
        var document = document
        let anna = document.organizations[0].members[0]
        document.organizations.append(
            .init(
                id: "Südlicht",
                members: [
                    .init(person: anna.person, standing: .admin, jobRole: .operator),
                    .init(person: "Sven", standing: .admin, jobRole: .none, hasCertificate: false),
                ],
                portfolios: [
                    .init(id: "Ost", plants: [.init(id: "Hang", subnets: [.init(prefix: range)], agent: .online)])
                ]))
        document.grants.append(.init(person: anna.person, place: .plant("Hang"), since: moment("2025-05-01T10:00:00Z")))
        document.picks = [.init(person: anna.person, plant: "Hang", subnet: range)]
        let field = try FieldCase(document, title: "t", id: "case")
        _ = try plan(field)
        let text = field.scenarioText(fixturePath: "case.yaml")
        #expect(field.warnings.isEmpty)
        #expect(text.contains("- member: { add: person-1, to: org-2, job-role: operator }"))
        #expect(text.contains("- role: { for: person-1, in: org-2, standing: admin }"))
        #expect(text.contains("- grant: { to: person-1, plant: park-4 }"))
        #expect(text.contains("- use-park: { as: person-1, subnet: 192.168.1.0/24, plant: park-4 }"))
        #expect(text.contains("[park-4, 192.168.1.0/24, active]"))
    }

    @Test("ranges that no plant may have are left out, and said; documents of another kind are refused")
    func refused() throws {
        var document = document
        document.organizations[0].portfolios[0].plants[2].subnets = [
            .init(prefix: Prefix(around: IPv4Address(100, 64, 0, 0), length: 24)),
            .init(prefix: Prefix(around: IPv4Address(8, 8, 8, 0), length: 24)),
        ]
        let field = try FieldCase(document, title: "t", id: "case")
        #expect(field.warnings.count == 2 && field.warnings.allSatisfy { $0.contains("left out") })
        #expect(!field.fixtureText.contains("8.8.8.0"))
        document.format = "other"
        #expect(throws: FieldCase.Refusal.self) { try FieldCase(document, title: "t", id: "case") }
    }

    @Test(
        "the rows of a ticket, however they are set",
        arguments: [
            "plant,subnet,status,person\nPark A,192.168.1.0/24,conflict,Anna\nPark B,192.168.1.0/24,active,Anna\n",
            "| plant | subnet | status | person |\n|---|---|---|---|\n| Park A | 192.168.1.0/24 | conflict | Anna |\n| Park B | 192.168.1.7/24 | Active | Anna |",
            "# from the ticket\nPark A\t192.168.1.0/24\tconflict\tAnna\r\nPark B\t192.168.1.0/24\tactive\tAnna\r\n",
            "Park A  192.168.1.0/24  conflict  Anna\nPark B  192.168.1.0/24  active  Anna",
        ])
    func table(_ text: String) throws {
        let field = try FieldCase(try StateTable.document(text), title: "t", id: "case")
        _ = try plan(field)
        let scenario = field.scenarioText(fixturePath: "case.yaml")
        // The older grant is nobody's here: the lowest id would win, and the ticket says otherwise.
        #expect(scenario.contains("use-park: { as: person-1, subnet: 192.168.1.0/24, plant: park-2 }"))
        #expect(scenario.contains("answered-by: park-2, only: true"))
        #expect(scenario.contains("[park-1, 192.168.1.0/24, conflict]"))
    }

    @Test("who keeps a range from the others and is not heard has an agent that is offline")
    func absentOwner() throws {
        let document = try StateTable.document(
            "Park A,192.168.1.0/24,unreachable,Anna\nPark B,192.168.1.0/24,conflict,Anna\nPark C,10.1.0.0/24,unreachable,Anna"
        )
        #expect(
            ["Park A", "Park B", "Park C"].map { document.state(of: PlantID($0)) } == [.offline, .online, .noAgent])
        let field = try FieldCase(document, title: "t", id: "case")
        _ = try plan(field)
        let scenario = field.scenarioText(fixturePath: "case.yaml")
        #expect(scenario.contains("[park-1, 192.168.1.0/24, unreachable]"))
        #expect(scenario.contains("[park-2, 192.168.1.0/24, conflict]"))
    }

    @Test("ranges without room, and devices that nobody could ask, are left out and said")
    func narrow() throws {
        var document = document
        let host = Prefix(around: IPv4Address(192, 168, 77, 7), length: 32)
        document.organizations[0].portfolios[0].plants[0].subnets.append(.init(prefix: host))
        document.organizations[0].portfolios[0].plants[0].subnets[0].devices = [
            .init(name: "edge", address: IPv4Address(192, 168, 1, 255), type: "inverter")
        ]
        let field = try FieldCase(document, title: "t", id: "case")
        _ = try plan(field)
        #expect(field.warnings.contains { $0.contains("192.168.77.7/32 has no room for devices; left out") })
        #expect(field.warnings.contains { $0.contains("192.168.1.255: it is no host of 192.168.1.0/24; left out") })
        var table = try StateTable.document("park-a,192.168.1.0/24,active,anna")
        table.organizations[0].portfolios[0].plants[0].subnets[0].devices = [7, 8].map {
            .init(name: "same", address: IPv4Address(192, 168, 1, $0), type: "inverter")
        }
        let kept = try FieldCase(table, title: "t", id: "case", keepsNames: true)
        _ = try plan(kept)
        #expect(kept.warnings.contains { $0.contains("192.168.1.8: another device has that name; left out") })
    }

    @Test("of those who are deactivated nothing is asked")
    func deactivated() throws {
        var document = document
        document.organizations[0].members[0].isActive = false
        let field = try FieldCase(document, title: "t", id: "case")
        _ = try plan(field)
        let scenario = field.scenarioText(fixturePath: "case.yaml")
        #expect(scenario.contains("deactivate: { for: person-1 }"))
        #expect(!scenario.contains("what person-1 sees") && !scenario.contains("from: person-1/laptop"))
    }

    @Test(
        "a wrong row is named with its line",
        arguments: [
            ("a,192.168.1.0/24,active", "line 1: 3 cells"),
            ("plant,subnet,status,person\na,x,active,p", "line 2: 'x' is not a subnet"),
            ("a,192.168.1.0/24,fine,p", "'fine' is not a status"), ("", "has no row"),
            (
                "a,192.168.1.0/24,active,p\nb,192.168.1.0/24,active,p",
                "line 2: 192.168.1.0/24 leads to a for p already"
            ),
        ])
    func wrongTable(_ text: String, _ message: String) {
        do throws(FieldCase.Refusal) {
            _ = try StateTable.document(text)
            Issue.record("it was taken")
        } catch {
            #expect(error.description.contains(message))
        }
    }
}
