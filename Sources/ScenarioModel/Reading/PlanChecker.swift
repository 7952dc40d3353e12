/// Walks through the steps of a plan and reports what cannot work in that order, before anything runs.
struct PlanChecker {
    let fixture: Fixture
    let log: DiagnosticLog

    /// - Parameter isComplete: false when steps are missing; then nothing can be said.
    func check(_ steps: [Step], isComplete: Bool) {
        guard isComplete else { return }
        var state = PlanState(fixture: fixture, log: log)
        walk(steps, &state)
    }

    private func walk(_ steps: [Step], _ state: inout PlanState) {
        for step in steps {
            state.location = step.location
            switch step.body {
            case .act(let action, let refusal):
                if refusal == nil { action.verb.payload.check(&state) }
            case .check(let check):
                check.conditions.forEach { $0.payload.check(&state) }
            case .throughout(let throughout):
                throughout.conditions.forEach { $0.payload.check(&state) }
                walk(throughout.steps, &state)
            case .wait:
                break
            }
        }
    }
}
