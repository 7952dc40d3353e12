package import ScenarioModel

/// Why a scenario failed or broke, with everything that a report says about it.
package struct Failure: Hashable, Sendable, Codable {
    package var verdict: Verdict
    /// `nil` when it was before the first step or behind the last.
    package var step: StepLabel?
    package var stepName: String?
    /// The line of the scenario, for the caret.
    package var sourceLine: String
    /// What was to be so.
    package var sentence: String
    /// What happened, with its time.
    package var what: String
    package var table: [Judgement.Line]
    package var hops: [Explanation.Hop]
    package var why: [String]
    package var lastChanges: [String]
    package var rerun: String
    /// The route tables of the people whom the step was about; for reports with room.
    package var tables: [RouteTableSighting]?

    package init(
        verdict: Verdict, step: StepLabel?, stepName: String? = nil, sourceLine: String = "", sentence: String,
        what: String, table: [Judgement.Line] = [], hops: [Explanation.Hop] = [], why: [String] = [],
        lastChanges: [String] = [], rerun: String, tables: [RouteTableSighting] = []
    ) {
        self.verdict = verdict
        self.step = step
        self.stepName = stepName
        self.sourceLine = sourceLine
        self.sentence = sentence
        self.what = what
        self.table = table
        self.hops = hops
        self.why = why
        self.lastChanges = lastChanges
        self.rerun = rerun
        self.tables = tables.isEmpty ? nil : tables
    }
}
