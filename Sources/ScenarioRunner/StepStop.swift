import ScenarioModel

/// Ends a scenario at a step.
struct StepStop: Error {
    var verdict: Verdict
    var sentence: String
    var what: String
    var why: [String]
    /// The look that decided.
    var look: Look?
    /// What broke an invariant.
    var suspect: Suspect?
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

extension Condition {
    /// How long one attempt may take: long enough for losses to be repeated, short where silence is what is wanted.
    var attemptLimit: Duration {
        if case .reach(let reach) = self, reach.outcome == .timeout { return .seconds(1) }
        return .seconds(5)
    }
}
