import ScenarioModel

/// Ends a scenario at a step.
struct StepStop: Error {
    var verdict: Verdict
    var sentence: String
    var what: String
    var why: [String]
    /// The look that decided.
    var look: Look?
    var step: Step?
    var label: StepLabel?

    init(_ verdict: Verdict, sentence: String, what: String, why: [String] = [], look: Look? = nil) {
        self.verdict = verdict
        self.sentence = sentence
        self.what = what
        self.why = why
        self.look = look
    }
}

/// One look at one condition, judged.
struct Look {
    var condition: Condition
    var observation: Observation
    var judgement: Judgement
    /// Whether silence here would mean something only with both ends alive.
    var isNegative: Bool

    /// Why nothing follows from this look; `nil` when something does.
    ///
    /// - Parameter isMet: whether what was seen is what the step wants to see.
    func void(isMet: Bool) -> String? {
        if judgement.verdict == .unknown { return judgement.seen }
        // A look that contradicts the step contradicts it whether or not the ends were asked for their health.
        guard isMet, isNegative else { return nil }
        guard let control = observation.control else { return "the world did not say whether both ends are alive" }
        return control.fault
    }

    /// Whether nothing came back at all, though something was to come.
    var isSilence: Bool {
        guard case .reach(let reach) = condition, case .reach(let attempt) = observation.sighting else { return false }
        return attempt.outcome == .timeout && reach.outcome != .timeout
    }
}

extension Condition {
    /// How long one attempt may take: long enough for losses to be repeated, short where silence is what is wanted.
    var attemptLimit: Duration {
        if case .reach(let reach) = self, reach.outcome == .timeout { return .seconds(1) }
        return .seconds(5)
    }
}
