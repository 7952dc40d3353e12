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
            case .check(let check): look(check.clauses, &state)
            case .throughout(let throughout):
                look(throughout.clauses, &state)
                walk(throughout.steps, &state)
            case .parallel(let branches): branches.forEach { walk($0, &state) }
            case .repeated(let times, let inner):
                // What the first round leaves behind may be in the way of the second.
                for _ in 0..<min(times, 2) { walk(inner, &state) }
            case .wait, .remember: break
            }
        }
    }

    private func look(_ clauses: [Clause], _ state: inout PlanState) {
        for condition in clauses.flatMap(\.conditions) { condition.payload.check(&state) }
    }
}
