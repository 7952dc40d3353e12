package import AccessModel

extension Condition {
    /// Rows of a person's recent connections, counted.
    package struct Sessions: ConditionPayload {
        package var person: PersonID
        package var count: Int?
        /// How many of them are Online.
        package var onlineCount: Int?

        package init(person: PersonID, count: Int? = nil, onlineCount: Int? = nil) {
            self.person = person
            self.count = count
            self.onlineCount = onlineCount
        }

        package var sentence: String {
            let parts = [count.map { "\($0) in all" }, onlineCount.map { "\($0) Online" }].compactMap { $0 }
            return "\(person)'s recent connections are \(parts.joined(separator: ", "))"
        }

        package func judge(_ sighting: Sighting) -> Judgement? {
            guard case .sessions(let rows) = sighting else { return nil }
            let online = rows.count { $0.isOnline }
            let isFit = (count.map { $0 == rows.count } ?? true) && (onlineCount.map { $0 == online } ?? true)
            return Judgement(isFit, "\(rows.count) rows, \(online) of them Online")
        }

        static let entry = ConditionEntry(
            "sessions", "A person's recent connections, counted.",
            keys: [
                .required("for", .person, "whose"),
                .someOf("what", "count", .int(0...1000), "how many rows there are"),
                .someOf("what", "online-count", .int(0...1000), "how many of them are Online"),
            ],
            examples: ["sessions: { for: anna, count: 2, online-count: 1 }"]
        ) { reader, fields in
            let person = fields.required("for").flatMap(reader.person)
            let count = fields.optional("count").map { $0.int("a number of rows", in: 0...1000) }
            let online = fields.optional("online-count").map { $0.int("a number of rows", in: 0...1000) }
            if count == nil, online == nil {
                fields.log.error("'sessions' asserts nothing: say 'count' or 'online-count'", at: fields.location)
            }
            return person.map {
                .sessions(Sessions(person: $0, count: count ?? nil, onlineCount: online ?? nil))
            }
        }
    }
}
