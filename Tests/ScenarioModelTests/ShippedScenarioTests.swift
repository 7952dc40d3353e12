import AccessModel
import Addressing
import Testing

@testable import ScenarioModel

@Suite("The scenarios that ship with the rig")
struct ShippedScenarioTests {
    @Test(
        "every one of them is valid",
        arguments: [
            "reachability/every-device", "conflicts/switch-and-back", "agents/agent-comes-up",
            "revocation/permission-withdrawn",
        ])
    func isValid(name: String) throws {
        do {
            let plan = try loaderOfPackage.plan("Scenarios/\(name).scenario.yaml")
            #expect(plan.warnings.isEmpty)
            #expect(plan.instances.count == (name == "reachability/every-device" ? 2 : 1))
        } catch {
            Issue.record("\(error.rendered)")
        }
    }
}
