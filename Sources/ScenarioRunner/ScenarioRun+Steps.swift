import AccessModel
import Addressing
import ScenarioModel

extension ScenarioRun {
    /// Runs one step and tells its end, whatever that is.
    func run(_ step: Step, _ label: StepLabel) async throws(StepStop) {
        let context = StepContext(number: board.nextStepNumber(), sentence: step.sentence)
        board.step = label
        emit(.stepStarted(RunEvent.StepStarted(step: label, sentence: step.sentence, covers: step.covers)))
        await world.begin(context)
        let begin = clock.now
        let tally = Tally()
        var verdict = Verdict.passed
        defer {
            emit(
                .stepFinished(
                    RunEvent.StepFinished(
                        step: label, verdict: verdict, seconds: (clock.now - begin).secondsValue,
                        lookCount: tally.lookCount, notes: tally.notes)))
        }
        do throws(StepStop) {
            try await perform(step, label, context, tally)
            try throwViolation((step, label))
        } catch {
            verdict = label.phase == .setup ? .broken : error.verdict
            var stop = error
            // The innermost step that stopped is the one to show.
            if stop.label == nil {
                stop.step = step
                stop.label = label
            }
            throw stop
        }
    }

    private func perform(
        _ step: Step, _ label: StepLabel, _ context: StepContext, _ tally: Tally
    ) async throws(StepStop) {
        switch step.body {
        case .act(let action, let refusal): try await act(action, refusal: refusal, tally)
        case .wait(let duration, let because):
            tally.note("waited \(duration.text), because \(because)")
            try? await clock.sleep(until: clock.now + duration)
        case .check(let check):
            let evaluation = Evaluation(run: self, context: context, tally: tally)
            switch check.word {
            case .expect: try await evaluation.expect(check.conditions)
            case .eventually(let within, let stableFor):
                try await evaluation.eventually(check.conditions, within: within, stableFor: stableFor)
            case .always(let during): try await evaluation.hold(.always, check.conditions, during: during)
            case .never(let during): try await evaluation.hold(.never, check.conditions, during: during)
            }
        case .throughout(let throughout):
            let evaluation = Evaluation(run: self, context: context, tally: tally)
            try await evaluation.hold(throughout.word, throughout.conditions) { () async throws(StepStop) in
                for (index, inner) in throughout.steps.enumerated() {
                    let path = label.path + [index + 1]
                    try await self.run(
                        inner,
                        StepLabel(phase: label.phase, path: path, count: label.count, location: inner.location))
                }
            }
        }
    }

    private func act(_ action: Action, refusal: String?, _ tally: Tally) async throws(StepStop) {
        board.actionBegins()
        let outcome: ActionOutcome
        do throws(WorldProblem) {
            outcome = try await world.perform(action)
        } catch {
            board.actionEnded(action, nil)
            guard case .refused(let name) = error.kind else {
                throw StepStop(.broken, sentence: action.sentence, what: error.description)
            }
            if name == refusal { return }
            let expected =
                refusal.map { "it was to be refused as \($0), and was as \(name)" } ?? "it was refused (\(name))"
            throw StepStop(.failed, sentence: action.sentence, what: "\(expected): \(error.message)")
        }
        board.actionEnded(action, outcome)
        outcome.notes.forEach { tally.note($0) }
        if let refusal {
            throw StepStop(
                .failed, sentence: "\(action.sentence); this is refused: \(refusal)", what: "it was not refused")
        }
    }
}
