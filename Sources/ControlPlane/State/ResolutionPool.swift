import AccessModel
import ControlProtocol

/// What one pass over many people has come to so far: who has the same claims, choices and incumbents has the same tables,
/// decided once and kept once.
///
/// Good for one state of the plants only.
struct ResolutionPool {
    struct Question: Hashable {
        var claims: [Claim]
        var picks: [Pick]
        var incumbents: [OwnedRange]

        /// Two who differ in one plant of a thousand, or in its age, must not meet: a little of every claim counts.
        func hash(into hasher: inout Hasher) {
            hasher.combine(claims.count)
            for claim in claims {
                hasher.combine(claim.plant)
                hasher.combine(claim.since)
            }
            hasher.combine(picks)
            hasher.combine(incumbents.count)
            hasher.combine(incumbents.first)
        }
    }

    struct Answer {
        var rows: [RouteRow]
        var table: [OwnedRange]
        var routes: [RouteEntry]
    }

    private var answers: [Question: Answer] = [:]
    private var claims: [Question: [Claim]] = [:]
    /// Resolutions that had to be made.
    private(set) var resolved = 0

    /// The same claims, in the storage that others have them in.
    mutating func shared(_ claims: [Claim]) -> [Claim] {
        let question = Question(claims: claims, picks: [], incumbents: [])
        if let known = self.claims[question] { return known }
        self.claims[question] = claims
        return claims
    }

    mutating func resolve(
        _ question: Question, states: [PlantID: PlantState], policy: AccessPolicy
    ) -> Answer {
        if let known = answers[question] { return known }
        resolved += 1
        let resolution = RouteResolution(
            claims: question.claims, picks: question.picks, states: states, incumbents: question.incumbents,
            policy: policy)
        let routes = resolution.table.map { range in
            RouteEntry(range: range.range, plant: range.owner, isReachable: range.state == .online)
        }
        let answer = Answer(rows: resolution.rows, table: resolution.table, routes: routes)
        answers[question] = answer
        return answer
    }
}
