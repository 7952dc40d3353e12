import AccessModel
import Addressing
import Testing

@testable import ScenarioModel

@Suite("The scenarios that ship with the rig")
struct ShippedScenarioTests {
    @Test(
        "every one of them is valid",
        arguments: ["reach", "conflict", "agent-comes-up", "revocation"])
    func isValid(name: String) throws {
        do {
            let plan = try loaderOfPackage.plan("Scenarios/\(name).scenario.yaml")
            #expect(plan.warnings.isEmpty)
            #expect(plan.instances.count == (name == "reach" ? 2 : 1))
        } catch {
            Issue.record("\(error.rendered)")
        }
    }
}
