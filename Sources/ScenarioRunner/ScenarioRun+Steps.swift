import AccessModel
import Addressing
import ScenarioModel

extension ScenarioRun {
    /// Runs one step and tells its end, whatever that is.
    func run(_ step: Step, _ label: StepLabel) async throws(StepStop) {
        // Another of several steps at the same time has stopped, or time is up.
        if Task.isCancelled { throw StepStop(.broken, sentence: step.sentence, what: "it was not begun any more") }
        await breakIfAsked(before: step, label)
        let context = StepContext(number: board.nextStepNumber(), sentence: step.sentence)
        board.underWay = (label, step)
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
            try await perform(check, Evaluation(run: self, context: context, tally: tally), tally)
        case .throughout(let throughout):
            let evaluation = Evaluation(run: self, context: context, tally: tally)
            try await evaluation.hold(throughout.word, throughout.clauses) { () async throws(StepStop) in
                try await self.runAll(throughout.steps, below: label)
            }
        case .parallel(let branches): try await runAtOnce(branches, below: label)
        case .repeated(let times, let steps):
            for round in 1...max(1, times) {
                tally.note("round \(round)")
                try await runAll(steps, below: label, round: round)
            }
        case .remember(let memory):
            try await Evaluation(run: self, context: context, tally: tally).remember(memory)
        }
    }

    private func perform(_ check: Check, _ evaluation: Evaluation, _ tally: Tally) async throws(StepStop) {
        switch check.word {
        case .expect: try await evaluation.expect(check.clauses)
        case .eventually(let within, let stableFor):
            try await evaluation.eventually(check.clauses, within: within, stableFor: stableFor)
        case .always(let during): try await evaluation.hold(.always, check.clauses, during: during)
        case .never(let during): try await evaluation.hold(.never, check.clauses, during: during)
        case .untilSync(let word):
            try await evaluation.holdUntilSync(word, check.clauses) { () async throws(StepStop) in
                try await self.act(Action(.sync(self.board.isTicking ? .next : .now)), refusal: nil, tally)
            }
        }
    }

    /// Steps inside a step, one after the other.
    private func runAll(_ steps: [Step], below label: StepLabel, round: Int? = nil) async throws(StepStop) {
        for (index, inner) in steps.enumerated() {
            let path = label.path + (round.map { [$0] } ?? []) + [index + 1]
            try await run(
                inner, StepLabel(phase: label.phase, path: path, count: label.count, location: inner.location))
        }
    }

    /// Lists of steps at the same time; the first that stops ends the others.
    private func runAtOnce(_ branches: [[Step]], below label: StepLabel) async throws(StepStop) {
        let stop = await withTaskGroup(of: StepStop?.self) { group in
            for (index, branch) in branches.enumerated() {
                group.addTask {
                    do throws(StepStop) {
                        try await self.runAll(branch, below: label, round: index + 1)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var first: StepStop?
            for await stop in group {
                guard let stop, first == nil else { continue }
                first = stop
                group.cancelAll()
            }
            return first
        }
        if let stop { throw stop }
    }

    private func act(_ action: Action, refusal: String?, _ tally: Tally) async throws(StepStop) {
        board.actionBegins(action)
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
        if case .sync(let sync) = action.verb { board.ticksChanged(by: sync) }
        outcome.notes.forEach { tally.note($0) }
        if let refusal {
            throw StepStop(
                .failed, sentence: "\(action.sentence); this is refused: \(refusal)", what: "it was not refused")
        }
    }
}
