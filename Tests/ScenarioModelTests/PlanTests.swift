import AccessModel
import Addressing
import Testing

@testable import ScenarioModel

@Suite("Plans")
struct PlanTests {
    @Test("a matrix makes instances with names of their own, each with its values put in")
    func matrix() throws {
        let plan = try loaderOfPackage.plan("Scenarios/reachability/every-device.scenario.yaml")
        #expect(
            plan.instances.map(\.name) == ["reach-every-device[device=laptop]", "reach-every-device[device=phone]"])
        let phone = LaptopID(person: "anna", name: "phone")
        guard case .act(let action, refusal: nil) = plan.instances[1].setup[1].body else {
            Issue.record("the second setup step issues")
            return
        }
        #expect(action == Action(.issue(.init(phone)), actor: "anna"))
        guard case .act(let grant, refusal: nil) = plan.instances[1].setup[0].body else {
            Issue.record("the first setup step grants")
            return
        }
        #expect(grant.actor == "olga", "the admin of the plant's owner grants when nobody is named")
    }

    @Test("excluded combinations are left out")
    func exclude() throws {
        let text = """
            format: 1
            scenario: s
            id: s
            fixture: Fixtures/sites/one-plant.yaml
            matrix: { device: [laptop, phone], who: [anna, olga], exclude: [{ device: phone, who: olga }] }
            steps:
              - refresh: { for: "${who}" }
            """
        let names = try loader(["s.yaml": text]).plan("s.yaml").instances.map(\.name)
        #expect(names == ["s[device=laptop,who=anna]", "s[device=laptop,who=olga]", "s[device=phone,who=anna]"])
    }

    @Test("an included flow stands inline, with its own places and the values handed in")
    func include() throws {
        let plan = try loaderOfPackage.plan("Scenarios/conflicts/switch-and-back.scenario.yaml")
        let setup = try #require(plan.instances.first?.setup)
        #expect(setup.count == 5)
        #expect(setup.allSatisfy { $0.location.file == "Fixtures/flows/anna-connected.yaml" })
        guard case .act(let grant, _) = setup[0].body, case .grant(let change) = grant.verb else {
            Issue.record("the flow begins with a grant")
            return
        }
        #expect(change.places == [.plant("park-a"), .plant("park-b")])
        #expect(grant.actor == nil, "no one admin may change the places of two owners")
        let fixture = try #require(plan.instances.first?.fixture)
        #expect(change.places.map(fixture.admin) == ["olga", "sven"])
    }

    @Test("targets are addresses with every device that could be meant")
    func targets() throws {
        let plan = try loaderOfPackage.plan("Scenarios/conflicts/switch-and-back.scenario.yaml")
        guard case .check(let check) = plan.instances[0].steps[1].body, case .one(.reach(let reach)) = check.clauses[0]
        else {
            Issue.record("the second step reaches")
            return
        }
        #expect(reach.target.endpoint == Endpoint("192.168.1.20:502"))
        #expect(reach.target.device == nil)
        #expect(reach.target.candidates.map(\.description) == ["park-a/inverter-1", "park-b/inverter-1"])
        #expect(reach.answeredBy == "park-a")
    }

    @Test("a fixed wait is allowed with its reason, and warned about")
    func wait() throws {
        let text = """
            format: 1
            scenario: s
            id: s
            fixture: Fixtures/sites/one-plant.yaml
            steps:
              - wait: 500ms
                because: the meter shows no event
            """
        let plan = try loader(["s.yaml": text]).plan("s.yaml")
        #expect(plan.warnings.count == 1)
        #expect(plan.instances[0].steps[0].body == .wait(.milliseconds(500), because: "the meter shows no event"))
    }

    @Test(
        "what a fault means nothing to, or what cannot show there, is warned about",
        arguments: [
            ("device: generic, plant: musterhof, wrong-gateway: true", "nat: routed"),
            ("device: well-set, wrong-gateway: true", nil),
            (
                "device: generic, plant: musterhof, http-status: 503, exception: 6",
                "'http-status': says nothing to a device of type inverter"
            ),
            ("device: symo, http-status: 503, slow-body: 1s, night: true, connections: 1", nil),
            ("device: switch, delay: 1s, refuses-login: true", "'delay', 'refuses-login'"),
        ] as [(String, String?)])
    func idleFaults(_ fault: String, _ warning: String?) throws {
        let text = """
            format: 1
            scenario: s
            id: s
            fixture: Fixtures/sites/device-park.yaml
            steps:
              - fault: { \(fault) }
            """
        let warnings = try loader(["s.yaml": text]).plan("s.yaml").warnings
        #expect(warnings.count == (warning == nil ? 0 : 1), "\(warnings)")
        if let warning { #expect(warnings.first?.contains(warning) == true, "\(warnings)") }
    }

    @Test("explain says a scenario in sentences")
    func explain() throws {
        let plan = try loaderOfPackage.plan("Scenarios/revocation/permission-withdrawn.scenario.yaml")
        let text = try #require(plan.instances.first?.explanation)
        for line in [
            "1. anna is granted sonnenfeld, by olga",
            "1. anna/laptop opens an SSH connection 'shell' to sonnenfeld/service-pc (192.168.1.40:22) and uses it every 100 ms",
            "3. nothing happens before the sync - always: the connection 'shell' is open, during 1 s [R29]",
            "8. a restart of the control plane opens nothing again - throughout, always: anna/laptop tries "
                + "sonnenfeld/service-pc (192.168.1.40:22) over tcp and the outcome is admin-prohibited",
            "1. the control-plane is restarted",
            "- every flow that the gateway let through stands in the audit",
        ] {
            #expect(text.contains(line), "\(line)\nis not in\n\(text)")
        }
    }

    @Test("instances survive being written as JSON, so that they can be handed into a lab")
    func codable() throws {
        for name in [
            "reachability/every-device", "conflicts/switch-and-back", "agents/agent-comes-up",
            "revocation/permission-withdrawn",
        ] {
            let plan = try loaderOfPackage.plan("Scenarios/\(name).scenario.yaml")
            #expect(try copy(of: plan) == plan)
        }
    }

    @Test("a file's neighbours are found beside it and above it, wherever one stands")
    func paths() {
        #expect(
            Path.candidates(for: "Fixtures/f.yaml", namedIn: "/home/q/Scenarios/s.yaml") == [
                "/home/q/Scenarios/Fixtures/f.yaml", "/home/q/Fixtures/f.yaml", "/home/Fixtures/f.yaml",
                "Fixtures/f.yaml",
            ])
        #expect(Path.candidates(for: "/f.yaml", namedIn: "a/s.yaml") == ["/f.yaml"])
        #expect(Path.candidates(for: "f.yaml", namedIn: "s.yaml") == ["f.yaml"])
    }
}

@Suite("Spans that have names")
struct NamedDurationTests {
    @Test("come from the fixture, or from the ticks that the scenario runs")
    func names() throws {
        let text = """
            format: 1
            scenario: s
            id: s
            fixture: Fixtures/sites/one-plant.yaml
            timeout: 5min
            vars: { limit: one-sync }
            steps:
              - eventually: { session: { for: anna, online: true } }
                within: "${limit}"
              - sync: { every: 500ms }
              - eventually: { session: { for: anna, online: true } }
                within: one-sync
                stable-for: session-end
            """
        let steps = try loader(["s.yaml": text]).plan("s.yaml").instances[0].steps
        let words = steps.compactMap { if case .check(let check) = $0.body { check.word } else { nil } }
        #expect(
            words == [
                .eventually(within: .seconds(11), stableFor: nil),
                .eventually(within: .milliseconds(1500), stableFor: .seconds(181)),
            ])
    }
}
