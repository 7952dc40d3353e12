/// Walks through the steps of a plan and reports what cannot work in that order, before anything runs.
struct PlanChecker {
    let fixture: Fixture
    /// Of the whole scenario.
    let timeout: Duration
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
                outlast(check.word, at: step.location)
                look(check.clauses, &state)
            case .throughout(let throughout):
                look(throughout.clauses, &state)
                walk(throughout.steps, &state)
            case .parallel(let branches): branches.forEach { walk($0, &state) }
            case .repeated(let times, let inner):
                // What the first round leaves behind may be in the way of the second.
                for _ in 0..<min(times, 2) { walk(inner, &state) }
            case .wait(let span, _): outlast("wait", span, at: step.location)
            case .remember: break
            }
        }
    }

    /// Reports a span that the scenario's own end would cut: such a step could never be red for its own reason.
    private func outlast(_ word: TimeWord, at location: SourceLocation) {
        switch word {
        case .eventually(let within, let stable): outlast("within", within + (stable ?? .zero), at: location)
        case .always(let span), .never(let span): outlast("during", span, at: location)
        case .expect, .untilSync: break
        }
    }

    private func outlast(_ name: String, _ span: Duration, at location: SourceLocation) {
        guard span >= timeout else { return }
        log.error(
            "'\(name)' takes \(span.text), and the scenario's 'timeout' is \(timeout.text): say a longer one there",
            at: location)
    }

    private func look(_ clauses: [Clause], _ state: inout PlanState) {
        for condition in clauses.flatMap(\.conditions) { condition.payload.check(&state) }
    }
}
