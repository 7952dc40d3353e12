package import AccessModel

extension Condition {
    /// What a poller has lived through since it began.
    package struct Poll: ConditionPayload {
        package var id: ConnectionID
        /// From one answer to the next, and from the last answer to now.
        package var longestGapBelow: Duration?
        /// Every plant that ever answered, in the order of first answers.
        package var answeredBy: [PlantID]?
        package var answersAbove: Int?

        package init(id: ConnectionID) { self.id = id }

        package var sentence: String {
            let parts = [
                answersAbove.map { "has more than \($0) answers" },
                longestGapBelow.map { "was never without an answer for \($0.text)" },
                answeredBy.map { "was answered by \($0.map(\.text).joined(separator: ", then ")) and nobody else" },
            ].compactMap { $0 }
            return "the poller '\(id)' \(parts.joined(separator: " and "))"
        }

        package func check(_ state: inout PlanState) { state.require("poller", id.text) }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .poll(let tally) = sighting else { return nil }
            let isFit =
                (longestGapBelow.map { tally.longestGap < $0 } ?? true)
                && (answersAbove.map { tally.answerCount > $0 } ?? true)
                && (answeredBy.map { $0 == tally.answeredBy } ?? true)
            let plants = tally.answeredBy.map(\.text).joined(separator: ", then ")
            return Judgement(
                isFit,
                "\(tally.answerCount) answers\(plants.isEmpty ? "" : " from \(plants)"), \(tally.failureCount) failures, "
                    + "the longest gap \(tally.longestGap.text)")
        }

        static let entry = ConditionEntry(
            "poller", "What a poller has lived through since it began.",
            keys: [
                .required("id", .name, "the name that `poll` gave it"),
                .someOf("what", "longest-gap-below", .duration, "it was never longer without an answer"),
                .someOf("what", "answers-above", .int(0...1_000_000), "more answers than this came"),
                .someOf(
                    "what", "answered-by", .oneOrMore(.plant), "each plant that ever answered, by its first answer"),
            ],
            examples: [
                "poller: { id: scada, longest-gap-below: 1s, answers-above: 10, answered-by: [park-a, park-b] }"
            ]
        ) { reader, fields in
            let id = fields.required("id")?.text("the id of a poller")
            let gap = fields.optional("longest-gap-below").map { $0.duration() }
            let answers = fields.optional("answers-above").map { $0.int("a number of answers", in: 0...1_000_000) }
            let plants = fields.optional("answered-by").map { $0.oneOrMore().compactMap(reader.plant) }
            if gap == nil, answers == nil, plants == nil {
                fields.log.error(
                    "'poller' asserts nothing: say 'longest-gap-below', 'answers-above' or 'answered-by'",
                    at: fields.location)
            }
            if let plants, Set(plants).count < plants.count, let place = fields.keyLocation("answered-by") {
                fields.log.error("a plant stands here once, by its first answer", at: place)
            }
            guard let id else { return nil }
            var poll = Poll(id: ConnectionID(id))
            poll.longestGapBelow = gap ?? nil
            poll.answersAbove = answers ?? nil
            poll.answeredBy = plants
            return .poll(poll)
        }
    }
}

/// What a poller has seen since it began.
package struct PollTally: Hashable, Sendable, Codable {
    package var answerCount: Int
    package var failureCount: Int
    /// The longest time without an answer, the time up to now included.
    package var longestGap: Duration
    /// In the order of first answers.
    package var answeredBy: [PlantID]

    package init(
        answerCount: Int = 0, failureCount: Int = 0, longestGap: Duration = .zero, answeredBy: [PlantID] = []
    ) {
        self.answerCount = answerCount
        self.failureCount = failureCount
        self.longestGap = longestGap
        self.answeredBy = answeredBy
    }
}
