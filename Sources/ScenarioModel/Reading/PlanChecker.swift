import AccessModel

/// Walks through the steps of a plan and reports what cannot work in that order, before anything runs.
struct PlanChecker {
    let fixture: Fixture
    let log: DiagnosticLog

    private struct State {
        var certificates: Set<PersonID> = []
        /// Laptops on which a `.conf` lies.
        var configured: Set<LaptopID> = []
        var connections: Set<ConnectionID> = []
        var faults: Set<FaultID> = []
        var isTicking = false
    }

    /// - Parameter isComplete: false when steps are missing; then nothing can be said.
    func check(_ steps: [Step], isComplete: Bool) {
        guard isComplete else { return }
        var state = State()
        walk(steps, &state)
    }

    private func walk(_ steps: [Step], _ state: inout State) {
        for step in steps {
            switch step.body {
            case .act(let action, let refusal):
                if refusal == nil { act(action.verb, at: step.location, &state) }
            case .check(let check):
                look(check.conditions, at: step.location, state)
            case .throughout(let throughout):
                look(throughout.conditions, at: step.location, state)
                walk(throughout.steps, &state)
            case .wait:
                break
            }
        }
    }

    private func act(_ verb: Action.Verb, at location: SourceLocation, _ state: inout State) {
        switch verb {
        case .issue(let laptop):
            if !state.certificates.insert(laptop.person).inserted {
                log.error("\(laptop.person) has a certificate already at this step", at: location)
            }
            state.configured.insert(laptop)
        case .rotate(let laptop):
            if !state.certificates.contains(laptop.person) {
                log.error("\(laptop.person) has no certificate at this step", at: location)
            }
            state.configured.insert(laptop)
        case .revoke(let person):
            if state.certificates.remove(person) == nil {
                log.error("\(person) has no certificate at this step", at: location)
            }
        case .connect(let laptop):
            if !state.configured.contains(laptop) {
                log.error("no .conf was issued on \(laptop) before this step", at: location)
                state.configured.insert(laptop)
            }
        case .open(let opening):
            if !state.connections.insert(opening.id).inserted {
                log.error("there is a connection '\(opening.id)' already", at: location)
            }
        case .close(let id):
            known(id, state, at: location)
        case .fault(let fault):
            if let id = fault.id, !state.faults.insert(id).inserted {
                log.error("there is a fault '\(id)' already", at: location)
            }
        case .heal(let id):
            if let id, state.faults.remove(id) == nil {
                log.unknown("fault", id.text, among: state.faults.map(\.text).sorted(), at: location)
            }
            if id == nil { state.faults = [] }
        case .sync(.every): state.isTicking = true
        case .sync(.pause): state.isTicking = false
        case .sync(.next):
            if !state.isTicking {
                log.error("no ticks run at this step: 'sync: { every: 1s }' starts them", at: location)
            }
        case .usePark(let use):
            if !state.certificates.contains(use.person) {
                log.error("\(use.person) has no certificate at this step, so no routes to choose among", at: location)
            }
        case .sync(.now), .grant, .withdraw, .disconnect, .agent, .refresh:
            break
        }
    }

    private func look(_ conditions: [Condition], at location: SourceLocation, _ state: State) {
        for condition in conditions {
            switch condition {
            case .connection(let connection): known(connection.id, state, at: location)
            case .reach(let reach):
                if !state.configured.contains(reach.from) {
                    log.error("no .conf was issued on \(reach.from) before this step", at: location)
                }
            default: break
            }
        }
    }

    private func known(_ id: ConnectionID, _ state: State, at location: SourceLocation) {
        if !state.connections.contains(id) {
            log.unknown("connection", id.text, among: state.connections.map(\.text).sorted(), at: location)
        }
    }
}
